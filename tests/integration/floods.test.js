// What a client sends without reading anything costs a bounded amount of memory: docs/spec/95-beyond.md, 95.1.
import assert from 'node:assert/strict';
import { fixtures } from './fixtures.js';
import { binary, freePort, Gateway } from './harness/gateway.js';
import { http } from './harness/http.js';
import { Process } from './harness/process.js';
import { RawClient } from './harness/raw-client.js';
import { frame, Opcode, RawSocket, text } from './harness/raw-socket.js';
import { scenarios } from './harness/scenario.js';

/** What a client sends in all, unless it is stopped; far more than a connection may cost. */
const flood = 32 << 20;
const allowed = 12 << 20;

const limits = [
    '--maxpendingbytes', '1000000', '--maxmessagesize', '100000', '--maxsubscriptions', '100',
    '--reqtimeout', '600000', '--handshaketimeout', '600000', '--pinginterval', '0',
];

/** As many copies of `data` as fill about a megabyte. */
const repeated = (data) => Buffer.concat(Array(Math.ceil((1 << 20) / data.length)).fill(Buffer.from(data)));
const get = (path, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

const websocketFloods = {
    'requests': () => repeated(text({ id: 1, method: 'version' })),
    'requests that services answer': () => repeated(text({ id: 1, method: 'get.test.model' })),
    'calls that nobody answers': () => repeated(text({ id: 1, method: 'call.test.silent.method' })),
    'calls with large parameters that nobody answers': () =>
        repeated(text({ id: 1, method: 'call.test.silent.method', params: 'x'.repeat(90000) })),
    'subscriptions of different resources': (round) =>
        Buffer.concat(
            Array.from({ length: 10000 }, (_, i) => text({ id: i, method: `subscribe.test.model.r${round * 10000 + i}` })),
        ),
    'pings': () => repeated(frame(Opcode.ping, 'x'.repeat(125))),
    'a message without end': (round) =>
        Buffer.concat([
            frame(round === 0 ? Opcode.text : Opcode.continuation, 'x'.repeat(1 << 19), { final: false }),
            frame(Opcode.continuation, 'x'.repeat(1 << 19), { final: false }),
        ]),
    'empty fragments': (round) =>
        Buffer.concat([
            frame(round === 0 ? Opcode.text : Opcode.continuation, '', { final: false }),
            repeated(frame(Opcode.continuation, '', { final: false })),
        ]),
    'noise': () => repeated(text('[[[[[[[[')),
};
const httpFloods = {
    'requests': () => repeated(get('/api/test/model')),
    'requests that nobody answers': () => repeated(get('/api/test/silent')),
    'requests for nothing': () => repeated(get('/elsewhere')),
    'a head without end': (round) => (round === 0 ? 'GET /api/test/model HTTP/1.1\r\n' : '') + 'X: x\r\n'.repeat(1 << 17),
    'a line without end': (round) => (round === 0 ? 'GET /' : '') + 'x'.repeat(1 << 20),
    'a body without end': (round) =>
        (round === 0 ? 'POST /api/test/model/method HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n' : '') +
        `1000\r\n${'x'.repeat(0x1000)}\r\n`.repeat(256),
    'chunks of a byte': (round) =>
        (round === 0 ? 'GET /api/test/model HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n' : '') +
        '1;extension=x\r\nx\r\n'.repeat(1 << 16),
};

scenarios('Floods', (plain) => {
    const scenario = (title, connect, pour) =>
        plain(`LMT-11, LMT-13: ${title}`, {}, async (stage) => {
            const [port, metricsPort] = [await freePort(), await freePort()];
            // Without the trace of everything.
            const process = new Process(binary, [
                '-n', stage.nats.url, '-i', '127.0.0.1', '-p', String(port), '-m', String(metricsPort), ...limits,
            ]);
            stage.cleanup(() => process.stop('SIGKILL'));
            await process.line(/ \[INF\] Server ready$/);
            const gateway = new Gateway(process, port);
            stage.service.serve(fixtures);
            const resident = async () => {
                const { text: document } = await http({ port: metricsPort }, 'GET', '/metrics');
                return Number(/^process_resident_memory_bytes (\d+)$/m.exec(document)[1]);
            };
            // What is needed anyhow is there.
            await (await RawClient.connect(gateway)).close();
            await http(gateway, 'GET', '/api/test/model');
            const before = await resident();

            const raw = await connect(gateway);
            const { socket } = raw;
            socket.pause(); // It never reads.
            let most = before;
            for (let round = 0, poured = 0; poured < flood && !socket.destroyed; ++round) {
                const data = pour(round);
                poured += data.length;
                let done = false;
                socket.write(data, () => (done = true));
                // Either the gateway takes it, or it takes nothing more while it answers 30 others.
                let left = -1;
                for (let same = 0; !done && !socket.destroyed && same < 30; ) {
                    most = Math.max(most, await resident());
                    same = socket.writableLength === left ? same + 1 : 0;
                    left = socket.writableLength;
                }
                most = Math.max(most, await resident());
                if (!done) {
                    break;
                }
            }
            assert.ok(most - before < allowed, `${((most - before) / (1 << 20)).toFixed(1)} MB`);
            // Nobody else notices.
            await (await RawClient.connect(gateway)).close();
            assert.deepEqual(gateway.errorLines, []);
            raw.destroy();
        });

    for (const [title, pour] of Object.entries(websocketFloods)) {
        scenario(`WebSocket, ${title}`, (gateway) => RawSocket.webSocket(gateway), pour);
    }
    for (const [title, pour] of Object.entries(httpFloods)) {
        scenario(`HTTP, ${title}`, (gateway) => RawSocket.connect(gateway), pour);
    }
}, [1]);
