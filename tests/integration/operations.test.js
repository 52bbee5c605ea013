// Start-up, shutdown and the loss of NATS with the real binary (part 71 of the specification).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { within } from './harness/deadline.js';
import { startNatsServer } from './harness/nats-server.js';
import { RawClient } from './harness/raw-client.js';
import { RawSocket } from './harness/raw-socket.js';
import { logOf, runGateway, startGateway } from './harness/gateway.js';

/** Holds a port of the loopback interface. */
async function occupyPort() {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    return holder;
}

describe('start-up and shutdown', () => {
    let nats;
    before(async () => {
        nats = await startNatsServer();
    });
    after(() => nats.stop());

    for (const threads of [1, 3]) {
        test(`OPS-1, OPS-2, OPS-20, OPS-24 in order, ${threads} thread(s)`, async () => {
            const gateway = await startGateway(nats, ['--threads', String(threads)]);
            await gateway.stop();
            const lines = logOf(gateway.process).filter((line) => /^\[(INF|ERR)\]/.test(line));
            assert.match(lines[0], /^\[INF\] Starting resgate version \d+\.\d+\.\d+$/);
            assert.deepEqual(lines.slice(1), [
                `[INF] Connecting to NATS at ${nats.url}`,
                `[INF] Listening on http://${gateway.host}`,
                '[INF] Server ready',
                '[INF] Stopping server...',
                '[INF] Server stopped',
            ]);
        });
    }

    const steps = {
        sessions: ['Closing 3 WebSocket connection(s)...', 'All connections gracefully closed'],
        http: ['Stopping HTTP server...', 'HTTP server gracefully stopped'],
        connection: ['Closing NATS connection...', 'NATS connection closed'],
        listener: ['Stopping NATS listener...', 'NATS listener stopped'],
        cache: ['Stopping cache workers...', 'Cache workers stopped'],
    };
    const messaging = (...within) => ['Closing messaging client...', ...within.flat(), 'Messaging client gracefully closed'];
    const debugLines = (process) =>
        logOf(process)
            .filter((line) => line.startsWith('[DBG] '))
            .slice(1) // of the start
            .map((line) => line.slice(6));

    for (const threads of [1, 3]) {
        test(`OPS-20: the steps of a shutdown, ${threads} thread(s)`, async () => {
            const idle = await startGateway(nats, ['--threads', String(threads)]);
            await idle.stop();
            const end = [...steps.http, ...messaging(steps.connection, steps.listener), ...steps.cache];
            assert.deepEqual(debugLines(idle.process), end);
            // One line about all clients, whichever loops serve them.
            const busy = await startGateway(nats, ['--threads', String(threads)]);
            await Promise.all([1, 2, 3].map(() => RawClient.connect(busy)));
            await busy.stop();
            assert.deepEqual(debugLines(busy.process), [...steps.sessions, ...end]);
        });
    }

    test('OPS-20: the steps after NATS is lost', async () => {
        const own = await startNatsServer();
        const gateway = await startGateway(own);
        await own.stop('SIGKILL');
        assert.equal(await gateway.process.ended, 1);
        assert.deepEqual(debugLines(gateway.process), [...steps.http, ...messaging(steps.listener), ...steps.cache]);
    });

    test('OPS-5 without a NATS server', async () => {
        const holder = await occupyPort();
        const { port } = holder.address();
        holder.close();
        await once(holder, 'close');
        const { status, lines } = await runGateway('-n', `nats://127.0.0.1:${port}`, '-i', '127.0.0.1');
        assert.equal(status, 1);
        assert.deepEqual(lines.slice(-4), [
            '[ERR] Problem encountered: nats: no servers available for connection',
            '[INF] Stopping server...',
            '[INF] Server stopped',
            'Failed to start server: nats: no servers available for connection',
        ]);
    });

    test('OPS-4, OPS-6 with a port that is taken', async () => {
        const holder = await occupyPort();
        const { port } = holder.address();
        const args = ['-n', nats.url, '-i', '127.0.0.1', '-p', String(port)];
        const { status, lines } = await runGateway(...args);
        holder.close();
        const reason = `listen tcp 127.0.0.1:${port}: bind: address already in use`;
        assert.equal(status, 1);
        assert.deepEqual(lines.slice(-4), [
            `[ERR] Problem encountered: ${reason}`,
            '[INF] Stopping server...',
            '[INF] Server stopped',
            `Server stopped with an error: ${reason}`,
        ]);
        assert.ok(!lines.some((line) => /Listening on/.test(line)));
    });

    test('OPS-3, NTX-2 passwords are not logged', async () => {
        const { lines } = await runGateway('-n', 'nats://user:secret@127.0.0.1:1', '-i', '127.0.0.1');
        assert.ok(lines.includes('[INF] Connecting to NATS at nats://user:***@127.0.0.1:1'));
        assert.ok(!lines.some((line) => line.includes('secret')));
    });

    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
        test(`OPS-20, OPS-24 ${signal} is an orderly end`, async () => {
            const gateway = await startGateway(nats);
            assert.equal(await gateway.process.stop(signal), 0);
        });
    }

    test('OPS-20 SIGUSR1, SIGUSR2 and SIGPIPE have no effect', async () => {
        const gateway = await startGateway(nats);
        for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGPIPE']) {
            gateway.process.child.kill(signal);
        }
        const client = await RawSocket.webSocket(gateway);
        client.destroy();
        await gateway.stop();
    });
});

describe('loss of NATS', () => {
    test('NAT-3, OPS-30, WS-48 closes all clients and exits with an error', async () => {
        const nats = await startNatsServer();
        const gateway = await startGateway(nats);
        const client = await RawSocket.webSocket(gateway);
        await nats.stop();
        assert.equal(await client.closeCode(), 1001);
        assert.equal(await within(gateway.process.ended, 'the end of the gateway'), 1);
        const lines = logOf(gateway.process);
        assert.match(lines.at(-1), /^Server stopped with an error: lost NATS connection: /);
        assert.equal(gateway.errorLines.length, 1);
        assert.match(gateway.errorLines[0], /Problem encountered: lost NATS connection: /);
    });
});
