// TLS for clients: docs/spec/71-operations.md, [OPS-12] to [OPS-15].
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once as eventOf } from 'node:events';
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { fixtures } from './fixtures.js';
import { CertificateAuthority } from './harness/certificates.js';
import { until, within } from './harness/deadline.js';
import { freePort, startGateway } from './harness/gateway.js';
import { RawClient } from './harness/raw-client.js';
import { RawSocket } from './harness/raw-socket.js';
import { RecordedClient, once } from './harness/res-client.js';
import { scenarios } from './harness/scenario.js';

const directory = mkdtempSync(join(tmpdir(), 'resgate-tls-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const names = 'IP:127.0.0.1,DNS:localhost';
const root = new CertificateAuthority(directory, 'root');
const between = new CertificateAuthority(directory, 'between', root);

/** A certificate with its chain, as an operator configures it. */
function issueChain(name) {
    const { cert, key } = between.issue(name, names);
    appendFileSync(cert, readFileSync(between.file));
    return { cert, key };
}

const first = issueChain('first');
const second = issueChain('second');
const ca = readFileSync(root.file);

const tlsArgs = ({ cert, key }) => ['--tls', '--tlscert', cert, '--tlskey', key];

/** The files of `pair`, in a directory of their own. */
function copyOf(pair) {
    const place = mkdtempSync(join(directory, 'copy-'));
    const copy = { cert: join(place, 'cert'), key: join(place, 'key') };
    copyFileSync(pair.cert, copy.cert);
    copyFileSync(pair.key, copy.key);
    return copy;
}

/** Where a client finds the stage's gateway, and whom it trusts. */
const secure = ({ gateway }) => ({ wsUrl: `wss://${gateway.host}`, ca });

const connect = (stage, options) => RawClient.connect(secure(stage), { ca, ...options });

/** Runs curl; resolves with what it prints. */
async function curl(...args) {
    const options = ['--silent', '--show-error', '--max-time', '5', '--cacert', root.file];
    return (await promisify(execFile)('curl', [...options, ...args])).stdout;
}

/** The name in the certificate that a new connection is shown. */
async function shownName(port) {
    const socket = connectTls({ port, host: '127.0.0.1', ca });
    await within(eventOf(socket, 'secureConnect'), 'the TLS handshake');
    const { subject } = socket.getPeerCertificate();
    socket.end();
    return subject.CN;
}

/** Opens a page of another origin in a browser. */
async function openPage(stage, origin) {
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    });
    stage.cleanup(() => browser.close());
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    context.setDefaultTimeout(15000);
    const page = await context.newPage();
    await page.goto(origin);
    return page;
}

