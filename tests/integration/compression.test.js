// Compressed connections: docs/spec/61-websocket-handshake.md, section 4; the ResClient library through them
// is in resclient.test.js.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { constants, deflateRawSync } from 'node:zlib';
import WebSocket from 'ws';
import { until, within } from './harness/deadline.js';
import { browserTabs } from './harness/browser.js';
import { startExample } from './harness/example.js';
import { http } from './harness/http.js';
import { Opcode, RawSocket, frame, handshake, text } from './harness/raw-socket.js';
import { scenarios } from './harness/scenario.js';

const compression = { args: ['--wscompression'] };
const answer = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
const rsv1 = 0x40;

/** The payload of a compressed message. */
function deflated(message, options = {}) {
    const bytes = deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH, ...options });
    return bytes.subarray(0, -4);
}

const compressed = (message, options) => frame(Opcode.text, deflated(message), { rsv: rsv1, ...options });

/** Makes a handshake with these offers; resolves with the socket and the extension header of the answer. */
async function offer(gateway, ...offers) {
    const socket = await RawSocket.connect(gateway);
    const lines = offers.map((value) => `Sec-WebSocket-Extensions: ${value}\r\n`).join('');
    socket.write(handshake(gateway).replace(/\r\n$/, `${lines}\r\n`));
    const head = await socket.head();
    assert.match(head, /^HTTP\/1\.1 101 /);
    return { socket, extensions: /^sec-websocket-extensions: (.*)\r$/im.exec(head)?.[1] };
}

/** A client of the `ws` library, its messages, and how many bytes came over its socket. */
class Client {
    static async open(gateway, perMessageDeflate) {
        const client = new Client(new WebSocket(gateway.wsUrl, { perMessageDeflate }));
        await within(new Promise((resolve) => client.socket.once('open', resolve)), 'the handshake');
        return client;
    }

    constructor(socket) {
        this.socket = socket;
        this.messages = [];
        socket.on('message', (message) => this.messages.push(JSON.parse(message)));
        this.closed = new Promise((resolve) => {
            socket.once('close', resolve);
        });
    }

    get bytesRead() {
        return this.socket._socket.bytesRead;
    }

    async request(id, method, params) {
        this.socket.send(JSON.stringify({ id, method, params }));
        return until(() => this.messages.find((message) => message.id === id), `the reply to ${method}`);
    }

    event(count) {
        return until(
            () => this.messages.filter((message) => message.event)[count - 1],
            `event number ${count}`,
        );
    }
}

