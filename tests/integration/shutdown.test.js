// A shutdown that meets with resistance: part 71 of the specification, section 2.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, test } from 'node:test';
import { until, within } from './harness/deadline.js';
import { binary, freePort, logOf, startGateway } from './harness/gateway.js';
import { startNatsServer } from './harness/nats-server.js';
import { Process } from './harness/process.js';
import { RawClient } from './harness/raw-client.js';
import { RawSocket } from './harness/raw-socket.js';
import { Service } from './harness/service.js';

/** A gateway with a NATS server of its own, and a service that may keep it waiting for an hour. */
async function stage(t, threads = 1) {
    const nats = await startNatsServer();
    t.after(async () => {
        nats.process.child.kill('SIGCONT');
        await nats.stop('SIGKILL');
    });
    const service = await Service.start(nats);
    t.after(() => service.stop().catch(() => {}));
    const gateway = await startGateway(nats, ['--reqtimeout', '3600000', '--threads', String(threads)]);
    t.after(() => gateway.process.stop('SIGKILL'));
    return { nats, service, gateway };
}

/** An HTTP request that nobody will answer: its connection ID. */
async function strand({ gateway, service }) {
    const client = await RawSocket.connect(gateway);
    client.write(`POST /api/test/model/method HTTP/1.1\r\nHost: ${gateway.host}\r\n\r\n`);
    const access = await service.expect('access.test.model');
    return access.payload.cid;
}

/** Sends SIGTERM and waits: the status, the seconds it took, and what was logged at error level, or without a level. */
async function end({ process }) {
    const started = Date.now();
    process.child.kill('SIGTERM');
    const status = await within(process.ended, 'the end of the gateway', 15_000);
    const log = logOf(process);
    const lines = log.filter((line) => !/^\[(INF|DBG|TRC)\] /.test(line));
    return { status, lines, log, seconds: (Date.now() - started) / 1000 };
}

describe('a shutdown that meets with resistance', { concurrency: true }, () => {
    for (const threads of [1, 3]) {
        test(`OPS-21, OPS-24: a service that does not answer, ${threads} thread(s)`, async (t) => {
            const all = await stage(t, threads);
            const cids = [await strand(all), await strand(all)];
            const { status, lines, log, seconds } = await end(all.gateway);
            const list = (...of) => `[ERR] Closing connection ${of.map((cid) => `[${cid}]`).join(', ')} timed out`;
            assert.ok(lines[0] === list(...cids) || lines[0] === list(...[...cids].reverse()), lines[0]);
            assert.deepEqual(lines.slice(1), ['[ERR] HTTP server forcefully stopped after timeout']);
            assert.equal(status, 0);
            assert.ok(seconds >= 7.9 && seconds < 10, `${seconds} s`);
            // What was abandoned is not reported as done; what comes after is done all the same.
            assert.ok(!log.includes('[DBG] All connections gracefully closed'));
            assert.ok(!log.includes('[DBG] HTTP server gracefully stopped'));
            assert.deepEqual(log.slice(-9), [
                '[DBG] Closing messaging client...',
                '[DBG] Closing NATS connection...',
                '[DBG] NATS connection closed',
                '[DBG] Stopping NATS listener...',
                '[DBG] NATS listener stopped',
                '[DBG] Messaging client gracefully closed',
                '[DBG] Stopping cache workers...',
                '[DBG] Cache workers stopped',
                '[INF] Server stopped',
            ]);
        });
    }

    test('OPS-21: a NATS server that does not close', async (t) => {
        const all = await stage(t);
        await all.nats.process.freeze();
        const { status, lines, seconds } = await end(all.gateway);
        assert.deepEqual(lines, ['[ERR] Closing messaging client timed out. Continuing shutdown.']);
        assert.equal(status, 0);
        assert.ok(seconds >= 2.9 && seconds < 6, `${seconds} s`);
    });

    test('OPS-23, OPS-24: both at once last too long', async (t) => {
        const all = await stage(t);
        await strand(all);
        await all.nats.process.freeze();
        const { status, lines, seconds } = await end(all.gateway);
        assert.equal(status, 2);
        assert.match(lines.at(-1), /^Shutdown took too long/);
        assert.ok(seconds >= 9.9 && seconds < 12, `${seconds} s`);
    });

    test('OPS-23: nobody takes the log any more', async (t) => {
        const nats = await startNatsServer();
        t.after(() => nats.stop());
        const directory = mkdtempSync(`${tmpdir()}/resgate-log-`);
        t.after(() => rmSync(directory, { recursive: true }));
        const pipe = `${directory}/log`;
        execFileSync('mkfifo', [pipe]);
        const log = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
        const output = openSync(pipe, constants.O_WRONLY);
        const chunk = Buffer.alloc(65536);
        /** Takes all there is. */
        const read = () => {
            let text = '';
            for (;;) {
                try {
                    const length = readSync(log, chunk);
                    if (length === 0) {
                        return text;
                    }
                    text += chunk.toString('latin1', 0, length);
                } catch (error) {
                    assert.equal(error.code, 'EAGAIN');
                    return text;
                }
            }
        };
        const port = await freePort();
        const args = ['-n', nats.url, '-i', '127.0.0.1', '-p', String(port), '--trace'];
        const gateway = new Process(binary, args, { stdio: ['ignore', 'pipe', output] });
        closeSync(output);
        t.after(() => gateway.stop('SIGKILL'));
        let text = '';
        const logged = (pattern, times = 1) =>
            until(() => (text += read()).match(pattern)?.length === times, `${pattern} is logged`);
        await logged(/Server ready/g);

        // More lines at the end than a pipe can hold.
        const clients = 700;
        const gate = { port, host: `127.0.0.1:${port}` };
        for (let i = 0; i < clients; i += 50) {
            const some = await Promise.all(Array.from({ length: 50 }, () => RawSocket.webSocket(gate)));
            t.after(() => some.forEach((client) => client.destroy()));
            text += read();
        }
        await logged(/\] Connected: /g, clients);
        const started = Date.now();
        gateway.child.kill('SIGTERM');
        assert.equal(await within(gateway.ended, 'the end of the gateway', 15_000), 2);
        const seconds = (Date.now() - started) / 1000;
        assert.ok(seconds >= 9.9 && seconds < 12, `${seconds} s`);
        const rest = read();
        closeSync(log);
        assert.match(rest, / Stopping server\.\.\.\n/);
        assert.doesNotMatch(rest, / Server stopped\n/);
    });

    test('OPS-63, OPS-62: clients that are closed are logged', async (t) => {
        const all = await stage(t);
        const client = await RawClient.connect(all.gateway);
        const cid = await client.barrier(all.service, 'test.model');
        await end(all.gateway);
        const log = logOf(all.gateway.process);
        assert.deepEqual(
            log.filter((line) => line.includes(`[${cid}] Disconnect`)),
            [
                `[TRC] [${cid}] Disconnecting - Server is shutting down`,
                log.find((line) => line.startsWith(`[TRC] [${cid}] Disconnected: `)),
            ],
        );
    });
});
