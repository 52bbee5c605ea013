// Metrics and health: docs/spec/71-operations.md, section 6, and docs/spec/95-beyond.md, 95.2 and 95.3.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { fixtures } from './fixtures.js';
import { until } from './harness/deadline.js';
import { freePort, startGateway } from './harness/gateway.js';
import { http } from './harness/http.js';
import { accessDenied, requestTimeout } from './harness/raw-client.js';
import { scenarios } from './harness/scenario.js';

const contentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const help = {
    resgate: 'Information about resgate.',
    resgate_ws_current_connections: 'Current established WebSocket connections.',
    resgate_ws_connections: 'Total established WebSocket connections.',
    resgate_ws_requests: 'Total WebSocket client requests.',
    resgate_http_requests: 'Total HTTP client requests.',
    resgate_cache_resources: 'Current number of resources stored in the cache.',
    resgate_cache_subscriptions: 'Current number of subscriptions on cached resources.',
};
const types = {
    resgate: 'info',
    resgate_ws_current_connections: 'gauge',
    resgate_ws_connections: 'counter',
    resgate_ws_requests: 'counter',
    resgate_http_requests: 'counter',
    resgate_cache_resources: 'gauge',
    resgate_cache_subscriptions: 'gauge',
    process_resident_memory_bytes: 'gauge',
    process_cpu_seconds: 'counter',
    process_open_fds: 'gauge',
    process_start_time_seconds: 'gauge',
    resgate_ws_sent_messages: 'counter',
    resgate_ws_sent_bytes: 'counter',
    resgate_ws_pending_bytes: 'gauge',
    resgate_rejected: 'counter',
    resgate_nats_messages: 'counter',
    resgate_nats_bytes: 'counter',
    resgate_request_duration_seconds: 'histogram',
    resgate_request_timeouts: 'counter',
    resgate_query_locks_given_up: 'counter',
};
const requestTypes = ['access', 'get', 'call', 'auth', 'query'];

/** Asks the metrics port. */
const ask = (stage, path = '/metrics', { method = 'GET', headers } = {}) =>
    http({ port: stage.metricsPort }, method, path, { headers });

/** The samples by name and labels: `{ 'resgate_ws_requests_total{method="get"}': 1, … }`. */
async function samples(stage) {
    const { text } = await ask(stage);
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return Object.fromEntries(
        lines.map((line) => {
            const at = line.lastIndexOf(' ');
            return [line.slice(0, at), Number(line.slice(at + 1))];
        }),
    );
}

const ws = (method) => `resgate_ws_requests_total{method="${method}"}`;
const web = (method) => `resgate_http_requests_total{method="${method}"}`;

async function assertRows(stage, rows) {
    const all = await samples(stage);
    assert.deepEqual(Object.fromEntries(Object.keys(rows).map((row) => [row, all[row]])), rows);
}

const assertCache = (stage, resources, subscriptions) =>
    assertRows(stage, {
        resgate_cache_resources: resources,
        resgate_cache_subscriptions: subscriptions,
    });

/** Runs a program on the document; undefined if it is not installed. */
function judge(command, args, input) {
    const run = spawnSync(command, args, { input, encoding: 'utf8' });
    return run.error?.code === 'ENOENT' ? undefined : run;
}

