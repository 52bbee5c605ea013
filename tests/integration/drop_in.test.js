// What an operator of the reference has at hand must work here: its configuration files, and its habits of starting a
// program (parts 70 and 71 of the specification).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, beforeEach, describe, test } from 'node:test';
import { credsAuthenticator } from 'nats';
import { fixtures } from './fixtures.js';
import { CertificateAuthority } from './harness/certificates.js';
import { binary, freePort, Gateway } from './harness/gateway.js';
import { http } from './harness/http.js';
import { startNatsServer } from './harness/nats-server.js';
import { Operator } from './harness/nkeys.js';
import { Process } from './harness/process.js';
import { RawClient, requestTimeout } from './harness/raw-client.js';
import { RawSocket } from './harness/raw-socket.js';
import { Service } from './harness/service.js';

/** The properties the reference writes, with its defaults, in its order (CONF-26). */
const referenceDefaults = {
    natsUrl: 'nats://127.0.0.1:4222',
    natsCreds: '',
    natsCert: '',
    natsKey: '',
    natsRootCAs: [],
    requestTimeout: 3000,
    bufferSize: 8192,
    debug: false,
    trace: false,
    addr: '0.0.0.0',
    port: 8080,
    wsPath: '/',
    apiPath: '/api',
    metricsPort: 0,
    apiEncoding: 'json',
    headerAuth: null,
    wsHeaderAuth: null,
    allowOrigin: '*',
    putMethod: null,
    deleteMethod: null,
    patchMethod: null,
    tls: false,
    certFile: '',
    keyFile: '',
    wsCompression: false,
    resetThrottle: 0,
    referenceThrottle: 0,
};