scenarios('TLS', (scenario) => {
    /** A scenario over TLS with a metrics port. */
    const withTls = (title, options, body) =>
        scenario(title, {}, async (stage) => {
            await stage.gateway.stop();
            const { pair = first, args = [] } = options;
            stage.metricsPort = await freePort();
            stage.args.push(...tlsArgs(pair), '--metricsport', String(stage.metricsPort), ...args);
            stage.gateway = await stage.startGateway();
            stage.service.serve(fixtures);
            await body(stage);
        });

    withTls('OPS-12, OPS-2, HTTP-2 curl and the whole chain', {}, async (stage) => {
        const { host } = stage.gateway;
        const format = '%{http_version} %{ssl_verify_result}';
        const printed = await curl('--http2', '--write-out', format, `https://${host}/api/test/model?`);
        const at = printed.lastIndexOf('}') + 1;
        assert.deepEqual(JSON.parse(printed.slice(0, at)), fixtures['test.model'].model);
        assert.equal(printed.slice(at), '1.1 0');
        const large = 'x'.repeat(700000);
        stage.service.answer('call.test.model.echo', ({ payload }) => ({ result: payload.params }));
        writeFileSync(join(directory, 'body'), JSON.stringify(large));
        const echo = await curl('--data', `@${join(directory, 'body')}`, `https://${host}/api/test/model/echo`);
        assert.equal(JSON.parse(echo), large);
        const lines = stage.gateway.log.filter((line) => line.includes('[INF]')).slice(-3);
        assert.match(lines[0], new RegExp(`Metrics endpoint listening on https://127\\.0\\.0\\.1:${stage.metricsPort}/metrics$`));
        assert.ok(lines[1].endsWith(`Listening on https://${host}`), lines[1]);
    });

    withTls('OPS-12 metrics and health over TLS', {}, async (stage) => {
        const base = `https://127.0.0.1:${stage.metricsPort}`;
        assert.match(await curl(`${base}/metrics`), /# EOF\n$/);
        assert.equal((await curl(`${base}/readyz`)).trim(), 'ready');
        assert.match(await curl(`http://127.0.0.1:${stage.metricsPort}/metrics`, '--http0.9'), /HTTPS server/);
    });

    withTls('OPS-12, WS-48 a WebSocket', {}, async (stage) => {
        const { service } = stage;
        const client = await connect(stage);
        client.request('subscribe.test.model');
        assert.deepEqual((await client.next()).result.models['test.model'], fixtures['test.model'].model);
        const string = 'y'.repeat(200000);
        service.event('test.model.change', { values: { string } });
        await client.expectEvent('test.model.change', { values: { string } });
        stage.gateway.process.child.kill('SIGTERM');
        assert.equal(await within(client.closed, 'the end of the WebSocket'), 1001);
    });

    withTls('RC-1 ResClient over wss', {}, async (stage) => {
        const client = new RecordedClient(secure(stage));
        stage.cleanup(() => client.disconnect());
        const model = await client.get('test.model');
        assert.equal(model.string, 'foo');
        const change = once(model, 'change');
        stage.service.event('test.model.change', { values: { string: 'bar' } });
        await within(change, 'change');
        assert.equal(model.string, 'bar');
    });

    scenario('HTTP-40, WS-3 a page of another origin, with and without credentials', {}, async (stage) => {
        const server = createServer((request, response) => response.end('<title>page</title>'));
        server.listen(0, '127.0.0.1');
        await eventOf(server, 'listening');
        stage.cleanup(() => server.close());
        stage.cleanup(() => server.closeAllConnections());
        const origin = `http://127.0.0.1:${server.address().port}`;
        await stage.gateway.stop();
        stage.args.push(...tlsArgs(first), '--alloworigin', origin, '--headauth', 'user.header');
        stage.gateway = await stage.startGateway();
        stage.service.serve(fixtures);
        stage.service.answer('auth.user.header', { result: null });

        const page = await openPage(stage, origin);
        const url = `https://${stage.gateway.host}/api/test/model`;
        for (const credentials of ['omit', 'include']) {
            const { status, json } = await page.evaluate(async ([target, mode]) => {
                const response = await fetch(target, { credentials: mode });
                return { status: response.status, json: await response.json() };
            }, [url, credentials]);
            assert.equal(status, 200, credentials);
            assert.deepEqual(json, fixtures['test.model'].model);
        }
        const reply = await page.evaluate((target) => new Promise((resolve, reject) => {
            const socket = new WebSocket(target);
            socket.onopen = () => socket.send('{"id":1,"method":"version","params":{"protocol":"1.2.3"}}');
            socket.onmessage = ({ data }) => resolve(data);
            socket.onerror = () => reject(new Error('no WebSocket'));
        }), `wss://${stage.gateway.host}/`);
        assert.deepEqual(JSON.parse(reply), { result: { protocol: '1.2.3' }, id: 1 });
        // The same page under another name is of another origin, which may not read anything.
        await page.goto(`http://localhost:${server.address().port}`);
        const outcome = (target) => fetch(target).then(() => 'read', () => 'refused');
        assert.equal(await page.evaluate(outcome, url), 'refused');
    });

    scenario('OPS-15 a new certificate, without dropping a connection', {}, async (stage) => {
        const pair = copyOf(first);
        await stage.gateway.stop();
        stage.metricsPort = await freePort();
        stage.args.push(...tlsArgs(pair), '--metricsport', String(stage.metricsPort));
        stage.gateway = await stage.startGateway();
        stage.service.serve(fixtures);
        const client = await connect(stage);
        assert.equal(await shownName(stage.gateway.port), 'first');

        copyFileSync(second.cert, `${pair.cert}.new`);
        copyFileSync(second.key, `${pair.key}.new`);
        renameSync(`${pair.cert}.new`, pair.cert);
        renameSync(`${pair.key}.new`, pair.key);
        await stage.gateway.process.line(/ \[INF\] Certificate replaced: /, 10000);
        assert.equal(await shownName(stage.gateway.port), 'second');
        assert.equal(await shownName(stage.metricsPort), 'second');
        client.request('get.test.model');
        assert.ok((await client.next()).result);
    });

    scenario('OPS-15 a link that is replaced, as Kubernetes does it; a pair that does not match', {}, async (stage) => {
        const place = mkdtempSync(join(directory, 'volume-'));
        const publish = (name, { cert, key }) => {
            mkdirSync(join(place, name));
            copyFileSync(cert, join(place, name, 'tls.crt'));
            copyFileSync(key, join(place, name, 'tls.key'));
            symlinkSync(name, join(place, '..data_tmp'));
            renameSync(join(place, '..data_tmp'), join(place, '..data'));
        };
        publish('..1', first);
        const pair = { cert: join(place, 'tls.crt'), key: join(place, 'tls.key') };
        symlinkSync('..data/tls.crt', pair.cert);
        symlinkSync('..data/tls.key', pair.key);
        await stage.gateway.stop();
        stage.args.push(...tlsArgs(pair));
        stage.gateway = await stage.startGateway();
        stage.expectedErrors = 1;
        stage.service.serve(fixtures);

        publish('..2', { cert: second.cert, key: first.key });
        await stage.gateway.process.line(/ \[ERR\] Certificate not replaced, .*: tls: private key does not match public key$/, 10000);
        assert.equal(await shownName(stage.gateway.port), 'first');
        publish('..3', second);
        await stage.gateway.process.line(/ \[INF\] Certificate replaced: /, 10000);
        assert.equal(await shownName(stage.gateway.port), 'second');
    });

    withTls('OPS-13, OPS-14 plain HTTP, and handshakes that fail', {}, async (stage) => {
        const { gateway } = stage;
        const plain = await RawSocket.connect(gateway);
        plain.write('GET /api/test/model HTTP/1.1\r\nHost: h\r\n\r\n');
        assert.match(await plain.head(), /^HTTP\/1\.0 400 Bad Request\r\n/);
        await plain.end();
        assert.equal(plain.received.toString(), 'Client sent an HTTP request to an HTTPS server.\n');

        const old = connectTls({ port: gateway.port, host: '127.0.0.1', ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' });
        const [error] = await within(eventOf(old, 'error'), 'the refusal');
        assert.match(error.message, /alert protocol version/);
        await gateway.process.line(/ \[DBG\] TLS handshake with 127\.0\.0\.1:\d+ failed: unsupported protocol$/);
        assert.equal(gateway.log.filter((line) => line.includes('TLS handshake')).length, 2);
        assert.doesNotMatch(await curl(`https://127.0.0.1:${stage.metricsPort}/metrics`), /reason=/);
    });

    withTls('LMT-7, LMT-14 a handshake that does not end', { args: ['--handshaketimeout', '200'] }, async (stage) => {
        const silent = await RawSocket.connect(stage.gateway);
        silent.write(Buffer.from([0x16, 3, 1, 2]));
        await silent.end();
        await stage.gateway.process.line(/ \[DBG\] Refused 127\.0\.0\.1:\d+: handshakeTimeout exceeded$/);
        assert.match(await curl(`https://127.0.0.1:${stage.metricsPort}/metrics`), /^resgate_rejected_total\{reason="handshakeTimeout"\} 1$/m);
    });

    scenario('OPS-6, OPS-14 a certificate that cannot be used', {}, async (stage) => {
        const garbage = join(directory, 'garbage');
        writeFileSync(garbage, 'garbage\n');
        const missing = join(directory, 'missing');
        const rows = [
            [{ cert: missing, key: first.key }, `open ${missing}: no such file or directory`],
            [{ cert: first.cert, key: missing }, `open ${missing}: no such file or directory`],
            [{ cert: first.cert, key: second.key }, 'tls: private key does not match public key'],
            [{ cert: garbage, key: first.key }, 'tls: failed to find any PEM data in certificate input'],
            [{ cert: first.cert, key: garbage }, 'tls: failed to find any PEM data in key input'],
        ];
        for (const [pair, reason] of rows) {
            await assert.rejects(startGateway(stage.nats, [...stage.args, ...tlsArgs(pair)]), ({ message }) => {
                const lines = message.split('\n').map((line) => line.replace(/^[\d/]+ [\d:.]+ /, ''));
                assert.deepEqual(lines.filter((line) => !line.startsWith('[DBG]')).slice(-4), [
                    `[ERR] Problem encountered: ${reason}`,
                    '[INF] Stopping server...',
                    '[INF] Server stopped',
                    `Server stopped with an error: ${reason}`,
                ]);
                assert.match(message, /ended \(1\)/);
                assert.doesNotMatch(message, /Listening on/);
                return true;
            });
        }
    });

    scenario('CONF-23 the documented names of the properties', {}, async (stage) => {
        const file = join(mkdtempSync(join(directory, 'config-')), 'config.json');
        writeFileSync(file, JSON.stringify({ tls: true, tlsCert: first.cert, tlsKey: first.key }));
        await stage.gateway.stop();
        stage.args.push('-c', file);
        stage.gateway = await stage.startGateway();
        assert.equal(await shownName(stage.gateway.port), 'first');
    });
});
