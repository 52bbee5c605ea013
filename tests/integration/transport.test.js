// What clients and services can do wrong: docs/spec/61-websocket-handshake.md, section 8, and 60.11, 30.7.
// After each fault the gateway must go on serving others.
import assert from 'node:assert/strict';
import { invalidRequest } from './harness/raw-client.js';
import { Opcode, RawSocket, closeFrame, frame, handshake, text } from './harness/raw-socket.js';
import { scenarios } from './harness/scenario.js';

const version = (id) => text({ id, method: 'version' });
const versionReply = (id) => ({ result: { protocol: '1.2.3' }, id });

/** Somebody else is served as if nothing had happened. */
async function assertServesOthers(stage) {
    assert.ok(stage.gateway.alive, stage.gateway.log.join('\n'));
    const client = await stage.connect();
    await client.barrier(stage.service, 'test');
    await client.close();
}

scenarios('WebSocket transport', (scenario) => {
    scenario('WS-C70 handshakes that are accepted', async (stage) => {
        for (const headers of [
            { Connection: 'keep-alive, Upgrade' },
            { Upgrade: 'WebSocket' },
            { 'Sec-WebSocket-Version': '8, 13' },
            { 'Sec-WebSocket-Protocol': 'chat' },
        ]) {
            const socket = await RawSocket.connect(stage.gateway);
            socket.write(handshake(stage.gateway, { headers }));
            const head = await socket.head();
            assert.match(head, /^HTTP\/1\.1 101 /);
            // The key of RFC 6455, section 1.3.
            assert.match(head, /^sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r$/im);
            assert.doesNotMatch(head, /^sec-websocket-(protocol|extensions):/im);
            socket.write(version(1));
            assert.deepEqual(await socket.message(), versionReply(1));
            socket.destroy();
        }
    });

    scenario('WS-C71 to WS-C73 handshakes that are refused', async (stage) => {
        const { gateway } = stage;
        const refusals = [
            [400, { headers: { Connection: undefined } }],
            [400, { headers: { Upgrade: undefined } }],
            [400, { headers: { 'Sec-WebSocket-Version': undefined } }],
            [400, { headers: { 'Sec-WebSocket-Version': '8' } }],
            [400, { headers: { 'Sec-WebSocket-Key': undefined } }],
            [405, { method: 'POST' }],
            [405, { method: 'HEAD' }],
            [404, { path: '//' }],
            [404, { path: '/%2F' }],
            [404, { path: '/x' }],
        ];
        for (const [status, request] of refusals) {
            const socket = await RawSocket.connect(gateway);
            socket.write(handshake(gateway, request));
            const head = await socket.head();
            assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), JSON.stringify(request));
            const type = status === 404 ? 'application/json' : 'text/plain';
            assert.match(head, new RegExp(`^content-type: ${type}; charset=utf-8\r$`, 'im'));
            socket.destroy();
        }
        await assertServesOthers(stage);
    });

    scenario('WS-C74 to WS-C76, WS-50 to WS-53 messages that are no requests', async (stage) => {
        const socket = await RawSocket.webSocket(stage.gateway);
        for (const message of [
            '{"id":1',
            '',
            '[]',
            'null',
            '{"method":"version"}',
            '{"id":"1","method":"version"}',
            '{"id":1.5,"method":"version"}',
            '{"id":-1,"method":"version"}',
            '{"id":1e3,"method":"version"}',
            '{"id":18446744073709551616,"method":"version"}',
            '{"id":5,"method":5}',
            '{"id":1,"method":"version"}{"id":2,"method":"version"}',
            `${'['.repeat(100000)}`,
        ]) {
            socket.write(text(message));
        }
        socket.write(text('{"id":18446744073709551615,"method":"version"}'));
        const { payload, opcode, final } = await socket.frame();
        assert.deepEqual([opcode, final], [Opcode.text, true]); // WS-40
        assert.match(payload.toString(), /"id": ?18446744073709551615\b/);
        for (const message of ['{"id":6}', '{"id":7,"method":""}']) {
            socket.write(text(message));
            const { id } = JSON.parse(message);
            assert.deepEqual(await socket.message(), { error: invalidRequest, id });
        }
        socket.destroy();
        await assertServesOthers(stage);
    });

    scenario('CLI-6 methods that name nothing', async (stage) => {
        const client = await stage.connect();
        for (const method of [
            '',
            'test',
            'new',
            'unknown.test',
            'call.test',
            'call.test.methöd',
            'call.test?foo',
            'call.test.method?foo',
            'auth.test',
            'subscribe..test.model',
            'subscribe.test..model',
            'subscribe.test.model.',
            '.subscribe.test.model',
            'subscribe?foo=bar',
            'subscribe.test\tmodel',
            'subscribe.test\nmodel',
            'subscribe.test\rmodel',
            'subscribe.test model',
            'subscribe.test\ufffdmodel',
            'subscribe.täst.model',
            'subscribe.test.*.model',
            'subscribe.test.>.model',
            'subscribe.test.model.>',
            'get.',
            'version.foo',
        ]) {
            await client.expectError(client.request(method), invalidRequest);
        }
        assert.deepEqual(stage.service.seen, []);
    });

    scenario('WS-C77, WS-43 binary messages, fragments and pings', async (stage) => {
        const socket = await RawSocket.webSocket(stage.gateway);
        socket.write(frame(Opcode.binary, '{"id":1,"method":"version"}'));
        assert.deepEqual(await socket.message(), versionReply(1));
        socket.write(frame(Opcode.text, '{"id":2,"meth', { final: false }));
        socket.write(frame(Opcode.ping, 'hi'));
        socket.write(frame(Opcode.continuation, 'od":"version"}'));
        const pong = await socket.message();
        assert.equal(pong.opcode, Opcode.pong);
        assert.equal(pong.payload.toString(), 'hi');
        assert.deepEqual(await socket.message(), versionReply(2));
        socket.destroy();
    });

    scenario('WS-C77 frames split between any two bytes', async (stage) => {
        const { gateway } = stage;
        const socket = await RawSocket.connect(gateway);
        socket.socket.setNoDelay(true);
        const bytes = Buffer.concat([Buffer.from(handshake(gateway)), version(1), version(2)]);
        for (const byte of bytes) {
            await new Promise((resolve) => socket.socket.write(Buffer.from([byte]), resolve));
        }
        assert.match(await socket.head(), / 101 /);
        assert.deepEqual(await socket.message(), versionReply(1));
        assert.deepEqual(await socket.message(), versionReply(2));
        socket.destroy();
    });

    scenario('WS-C78 the close handshake', async (stage) => {
        for (const [sent, code] of [
            [closeFrame(1000, 'bye'), 1000],
            [closeFrame(4000), 4000],
            [frame(Opcode.close, ''), null],
            [frame(Opcode.close, 'x'), null],
        ]) {
            const socket = await RawSocket.webSocket(stage.gateway);
            socket.write(sent);
            assert.equal(await socket.closeCode(), code);
        }
        await assertServesOthers(stage);
    });

    scenario('WS-C79 protocol errors', async (stage) => {
        const message = '{"id":1,"method":"version"}';
        const errors = {
            'an unmasked frame': [frame(Opcode.text, message, { masked: false })],
            'RSV1': [frame(Opcode.text, message, { rsv: 0x40 })],
            'RSV2': [frame(Opcode.text, message, { rsv: 0x20 })],
            'an unknown opcode': [frame(3, message)],
            'an unknown control opcode': [frame(11, '')],
            'a continuation without start': [frame(Opcode.continuation, message)],
            'a message within a message': [
                frame(Opcode.text, '{', { final: false }),
                frame(Opcode.text, message),
            ],
            'a fragmented ping': [frame(Opcode.ping, '', { final: false })],
            'a long ping': [frame(Opcode.ping, 'x'.repeat(126))],
            'close code 999': [closeFrame(999)],
            'close code 1004': [closeFrame(1004)],
            'close code 1005': [closeFrame(1005)],
            'close code 1006': [closeFrame(1006)],
            'close code 1015': [closeFrame(1015)],
            'close code 2999': [closeFrame(2999)],
            'close code 5000': [closeFrame(5000)],
            'a close reason that is no UTF-8': [
                frame(Opcode.close, Buffer.from([0x03, 0xe8, 0xc3, 0x28])),
            ],
        };
        for (const [name, frames] of Object.entries(errors)) {
            const socket = await RawSocket.webSocket(stage.gateway);
            frames.forEach((bytes) => socket.write(bytes));
            assert.equal(await socket.closeCode(), 1002, name);
        }
        await assertServesOthers(stage);
    });

    scenario('WS-C80 long messages', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const long = 'x'.repeat(900_000);
        client.request('auth.test.long', long);
        const auth = await service.expect('auth.test.long');
        assert.equal(auth.payload.params, long);
        auth.result('y'.repeat(200_000));
        await client.expectResult(1, { payload: 'y'.repeat(200_000) });
    });

    scenario('WS-C81 messages that are too long', async (stage) => {
        const { gateway } = stage;
        const limit = 1048576;
        // The rest of it may meet a closed socket, and so the close frame be lost.
        const whole = await RawSocket.webSocket(gateway);
        whole.write(frame(Opcode.text, 'x'.repeat(limit + 1)));
        await whole.end();

        const announced = await RawSocket.webSocket(gateway);
        announced.write(frame(Opcode.text, 'x'.repeat(limit + 1)).subarray(0, 14));
        assert.equal(await announced.closeCode(), 1009);

        const huge = await RawSocket.webSocket(gateway);
        huge.write(Buffer.from([0x81, 0xff, 0x7f, ...Array(7).fill(0xff), 1, 2, 3, 4]));
        assert.equal(await huge.closeCode(), 1009);

        const fragments = await RawSocket.webSocket(gateway);
        fragments.write(frame(Opcode.text, 'x'.repeat(limit), { final: false }));
        fragments.write(frame(Opcode.continuation, 'x', { final: false }));
        assert.equal(await fragments.closeCode(), 1009);
        await assertServesOthers(stage);
    });

    scenario('WS-C82 text that is no UTF-8', async (stage) => {
        const bytes = Buffer.from([0x22, 0xc3, 0x28, 0x22]);
        const binary = await RawSocket.webSocket(stage.gateway);
        binary.write(frame(Opcode.binary, bytes));
        binary.write(version(1));
        assert.deepEqual(await binary.message(), versionReply(1));
        binary.destroy();

        const textual = await RawSocket.webSocket(stage.gateway);
        textual.write(frame(Opcode.text, bytes));
        assert.equal(await textual.closeCode(), 1007);
        await assertServesOthers(stage);
    });

    scenario('WS-C83 SIGTERM with an open connection', async (stage) => {
        const socket = await RawSocket.webSocket(stage.gateway);
        const stopped = stage.gateway.stop();
        assert.equal(await socket.closeCode(), 1001);
        await stopped;
    });

    scenario('WS-46 connections that just end', async (stage) => {
        const { gateway } = stage;
        for (const bytes of [
            '',
            'GET / HT',
            handshake(gateway).slice(0, -2),
            Buffer.concat([Buffer.from(handshake(gateway)), version(1).subarray(0, 5)]),
        ]) {
            const socket = await RawSocket.connect(gateway);
            await new Promise((resolve) => socket.socket.write(bytes, resolve));
            socket.socket.resetAndDestroy();
        }
        await assertServesOthers(stage);
    });
});