scenarios('compression', (scenario) => {
    scenario('WS-30 is off unless asked for', async ({ gateway }) => {
        const { socket, extensions } = await offer(gateway, 'permessage-deflate');
        assert.equal(extensions, undefined);
        socket.write(compressed('{"id":1,"method":"version"}'));
        assert.equal(await socket.closeCode(), 1002);
    });

    scenario('WS-31, WS-32 is agreed on', compression, async ({ gateway }) => {
        const cases = [
            [['permessage-deflate'], answer],
            [['permessage-deflate; client_max_window_bits'], answer],
            [['foo; bar="a, permessage-deflate", permessage-deflate'], answer],
            [['foo', 'permessage-deflate; server_max_window_bits="15"'], answer],
            [['permessage-deflate; server_max_window_bits=10'], `${answer}; server_max_window_bits=10`],
            [['permessage-deflate; server_max_window_bits=8, permessage-deflate'], answer],
            [['permessage-deflate; unknown', 'permessage-deflate'], answer],
            [['permessage-deflate; unknown'], undefined],
            [['permessage-deflate; client_max_window_bits; client_max_window_bits'], undefined],
            [['permessage-deflate; server_no_context_takeover=1'], undefined],
            [['x-webkit-deflate-frame'], undefined],
        ];
        for (const [offers, expected] of cases) {
            const { socket, extensions } = await offer(gateway, ...offers);
            assert.equal(extensions, expected, offers.join(' | '));
            socket.write(text({ id: 1, method: 'version' }));
            assert.deepEqual(await socket.message(), { id: 1, result: { protocol: '1.2.3' } });
            socket.destroy();
        }
    });

    scenario('WS-C30, WS-33 clients with and without it are served', compression, async (stage) => {
        const { service, gateway } = stage;
        const message = 'hello '.repeat(1000);
        service.serve({ 'test.model': { model: { message } } });
        const modes = [
            false,
            true,
            { threshold: 0 },
            { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
            { threshold: 0, clientMaxWindowBits: 9 },
            ...[9, 10, 11, 12, 13, 14, 15].map((bits) => ({
                threshold: 0,
                serverMaxWindowBits: bits,
            })),
        ];
        const clients = [];
        for (const mode of modes) {
            const client = await Client.open(gateway, mode);
            stage.cleanup(() => client.socket.terminate());
            assert.equal(client.socket.extensions.includes('permessage-deflate'), mode !== false);
            const { result } = await client.request(1, 'subscribe.test.model');
            assert.deepEqual(result, { models: { 'test.model': { message } } });
            clients.push(client);
        }
        const before = clients.map((client) => client.bytesRead);
        const events = ['short', 'longer '.repeat(50), 'long '.repeat(2000)];
        for (const value of events) {
            service.event('test.model.change', { values: { message: value } });
        }
        for (const [index, client] of clients.entries()) {
            await client.event(events.length);
            assert.deepEqual(
                client.messages.filter(({ event }) => event).map(({ data }) => data.values.message),
                events,
            );
            const read = client.bytesRead - before[index];
            if (modes[index] === false) {
                assert.ok(read > 10000, `${read} bytes`);
            } else {
                assert.ok(read < 1000, `${read} bytes with ${JSON.stringify(modes[index])}`);
            }
        }
    });

    scenario('WS-33 messages are compressed one by one', compression, async (stage) => {
        const { socket } = await offer(stage.gateway, 'permessage-deflate');
        const request = (id) => JSON.stringify({ id, method: 'version' });
        const bytes = deflated(request(4));
        socket.write(compressed(request(1)));
        socket.write(text(request(2)));
        socket.write(compressed(request(3)));
        socket.write(frame(Opcode.text, bytes.subarray(0, 5), { final: false, rsv: rsv1 }));
        socket.write(frame(Opcode.ping, 'between'));
        socket.write(frame(Opcode.continuation, bytes.subarray(5)));
        for (const id of [1, 2, 3]) {
            assert.equal((await socket.message()).id, id);
        }
        assert.equal((await socket.message()).opcode, Opcode.pong);
        assert.equal((await socket.message()).id, 4);
        socket.destroy();
    });

    scenario('WS-42, WS-45 broken messages end the connection', compression, async ({ gateway }) => {
        const cases = [
            [frame(Opcode.text, [0xff, 0xff, 0xff], { rsv: rsv1 }), 1002],
            [frame(Opcode.text, deflated('x'.repeat(100)).subarray(0, 2), { rsv: rsv1 }), 1002],
            [frame(Opcode.text, '', { rsv: rsv1 }), 1002],
            [frame(Opcode.ping, '', { rsv: rsv1 }), 1002],
            [compressed(Buffer.from('22c32822', 'hex')), 1007],
        ];
        for (const [bytes, code] of cases) {
            const { socket } = await offer(gateway, 'permessage-deflate');
            socket.write(bytes);
            assert.equal(await socket.closeCode(), code);
        }
    });

    scenario('WS-C81, WS-34, LMT-12 a bomb is defused', compression, async (stage) => {
        const { gateway } = stage;
        const peak = () => {
            const status = readFileSync(`/proc/${gateway.process.child.pid}/status`, 'latin1');
            return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)[1]) * 1024;
        };
        const before = peak();
        const bomb = deflated('x'.repeat(200e6), { level: 9 });
        assert.ok(bomb.length < 200e3);
        for (let i = 0; i < 20; ++i) {
            const { socket } = await offer(gateway, 'permessage-deflate');
            if (i % 2 === 0) {
                socket.write(frame(Opcode.text, bomb, { rsv: rsv1 }));
            } else {
                socket.write(frame(Opcode.text, bomb.subarray(0, 999), { final: false, rsv: rsv1 }));
                socket.write(frame(Opcode.continuation, bomb.subarray(999)));
            }
            assert.equal(await socket.closeCode(), 1009);
        }
        const grown = peak() - before;
        assert.ok(grown < 32e6, `${grown} bytes more in use`);

        const { socket } = await offer(gateway, 'permessage-deflate');
        socket.write(compressed(`{"id":1,"method":"version","x":"${'x'.repeat(1048576 - 34)}"}`));
        assert.equal((await socket.message()).id, 1);
        socket.write(compressed('x'.repeat(1048577)));
        assert.equal(await socket.closeCode(), 1009);
    });
});

scenarios(
    'compression in a browser',
    (scenario) => {
        scenario(
            'WS-31 a page of the examples uses it by itself',
            { subjects: [], ...compression },
            async (stage) => {
                const example = await startExample('edit-text', stage);
                stage.cleanup(() => example.stop());
                const [tab] = await browserTabs(stage, example.pageUrl, 1);
                const value = () => document.getElementById('message').value;
                await tab.waitForFunction(`(${value})() === 'Edit me!'`);
                const extensions = await tab.evaluate(
                    (url) =>
                        new Promise((resolve, reject) => {
                            const socket = new WebSocket(url);
                            socket.onopen = () => resolve(socket.extensions);
                            socket.onerror = () => reject(new Error('no connection'));
                        }),
                    stage.gateway.wsUrl,
                );
                assert.equal(extensions, answer);
                // Long enough to be compressed in both directions.
                const long = 'Written in the browser. '.repeat(200);
                await tab.getByLabel('Message').fill(long);
                await until(async () => {
                    const { json } = await http(stage.gateway, 'GET', '/api/example/shared');
                    return json.message === long;
                }, 'the service has the text of the page');
                const body = JSON.stringify({ message: 'Over HTTP. '.repeat(500) });
                await http(stage.gateway, 'POST', '/api/example/shared/set', { body });
                await tab.waitForFunction(`(${value})().startsWith('Over HTTP. Over')`);
            },
        );
    },
    [3],
);
