// The real Prometheus scrapes a running gateway, and evaluates the rules and the dashboard of packaging/ on it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fixtures } from './fixtures.js';
import { until } from './harness/deadline.js';
import { freePort, startGateway } from './harness/gateway.js';
import { http } from './harness/http.js';
import { startNatsServer } from './harness/nats-server.js';
import { Process } from './harness/process.js';
import { RawClient } from './harness/raw-client.js';
import { Service } from './harness/service.js';

const packaging = fileURLToPath(new URL('../../packaging/', import.meta.url));
const dashboard = JSON.parse(readFileSync(`${packaging}grafana/resgate.json`, 'utf8'));
const missing = spawnSync('prometheus', ['--version']).error
    ? 'prometheus is not installed'
    : false;

// Part 71, section 6, and MTX-1: the types, and the labels with all their values.
const requestTypes = ['access', 'get', 'call', 'auth', 'query'];
const families = {
    resgate: ['info', {}],
    resgate_ws_current_connections: ['gauge', {}],
    resgate_ws_connections: ['counter', {}],
    resgate_ws_requests: ['counter', { method: ['get', 'subscribe', 'unsubscribe', 'call', 'auth'] }],
    resgate_http_requests: ['counter', { method: ['GET', 'POST'] }],
    resgate_cache_resources: ['gauge', {}],
    resgate_cache_subscriptions: ['gauge', {}],
    process_resident_memory_bytes: ['gauge', {}],
    process_cpu_seconds: ['counter', {}],
    process_open_fds: ['gauge', {}],
    process_start_time_seconds: ['gauge', {}],
    resgate_ws_sent_messages: ['counter', {}],
    resgate_ws_sent_bytes: ['counter', {}],
    resgate_ws_pending_bytes: ['gauge', {}],
    resgate_rejected: ['counter', { reason: ['maxMessageSize'] }],
    resgate_nats_messages: ['counter', { direction: ['in', 'out'] }],
    resgate_nats_bytes: ['counter', { direction: ['in', 'out'] }],
    resgate_request_duration_seconds: ['histogram', { type: requestTypes }],
    resgate_request_timeouts: ['counter', { type: requestTypes }],
    resgate_query_locks_given_up: ['counter', {}],
};
const suffixes = { info: '_info', gauge: '', counter: '_total', histogram: '_count' };
const sample = (family) => family + suffixes[families[family][0]];

/** All expressions of the dashboard, for the gateways of any address. */
const expressions = dashboard.panels
    .flatMap((panel) => panel.targets ?? [])
    .map(({ expr }) => expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '10s'));