scenarios('nonsense from services', (scenario) => {
    const nonsense = [
        '',
        '{',
        '[]',
        '42',
        '{}',
        '{"result":null}',
        '{"result":42}',
        '{"result":{"model":[]}}',
        '{"result":{"collection":{}}}',
        '{"result":{"model":{},"collection":[]}}',
        '{"result":{"model":{"a":{"b":1}}}}',
        '{"result":{"collection":[[1]]}}',
        '{"result":{"model":{"a":{"rid":"test..x"}}}}',
        '{"error":[]}',
        '{"error":{"code":12,"message":"m"}}',
        '{"result":{"model":{"a":"\u0000"}}}',
        `{"result":${'['.repeat(100000)}`,
    ];

    scenario('a get reply that makes no sense is an internal error (GTR-4)', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        for (const [index, reply] of nonsense.entries()) {
            const name = `test.nonsense.${index}`;
            const id = client.request(`subscribe.${name}`);
            (await service.expect(`access.${name}`)).result({ get: true });
            (await service.expect(`get.${name}`)).reply(reply);
            const response = await client.next();
            assert.equal(response.id, id);
            assert.equal(response.error?.code, 'system.internalError', reply.slice(0, 60));
        }
        await assertServesOthers(stage);
    });

    scenario(
        'events that make no sense leave the resource as it is (LOG-1 to LOG-4)',
        async (stage) => {
            const { service } = stage;
            const client = await stage.connect();
            await client.subscribe(service, 'test.m', { 'test.m': { model: { a: 1 } } });
            await client.subscribe(service, 'test.c', { 'test.c': { collection: [1] } });
            const events = [
                ['test.m.change', '{'],
                ['test.m.change', '"foo"'],
                ['test.m.change', '{"values":{"a":[1]}}'],
                ['test.m.add', '{"idx":0,"value":1}'],
                ['test.c.change', '{"values":{"a":1}}'],
                ['test.c.add', '{"idx":5,"value":1}'],
                ['test.c.add', '{"idx":-1,"value":1}'],
                ['test.c.add', '{"idx":0,"value":{}}'],
                ['test.c.remove', '{"idx":1}'],
                ['test.c.remove', '{"idx":"0"}'],
            ];
            for (const [name, payload] of events) {
                service.event(name, payload);
            }
            await client.barrier(service, 'test.m', 'test.c');
            stage.expectedErrors = events.length;
            const other = await stage.connect();
            assert.deepEqual((await other.subscribe(service, 'test.m', {})).models, {
                'test.m': { a: 1 },
            });
            assert.deepEqual((await other.subscribe(service, 'test.c', {})).collections, {
                'test.c': [1],
            });
        },
    );

    scenario(
        'system and connection events that make no sense (LOG-10 to LOG-12)',
        async (stage) => {
            const { service } = stage;
            const client = await stage.connect();
            const cid = await client.barrier(service, 'test');
            service.publish('system.reset', '{"resources":"test.>"}');
            service.publish('system.tokenReset', '{"tids":["a"]}');
            service.publish(`conn.${cid}.token`, '{');
            service.publish('conn.unknown.token', '{');
            await client.barrier(service, 'test');
            stage.expectedErrors = 3;
            await assertServesOthers(stage);
        },
    );
});