describe('an operator of the reference', () => {
    let nats;
    let service;
    let directory;
    let certificates;
    let authority;
    before(async () => {
        nats = await startNatsServer();
        certificates = mkdtempSync(`${tmpdir()}/resgate-drop-in-certificates-`);
        authority = new CertificateAuthority(certificates);
    });
    after(async () => {
        await nats.stop();
        rmSync(certificates, { recursive: true });
    });
    beforeEach(async () => {
        directory = mkdtempSync(`${tmpdir()}/resgate-drop-in-`);
        service = await Service.start(nats);
        service.serve(fixtures);
    });

    /** Starts the program with these arguments only, and waits until it is ready on `port`. */
    const start = async (t, port, args, options = {}) => {
        const process = new Process(binary, args, { cwd: directory, ...options });
        t.after(async () => {
            await process.stop('SIGKILL');
            await service.stop();
            rmSync(directory, { recursive: true, force: true });
        });
        await process.line(/ \[INF\] Server ready$/);
        return new Gateway(process, port);
    };
    /** A NATS server that wants TLS, a certificate of its clients, and credentials; and the properties for it. */
    const secureNats = async (t) => {
        const server = authority.issue('nats', 'IP:127.0.0.1,DNS:localhost');
        const client = authority.issue('client', 'DNS:client');
        const operator = new Operator();
        const [forService, forGateway] = [operator.user(), operator.user()];
        const secure = await startNatsServer({
            config: `${operator.config}
                tls { cert_file: "${server.cert}", key_file: "${server.key}", ca_file: "${authority.file}", verify: true }`,
            client: {
                authenticator: credsAuthenticator(new TextEncoder().encode(forService.text)),
                tls: { caFile: authority.file, certFile: client.cert, keyFile: client.key },
            },
        });
        t.after(() => secure.stop());
        writeFileSync(`${directory}/user.creds`, forGateway.text);
        await service.stop();
        service = await Service.start(secure);
        service.serve(fixtures);
        return {
            natsUrl: `tls://127.0.0.1:${secure.port}`,
            natsCreds: 'user.creds',
            natsCert: client.cert,
            natsKey: client.key,
            natsRootCAs: [authority.file],
        };
    };
    const write = (text) => {
        writeFileSync(`${directory}/config.json`, text);
        return ['--config', 'config.json'];
    };

    test('CONF-20..CONF-26: a file written by the reference, all properties set, means what it meant', async (t) => {
        const [port, metricsPort] = [await freePort(), await freePort()];
        const { cert, key } = authority.issue('gateway', 'IP:127.0.0.1');
        const ca = readFileSync(authority.file);
        const config = {
            ...(await secureNats(t)),
            requestTimeout: 300,
            bufferSize: 4096,
            debug: true,
            trace: true,
            addr: '127.0.0.1',
            port,
            wsPath: '/ws',
            apiPath: '/rest',
            metricsPort,
            apiEncoding: 'jsonflat',
            headerAuth: 'test.header',
            wsHeaderAuth: 'test.handshake',
            allowOrigin: 'http://one.example;https://two.example:8443',
            putMethod: 'put',
            deleteMethod: 'del',
            patchMethod: 'patch',
            tls: true,
            certFile: cert,
            keyFile: key,
            wsCompression: true,
            resetThrottle: 2,
            referenceThrottle: 2,
        };
        assert.deepEqual(Object.keys(config), Object.keys(referenceDefaults));
        const names = ['a', 'b', 'c', 'd'];
        service.answer('access.test.many', { result: { get: true } });
        service.answer('get.test.many', { result: { collection: names.map((name) => ({ rid: `test.many.${name}` })) } });
        const gateway = await start(t, port, write(JSON.stringify(config, null, '\t')));
        const origin = 'http://one.example';
        // tls, certFile, keyFile
        const ask = (method, path, headers = {}) => http(gateway, method, path, { headers, ca });
        const wsUrl = `wss://${gateway.host}`;
        for (const [method, outcome] of [['header', null], ['handshake', null]]) {
            service.answer(`auth.test.${method}`, { result: outcome });
        }

        // apiPath, apiEncoding, headerAuth
        const answer = await ask('GET', '/rest/test/model/parent', { Authorization: 'Bearer x' });
        assert.deepEqual(answer.json, { name: 'parent', child: fixtures['test.model'].model });
        const [authentication] = service.seen.filter(({ subject }) => subject === 'auth.test.header');
        assert.deepEqual(authentication.payload.header.Authorization, ['Bearer x']);
        assert.equal((await ask('GET', '/api/test/model')).status, 404);

        // allowOrigin
        assert.equal((await ask('GET', '/rest/test/model', { Origin: origin })).headers['access-control-allow-origin'], origin);
        assert.equal((await ask('GET', '/rest/test/model', { Origin: 'http://three.example' })).status, 403);

        // putMethod, deleteMethod, patchMethod
        for (const [method, called] of [['PUT', 'put'], ['DELETE', 'del'], ['PATCH', 'patch']]) {
            service.answer(`call.test.model.${called}`, { result: called });
            assert.equal((await ask(method, '/rest/test/model')).json, called);
        }

        // wsPath, wsHeaderAuth
        const client = await RawClient.connect({ wsUrl: `${wsUrl}/ws` }, { origin, ca, perMessageDeflate: true });
        assert.equal(service.count('auth.test.handshake'), 1);
        await assert.rejects(RawClient.connect({ wsUrl }, { origin, ca }), /404/);

        // wsCompression
        assert.match(client.socket.extensions, /permessage-deflate/);

        // requestTimeout
        const sent = Date.now();
        const id = client.request('call.test.model.silent');
        await client.expectError(id, requestTimeout);
        assert.ok(Date.now() - sent >= 300 && Date.now() - sent < 2500);

        // referenceThrottle: two at a time
        const subscription = client.request('subscribe.test.many');
        const first = await service.expect('get.test.many.a');
        const second = await service.expect('get.test.many.b');
        await ask('GET', '/rest/test/model');
        assert.equal(service.count('get.test.many.c'), 0);
        first.result({ model: {} });
        (await service.expect('get.test.many.c')).result({ model: {} });
        second.result({ model: {} });
        (await service.expect('get.test.many.d')).result({ model: {} });
        assert.equal((await client.next()).id, subscription);

        // resetThrottle: the same
        const gets = () => names.filter((name) => service.count(`get.test.many.${name}`) === 2).length;
        service.publish('system.reset', { resources: ['test.many.*'] });
        const open = [];
        for (let i = 0; i < 2; ++i) {
            open.push(await service.inbox.take('a get', ({ subject }) => subject.startsWith('get.test.many.')));
        }
        await ask('GET', '/rest/test/model');
        assert.equal(gets(), 2);
        open.forEach((get) => get.result({ model: {} }));
        for (let i = 0; i < 2; ++i) {
            (await service.inbox.take('a get', ({ subject }) => subject.startsWith('get.test.many.'))).result({ model: {} });
        }

        // metricsPort, addr, debug, trace
        assert.equal((await http({ port: metricsPort }, 'GET', '/readyz', { ca })).status, 200);
        const log = gateway.log.join('\n');
        assert.match(log, new RegExp(`Listening on https://127\\.0\\.0\\.1:${port}\n`));
        assert.match(log, / \[DBG\] /);
        assert.match(log, / \[TRC\] /);
        // The file is as it was (CONF-27).
        assert.equal(readFileSync(`${directory}/config.json`, 'utf8'), JSON.stringify(config, null, '\t'));
        assert.equal(await gateway.process.stop(), 0);
    });

    test('CONF-21, CONF-23, CONF-38: a file after the documentation of the reference', async (t) => {
        const port = await freePort();
        const { cert, key } = authority.issue('documented', 'IP:127.0.0.1');
        const ca = readFileSync(authority.file);
        // Other letter case, a time-out in seconds as of old, names of TLS files its program ignores, nulls, and
        // properties of other versions.
        const text = `{
            "NATSURL": ${JSON.stringify(nats.url)},
            "natsCreds": null,
            "requestTimeout": 4,
            "bufferSize": 8192,
            "addr": "127.0.0.1",
            "port": ${port},
            "wsPath": "/",
            "apiPath": "/api/",
            "apiEncoding": "json",
            "headerAuth": null,
            "tls": true,
            "tlsCert": ${JSON.stringify(cert)},
            "tlsKey": ${JSON.stringify(key)},
            "wsCompression": true,
            "allowOrigin": "*",
            "noSuchProperty": { "in": ["this", "version"] }
        }`;
        const gateway = await start(t, port, write(text));
        assert.ok(gateway.log.includes('[DEPRECATED] Request timeout should be in milliseconds.'));
        const answer = await http(gateway, 'GET', '/api/test/model/parent', { ca });
        assert.equal(answer.json.child.href, '/api/test/model');
        const client = await RawClient.connect({ wsUrl: `wss://${gateway.host}` }, { ca, perMessageDeflate: true });
        assert.match(client.socket.extensions, /permessage-deflate/);
        const id = client.request('subscribe.test.model');
        await client.expectResult(id, { models: { 'test.model': fixtures['test.model'].model } });
        assert.equal(await gateway.process.stop(), 0);
    });

    test('CONF-36: the environment says nothing to the program', async (t) => {
        const port = await freePort();
        const env = {};
        for (const name of [...Object.keys(referenceDefaults), 'config', 'nats', 'reqtimeout', 'threads', 'maxMessageSize']) {
            const upper = name.replaceAll(/[A-Z]/g, '_$&').toUpperCase();
            for (const key of [name, name.toUpperCase(), upper, `RESGATE_${upper}`, `RESGATE_${name.toUpperCase()}`]) {
                env[key] = '1';
            }
        }
        const args = ['-c', 'new.json', '-n', nats.url, '-i', '127.0.0.1', '-p', String(port)];
        const gateway = await start(t, port, args, { env });
        const config = JSON.parse(readFileSync(`${directory}/new.json`, 'utf8'));
        for (const [name, value] of Object.entries({ ...referenceDefaults, natsUrl: nats.url, addr: '127.0.0.1', port })) {
            assert.deepEqual(config[name], value, name);
        }
        assert.equal(config.maxMessageSize, 1048576);
        assert.equal(await gateway.process.stop(), 0);
        // Nor could it: it does not ask for any variable.
        const symbols = spawnSync('nm', ['-D', '--undefined-only', binary], { encoding: 'utf8' });
        assert.equal(symbols.status, 0, symbols.stderr);
        assert.match(symbols.stdout, / recv\b/);
        if (!/__asan_|__tsan_/.test(symbols.stdout)) {
            assert.doesNotMatch(symbols.stdout, / (secure_)?getenv\b| _*environ\b/);
        }
    });

    test('OPS-25: stdout is for help and version, all else goes to stderr', () => {
        const run = (...args) => spawnSync(binary, args, { encoding: 'utf8', cwd: directory, timeout: 10_000 });
        const nowhere = ['-n', 'nats://127.0.0.1:1', '-i', '127.0.0.1'];
        for (const [args, status, last] of [
            [nowhere, 1, /^Failed to start server: /],
            [['-n', nats.url, '-i', '192.0.2.1'], 1, /^Server stopped with an error: /],
            [['-i', 'localhost'], 1, /^\tmust be a valid IPv4 or IPv6 address$/],
            [['--nope'], 2, /^Try 'resgate --help'\.$/],
            [['-r', '5', ...nowhere], 1, /^Failed to start server: /],
        ]) {
            const { status: actual, stdout, stderr } = run(...args);
            assert.equal(actual, status, stderr);
            assert.equal(stdout, '');
            assert.match(stderr.trimEnd().split('\n').at(-1), last);
        }
        for (const option of ['--help', '--version']) {
            const { status, stdout, stderr } = run(option);
            assert.deepEqual([status, stderr], [0, '']);
            assert.match(stdout, /resgate/);
        }
    });

    test('OPS-8: it stays in the foreground, writes no file, and reads nothing from stdin', async (t) => {
        const port = await freePort();
        const args = ['-n', nats.url, '-i', '127.0.0.1', '-p', String(port)];
        const gateway = await start(t, port, args, { stdio: ['pipe', 'pipe', 'pipe'] });
        const { stdin } = gateway.process.child;
        stdin.on('error', () => {});
        stdin.write('x'.repeat(4 << 20));
        await RawClient.connect(gateway).then((client) => client.close());
        assert.ok(gateway.alive, 'the process that was started is the one that serves');
        assert.ok(stdin.writableLength > 0, 'what a pipe cannot hold is not taken from it');
        assert.deepEqual(readdirSync(directory), []);
        assert.equal(await gateway.process.stop(), 0);
        assert.deepEqual(readdirSync(directory), []);
    });

    test('OPS-8: it goes on when stdin ends', async (t) => {
        const port = await freePort();
        const args = ['-n', nats.url, '-i', '127.0.0.1', '-p', String(port)];
        const gateway = await start(t, port, args, { stdio: ['pipe', 'pipe', 'pipe'] });
        gateway.process.child.stdin.end();
        await RawClient.connect(gateway).then((client) => client.close());
        assert.ok(gateway.alive);
        assert.equal(await gateway.process.stop(), 0);
    });

    test('HTTP-2: HTTP/2 is not spoken, and who offers it is served in HTTP/1.1', async (t) => {
        const port = await freePort();
        const gateway = await start(t, port, ['-n', nats.url, '-i', '127.0.0.1', '-p', String(port)]);
        // A client that takes it for granted is refused.
        const presumptuous = await RawSocket.connect(gateway);
        presumptuous.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
        assert.match((await presumptuous.head()).split('\r\n')[0], /^HTTP\/1\.1 (400|505) /);
        await presumptuous.end();
        // One that offers it gets the answer in HTTP/1.1.
        const { status, headers } = await http(gateway, 'GET', '/api/test/model', {
            headers: { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' },
        });
        assert.equal(status, 200);
        assert.equal(headers.upgrade, undefined);
    });

    test('HTTP-113: a status without a name has a status line that parses', async (t) => {
        const port = await freePort();
        const gateway = await start(t, port, ['-n', nats.url, '-i', '127.0.0.1', '-p', String(port)]);
        for (const status of [404, 418, 451, 499, 599]) {
            service.answer('call.test.model.method', { result: null, meta: { status } });
            const client = await RawSocket.connect(gateway);
            client.write(`POST /api/test/model/method HTTP/1.1\r\nHost: ${gateway.host}\r\n\r\n`);
            const { head } = await client.response();
            // RFC 9112, 4: the blank after the number is there even if the phrase is empty.
            assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} [\\t\\x20-\\x7e]*\\r\\n`));
            client.destroy();
        }
    });
});