describe('Prometheus', { skip: missing }, () => {
    const cleanups = [];
    let gateway;
    let metricsPort;
    let prometheusPort;

    const api = async (path) => {
        const { text } = await http({ port: prometheusPort }, 'GET', `/api/v1/${path}`);
        const answer = JSON.parse(text);
        assert.equal(answer.status, 'success', text);
        return answer.data;
    };
    const query = async (expression) => {
        const { result } = await api(`query?query=${encodeURIComponent(expression)}`);
        return result;
    };

    before(async () => {
        const nats = await startNatsServer();
        cleanups.push(() => nats.stop());
        const service = await Service.start(nats);
        cleanups.push(() => service.stop());
        service.serve(fixtures);
        service.answer('call.test.model.method', { result: null });
        metricsPort = await freePort();
        gateway = await startGateway(nats, [
            '--metricsport', String(metricsPort), '--maxmessagesize', '1000', '--reqtimeout', '50',
        ]);
        cleanups.push(() => gateway.stop());
        const client = await RawClient.connect(gateway);
        client.request('subscribe.test.model');
        await client.next();
        client.request('auth.test.silent');
        await client.next();
        const tooMuch = await RawClient.connect(gateway);
        tooMuch.send('x'.repeat(1001));
        await tooMuch.closed;
        await http(gateway, 'GET', '/api/test/model');
        await http(gateway, 'POST', '/api/test/model/method');
        await http(gateway, 'REPORT', '/api/test/model');

        // The example configuration, with the address of this gateway, and more haste.
        const directory = mkdtempSync(`${tmpdir()}/resgate-prometheus-`);
        cleanups.push(() => rmSync(directory, { recursive: true }));
        cpSync(`${packaging}prometheus`, directory, { recursive: true });
        const config = readFileSync(`${directory}/prometheus.yml`, 'utf8')
            .replace('gateway.example:8090', `127.0.0.1:${metricsPort}`)
            .replaceAll('interval: 15s', 'interval: 250ms');
        writeFileSync(`${directory}/prometheus.yml`, config);
        prometheusPort = await freePort();
        const prometheus = new Process('prometheus', [
            `--config.file=${directory}/prometheus.yml`,
            `--storage.tsdb.path=${directory}/data`,
            `--web.listen-address=127.0.0.1:${prometheusPort}`,
        ]);
        cleanups.push(() => prometheus.stop());
        await until(async () => {
            assert.ok(prometheus.alive, prometheus.lines.join('\n'));
            const { activeTargets } = await api('targets').catch(() => ({ activeTargets: [] }));
            return activeTargets[0] && activeTargets[0].health !== 'unknown';
        }, 'a gateway was scraped', 20_000);
        // Rates need two samples.
        await until(
            async () => Number((await query('count_over_time(resgate_info[1m])'))[0]?.value[1]) >= 3,
            'it was scraped again',
        );
    });
    after(async () => {
        for (const action of cleanups.reverse()) {
            await action();
        }
    });

    test('OPS-70, OPS-71, OPS-72: the target is up', async () => {
        const { activeTargets } = await api('targets');
        assert.equal(activeTargets.length, 1);
        assert.equal(activeTargets[0].lastError, '');
        assert.equal(activeTargets[0].health, 'up');
    });

    test('OPS-73, OPS-74, MTX-1: all families arrive with their types', async () => {
        const metadata = await api('targets/metadata');
        const types = Object.fromEntries(metadata.map(({ metric, type }) => [metric, type]));
        const expected = Object.entries(families).map(([family, [type]]) => [family, type]);
        assert.deepEqual(types, Object.fromEntries(expected));
        for (const family of Object.keys(families)) {
            assert.ok((await query(sample(family))).length > 0, family);
        }
    });

    // Clients and services have chosen a resource, a method, a body and so on; none of it is in a label.
    test('MTX-2, MTX-4: labels have the fixed names and values only', async () => {
        for (const [family, [, labels]] of Object.entries(families)) {
            const series = (await query(sample(family))).map(({ metric }) => metric);
            for (const { __name__, instance, job, ...own } of series) {
                const allowed = family === 'resgate' ? ['protocol', 'version'] : Object.keys(labels);
                assert.deepEqual(Object.keys(own).sort(), allowed, `${__name__} of ${job} ${instance}`);
            }
            for (const [label, values] of Object.entries(labels)) {
                const seen = series.map((each) => each[label]);
                assert.deepEqual(seen.sort(), [...values].sort(), family);
            }
        }
    });

    test('the figures are those of the gateway', async () => {
        const values = {
            resgate_ws_current_connections: 1,
            resgate_ws_connections_total: 2,
            'resgate_ws_requests_total{method="subscribe"}': 1,
            'resgate_ws_requests_total{method="auth"}': 1,
            'resgate_http_requests_total{method="GET"}': 1,
            'resgate_http_requests_total{method="POST"}': 1,
            'resgate_rejected_total{reason="maxMessageSize"}': 1,
            'resgate_request_timeouts_total{type="auth"}': 1,
            'resgate_request_duration_seconds_bucket{type="call",le="+Inf"}': 1,
        };
        for (const [expression, value] of Object.entries(values)) {
            const result = await query(expression);
            assert.deepEqual(result.map((each) => each.value[1]), [String(value)], expression);
        }
    });

    test('the dashboard uses metrics of the gateway alone', async () => {
        const { text } = await http({ port: metricsPort }, 'GET', '/metrics');
        const names = new Set(text.match(/^[a-z_]+(?=[ {])/gm));
        const used = new Set(expressions.flatMap((each) => each.match(/\b(resgate|process|go)_\w+/g)));
        assert.ok(used.size > 15);
        assert.deepEqual([...used].filter((name) => !names.has(name)), []);
    });

    test('every expression of the dashboard has a result', async () => {
        for (const expression of expressions) {
            assert.ok((await query(expression)).length > 0, expression);
        }
        assert.ok(expressions.length > 20);
    });

    test('the alerts evaluate, and none goes off', async () => {
        const rules = () => api('rules').then(({ groups }) => groups.flatMap((group) => group.rules));
        await until(
            async () => (await rules()).every(({ health }) => health !== 'unknown'),
            'all rules were evaluated',
        );
        for (const { name, health, lastError } of await rules()) {
            assert.equal(health, 'ok', `${name}: ${lastError}`);
        }
        assert.ok((await rules()).length >= 6);
        assert.deepEqual((await api('alerts')).alerts.filter(({ state }) => state === 'firing'), []);
    });

    for (const args of [
        ['check', 'rules', 'rules.yml'],
        ['check', 'config', 'prometheus.yml'],
        ['test', 'rules', 'rules.test.yml'],
    ]) {
        test(`promtool ${args.join(' ')}`, () => {
            const { status, stdout, stderr } = spawnSync('promtool', args, {
                cwd: `${packaging}prometheus`,
                encoding: 'utf8',
            });
            assert.equal(status, 0, stdout + stderr);
        });
    }
});
