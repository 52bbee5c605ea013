import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { within } from './deadline.js';
import { Process } from './process.js';

export const binary =
    process.env.RESGATE ??
    fileURLToPath(new URL('../../../build/release/resgate', import.meta.url));

export function freePort() {
    return new Promise((resolve, reject) => {
        const probe = createServer().on('error', reject);
        probe.listen(0, '127.0.0.1', () => {
            const { port } = probe.address();
            probe.close(() => resolve(port));
        });
    });
}

/** A running gateway. */
export class Gateway {
    constructor(process, port) {
        this.process = process;
        this.port = port;
        this.host = `127.0.0.1:${port}`;
        this.wsUrl = `ws://${this.host}`;
        this.httpUrl = `http://${this.host}`;
    }

    get alive() {
        return this.process.alive;
    }

    get log() {
        return this.process.lines;
    }

    /** The lines of error level; tests count them (OPS-65). */
    get errorLines() {
        return this.log.filter((line) => / \[ERR\] /.test(line));
    }

    /** An orderly stop: status 0 (OPS-24), and as many error lines as the test expects. */
    async stop({ errors = 0 } = {}) {
        const status = await this.process.stop();
        assert.equal(status, 0, `exit status ${status}:\n${this.log.slice(-20).join('\n')}`);
        assert.equal(this.errorLines.length, errors, `error lines:\n${this.errorLines.join('\n')}`);
    }
}

/**
 * Starts a gateway and waits until it is ready (OPS-2). `args` are further options; without `fixedPort`
 * it gets a free one.
 */
export async function startGateway(nats, args = [], fixedPort = undefined) {
    for (let attempt = 1; ; ++attempt) {
        const port = fixedPort ?? (await freePort());
        const options = ['-n', nats.url, '-i', '127.0.0.1', '-p', String(port), '-DV', ...args];
        const process = new Process(binary, options);
        try {
            await process.line(/ \[INF\] Server ready$/);
            return new Gateway(process, port);
        } catch (error) {
            await process.stop('SIGKILL');
            // Somebody else may have taken the port in between.
            if (attempt === 3 || !/address already in use/i.test(error.message)) {
                throw error;
            }
        }
    }
}

/** The log lines of a process, without their times. */
export const logOf = ({ lines }) =>
    lines.map((line) => line.replace(/^\d{4}\/\d\d\/\d\d [\d:.]+ /, ''));

/** Runs the program until it ends by itself; resolves with its exit status and log. */
export async function runGateway(...args) {
    const gateway = new Process(binary, args);
    const status = await within(gateway.ended, 'the end of the gateway', 10000);
    return { status, lines: logOf(gateway) };
}