scenarios('Metrics', (plain) => {
    /** A scenario with a metrics port. */
    const scenario = (title, args, body) =>
        plain(title, {}, async (stage) => {
            await stage.gateway.stop();
            stage.metricsPort = await freePort();
            stage.args.push('--metricsport', String(stage.metricsPort), ...args);
            stage.gateway = await stage.startGateway();
            stage.service.serve(fixtures);
            await body(stage);
        });
    /** One on the state of the cache, with resources that stay in it for `delay` ms. */
    const cached = (title, expected, steps, delay = 60000) =>
        scenario(title, ['--unsubdelay', String(delay)], async (stage) => {
            const clients = [await stage.connect(), await stage.connect()];
            for (const [method, name, number = 0] of steps) {
                const client = clients[number];
                const id = client.request(`${method}.test.${name}`);
                const reply = await client.next();
                assert.equal(reply.id, id);
                assert.ok(!('error' in reply), JSON.stringify(reply));
            }
            if (delay > 0) {
                return assertCache(stage, ...expected);
            }
            await until(
                async () => (await samples(stage)).resgate_cache_resources === expected[0],
                'the cache is empty',
            );
            return assertCache(stage, ...expected);
        });

    scenario('OPS-70..OPS-74, OPS-C1, MTX-1, MTX-4: the document at start', [], async (stage) => {
        const { status, headers, text } = await ask(stage, '/metrics?format=x');
        assert.equal(status, 200);
        assert.equal(headers['content-type'], contentType);
        assert.equal(headers['vary'], 'Accept-Encoding');
        assert.equal(headers['content-encoding'], undefined);

        const of = (word) =>
            [...text.matchAll(new RegExp(`^# ${word} (\\S+) (.*)$`, 'gm'))].map((match) => [
                match[1],
                match[2],
            ]);
        assert.deepEqual(of('TYPE'), Object.entries(types));
        for (const [family, expected] of Object.entries(help)) {
            assert.ok(text.includes(`# TYPE ${family} ${types[family]}\n# HELP ${family} ${expected}\n`));
        }
        assert.ok(text.endsWith('\n# EOF\n'));
        assert.doesNotMatch(text, /^go[ _]/m);
        assert.match(text, /^resgate_info\{version="\d+\.\d+\.\d+",protocol="1\.2\.3"\} 1$/m);

        const all = await samples(stage);
        const zero = [
            'resgate_ws_current_connections',
            'resgate_ws_connections_total',
            ...['get', 'subscribe', 'unsubscribe', 'call', 'auth'].map(ws),
            ...['GET', 'POST'].map(web),
            'resgate_cache_resources',
            'resgate_cache_subscriptions',
            ...['in', 'out'].map((way) => `resgate_nats_messages_total{direction="${way}"}`),
            ...['in', 'out'].map((way) => `resgate_nats_bytes_total{direction="${way}"}`),
            ...requestTypes.map((type) => `resgate_request_duration_seconds_count{type="${type}"}`),
            ...requestTypes.map((type) => `resgate_request_timeouts_total{type="${type}"}`),
            'resgate_query_locks_given_up_total',
            'resgate_ws_sent_messages_total',
            'resgate_ws_sent_bytes_total',
            'resgate_ws_pending_bytes',
        ];
        assert.deepEqual(Object.fromEntries(zero.map((name) => [name, all[name]])),
            Object.fromEntries(zero.map((name) => [name, 0])));
        for (const name of ['PUT', 'DELETE', 'PATCH'].map(web)) {
            assert.ok(!(name in all), name);
        }
        assert.ok(!text.includes('reason='));
        assert.ok(Math.abs(all.resgate_ws_connections_created - Date.now() / 1000) < 60);
        assert.ok(all.process_resident_memory_bytes > 1e6);
        assert.ok(all.process_open_fds > 5);
    });

    scenario('OPS-72: other programs can read the document', [], async (stage) => {
        const client = await stage.connect();
        client.request('subscribe.test.model');
        await client.next();
        const { text } = await ask(stage);
        const strict = judge('python3', ['-c', [
            'import sys',
            'try:',
            '    from prometheus_client.openmetrics.parser import text_string_to_metric_families',
            'except ImportError:',
            '    sys.exit(77)',
            'print(len(list(text_string_to_metric_families(sys.stdin.read()))))',
        ].join('\n')], text);
        if (strict && strict.status !== 77) {
            assert.equal(strict.status, 0, strict.stderr);
            assert.equal(Number(strict.stdout), Object.keys(types).length);
        }
        // promtool knows the older format, in which there is no type `info`.
        const older = text.replace('# TYPE resgate info', '# TYPE resgate_info gauge')
            .replace('# HELP resgate ', '# HELP resgate_info ');
        const lint = judge('promtool', ['check', 'metrics'], older);
        assert.doesNotMatch(lint?.stderr ?? '', /error while/, lint?.stderr);
    });

    scenario('OPS-70, OPS-71: methods, compression, other paths', [], async (stage) => {
        const packed = await fetch(`http://127.0.0.1:${stage.metricsPort}/metrics`, {
            method: 'POST',
            body: 'ignored',
            headers: { 'Accept-Encoding': 'deflate, gzip' },
        });
        assert.equal(packed.status, 200);
        assert.equal(packed.headers.get('content-encoding'), 'gzip');
        assert.equal(packed.headers.get('vary'), 'Accept-Encoding');
        assert.match(await packed.text(), /# EOF\n$/);

        const head = await ask(stage, '/metrics', { method: 'HEAD' });
        assert.equal(head.status, 200);
        assert.equal(head.headers['content-type'], contentType);
        assert.ok(Number(head.headers['content-length']) > 1000);
        assert.equal(head.text, '');

        for (const path of ['/', '/metrics/', '/Metrics', '/api/test/model']) {
            const missing = await ask(stage, path);
            assert.equal(missing.status, 404, path);
            assert.equal(missing.headers['content-type'], 'text/plain; charset=utf-8');
            assert.equal(missing.text, '404 page not found\n');
        }
        const { status } = await http(stage.gateway, 'GET', '/metrics');
        assert.equal(status, 404, 'not on the API port');
        await assertRows(stage, { [web('GET')]: 0, resgate_ws_connections_total: 0 });
    });

    scenario('HLT-1, OPS-2: health and the log line', [], async (stage) => {
        for (const [path, text] of [['/healthz', 'ok'], ['/readyz', 'ready']]) {
            const answer = await ask(stage, path);
            assert.equal(answer.status, 200);
            assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
            assert.equal(answer.text.trim(), text);
        }
        const lines = stage.gateway.log.filter((line) => line.includes('[INF]')).slice(-3);
        assert.match(lines[0], new RegExp(`Metrics endpoint listening on http://127\\.0\\.0\\.1:${stage.metricsPort}/metrics$`));
        assert.match(lines[1], / Listening on http:/);
        assert.match(lines[2], / Server ready$/);
    });

    scenario('HLT-2, OPS-20, OPS-22: not ready during shutdown, closed last', [], async (stage) => {
        // A request that waits for its service keeps the shutdown from ending.
        const pending = http(stage.gateway, 'POST', '/api/test/model/slow');
        const call = await stage.service.expect('call.test.model.slow');
        const stopping = stage.gateway.stop();
        await stage.gateway.process.line(/ \[INF\] Stopping server\.\.\.$/);
        const answer = await ask(stage, '/readyz');
        assert.equal(answer.status, 503);
        assert.equal(answer.text.trim(), 'shutting down');
        assert.equal((await ask(stage, '/healthz')).status, 200);
        assert.match((await ask(stage)).text, /# EOF\n$/);
        call.result(null);
        assert.equal((await pending).status, 204);
        await stopping;
        const log = stage.gateway.log.join('\n');
        assert.match(log, /Messaging client gracefully closed\n.*Stopping cache workers\.\.\.\n.*Cache workers stopped\n.*Stopping Metrics server\.\.\.\n.*Metrics server gracefully stopped\n.*Server stopped$/);
    });

    plain('OPS-7, DEC-2: a metrics port in use', {}, async (stage) => {
        const other = createServer();
        await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
        stage.cleanup(() => other.close());
        const { port } = other.address();
        await assert.rejects(
            startGateway(stage.nats, ['--metricsport', String(port)]),
            ({ message }) => {
                const reason = `metrics: listen tcp 127.0.0.1:${port}: bind: address already in use`;
                assert.ok(message.includes(`[ERR] Problem encountered: ${reason}`), message);
                assert.ok(message.includes(`\nServer stopped with an error: ${reason}`), message);
                assert.ok(message.includes('(1)'), message);
                assert.doesNotMatch(message, / Listening on/);
                return true;
            },
        );
    });

    scenario('OPS-C2, OPS-C3, OPS-C4: connections', [], async (stage) => {
        const rows = (current, total) =>
            assertRows(stage, {
                resgate_ws_current_connections: current,
                resgate_ws_connections_total: total,
            });
        const a = await stage.connect();
        await rows(1, 1);
        await stage.connect();
        await a.close();
        await rows(1, 2);
        await stage.connect();
        await rows(2, 3);
    });

    scenario('OPS-C5..OPS-C9, OPS-75: requests over WebSocket', [], async (stage) => {
        const client = await stage.connect();
        const make = async (method, params) => {
            client.request(method, params);
            return client.next();
        };
        for (const method of ['auth.test.method', 'call.test.model.method']) {
            stage.service.answer(method, { result: null });
        }
        stage.service.answer('access.test.denied', { result: { get: false } });
        await make('get.test.model');
        await make('subscribe.test.model');
        await make('unsubscribe.test.model');
        await make('auth.test.method');
        await make('call.test.model.method');
        assert.deepEqual((await make('new.test.denied')).error, accessDenied);
        await make('subscribe.test..model');
        await make('unknown.test.model');
        await make('unsubscribe.test.model', { count: -1 });
        await assertRows(stage, {
            [ws('get')]: 1,
            [ws('subscribe')]: 1,
            [ws('unsubscribe')]: 1,
            [ws('call')]: 2,
            [ws('auth')]: 1,
            [web('GET')]: 0,
        });
        const all = await samples(stage);
        assert.equal(all.resgate_ws_sent_messages_total, 10);
        assert.ok(all.resgate_ws_sent_bytes_total > 10 * 20);
    });

    scenario('OPS-C10, OPS-C11, OPS-C12, OPS-75: requests over HTTP',
        ['--putmethod', 'put', '--deletemethod', 'delete'], async (stage) => {
            for (const method of ['method', 'put', 'delete']) {
                stage.service.answer(`call.test.model.${method}`, { result: null });
            }
            const make = (method, path) => http(stage.gateway, method, path);
            await make('POST', '/api/test/model/method');
            await make('GET', '/api/test/model');
            await make('HEAD', '/api/test/model');
            await make('GET', '/api/test/..');
            await make('PUT', '/api/test/model');
            await make('DELETE', '/api/test/model');
            // None of these counts.
            await make('PATCH', '/api/test/model');
            await make('OPTIONS', '/api/test/model');
            await make('GET', '/api/test/model/');
            await make('GET', '/elsewhere');
            await assertRows(stage, {
                [web('GET')]: 3,
                [web('POST')]: 1,
                [web('PUT')]: 1,
                [web('DELETE')]: 1,
                [web('PATCH')]: undefined,
                resgate_ws_connections_total: 0,
                resgate_cache_subscriptions: 0,
            });
        });

    const sub = (name, client) => ['subscribe', name, client];
    const unsub = (name) => ['unsubscribe', name];
    const both = [sub('model'), sub('model.parent')];
    cached('OPS-C20: a model', [1, 1], [sub('model')]);
    cached('OPS-C20: a collection', [1, 1], [sub('collection')]);
    cached('OPS-C21: a model with a reference', [2, 2], [sub('model.parent')]);
    cached('OPS-C21: a collection with a reference', [2, 2], [sub('collection.parent')]);
    cached('OPS-C22: both', [2, 2], both);
    cached('OPS-C23: two clients', [1, 2], [sub('model'), sub('model', 1)]);
    cached('OPS-C24: parent and child', [2, 3], [sub('model.parent'), sub('model', 1)]);
    cached('OPS-C25: unsubscribed', [1, 0], [sub('model'), unsub('model')]);
    cached('OPS-C26: parent unsubscribed', [2, 0], [sub('model.parent'), unsub('model.parent')]);
    cached('OPS-C27: still referenced', [2, 2], [...both, unsub('model')]);
    cached('OPS-C28: still direct', [2, 1], [...both, unsub('model.parent')]);
    cached('OPS-C29: C25 evicted', [0, 0], [sub('model'), unsub('model')], 0);
    cached('OPS-C30: C26 evicted', [0, 0], [sub('model.parent'), unsub('model.parent')], 0);
    cached('OPS-C31: C28 evicted', [1, 1], [...both, unsub('model.parent')], 0);

    scenario('OPS-76: figures are up to date when a client has seen what changed them', [], async (stage) => {
        const client = await stage.connect();
        const ask = async (method) => {
            client.request(method);
            return client.next();
        };
        // Not asked twice: what is late once is a fault.
        for (let round = 1; round <= 10; ++round) {
            await ask('subscribe.test.model');
            await assertRows(stage, { [ws('subscribe')]: round, resgate_cache_subscriptions: 1 });
            await ask('unsubscribe.test.model');
            await assertRows(stage, { [ws('unsubscribe')]: round, resgate_cache_subscriptions: 0 });
            assert.equal((await http(stage.gateway, 'GET', '/api/test/model')).status, 200);
            await assertRows(stage, { [web('GET')]: round, resgate_cache_subscriptions: 0 });
            const other = await stage.connect();
            await assertRows(stage, { resgate_ws_current_connections: 2, resgate_ws_connections_total: 1 + round });
            await other.close();
            await assertRows(stage, { resgate_ws_current_connections: 1 });
        }
    });

    scenario('OPS-77: a subject that is too long leaves no entry behind', [], async (stage) => {
        const client = await stage.connect();
        client.request(`call.test.${'x'.repeat(4100)}.method`);
        assert.equal((await client.next()).error.code, 'system.subjectTooLong');
        await assertCache(stage, 0, 0);
    });

    scenario('MTX-1, MTX-4: requests to services', ['--reqtimeout', '50'], async (stage) => {
        const client = await stage.connect();
        client.request('get.test.model');
        await client.next();
        const silent = client.request('auth.test.silent');
        await client.expectError(silent, requestTimeout);
        const of = (type) => `resgate_request_duration_seconds_count{type="${type}"}`;
        await assertRows(stage, {
            [of('access')]: 1,
            [of('get')]: 1,
            [of('auth')]: 0,
            'resgate_request_duration_seconds_bucket{type="get",le="+Inf"}': 1,
            'resgate_request_timeouts_total{type="auth"}': 1,
            'resgate_request_timeouts_total{type="get"}': 0,
            'resgate_nats_messages_total{direction="out"}': 3,
            'resgate_nats_messages_total{direction="in"}': 2,
            'resgate_nats_bytes_total{direction="in"}': stage.service.seen
                .slice(0, 2)
                .map(({ subject }) => JSON.stringify(stage.service.answers.get(subject)).length)
                .reduce((sum, length) => sum + length),
        });
        const all = await samples(stage);
        const sum = all['resgate_request_duration_seconds_sum{type="get"}'];
        assert.ok(sum > 0 && sum < 1, String(sum));
    });

    scenario('LMT-14, MTX-1: refusals by limits',
        ['--maxsubscriptions', '1', '--maxmessagesize', '1000'], async (stage) => {
            const client = await stage.connect();
            client.request('subscribe.test.model');
            await client.next();
            client.request('subscribe.test.collection');
            assert.equal((await client.next()).error.code, 'system.subscriptionLimitExceeded');
            client.send('x'.repeat(1001));
            assert.equal(await client.closed, 1009);
            await assertRows(stage, {
                'resgate_rejected_total{reason="maxSubscriptions"}': 1,
                'resgate_rejected_total{reason="maxMessageSize"}': 1,
                'resgate_rejected_total{reason="maxHeaderSize"}': undefined,
            });
        });
});
