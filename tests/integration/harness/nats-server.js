import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Process } from './process.js';

/**
 * Starts a NATS server on a free port of the loopback interface. `config` is the text of its configuration
 * file, `args` are further options. With TLS, services need `client` to connect: options of the NATS library.
 */
export async function startNatsServer({ config = '', args = [], client = {} } = {}) {
    const directory = await mkdtemp(join(tmpdir(), 'nats-server-'));
    const file = join(directory, 'server.conf');
    await writeFile(file, config, { mode: 0o600 });
    const server = new Process(process.env.NATS_SERVER ?? 'nats-server', [
        '-a',
        '127.0.0.1',
        '-p',
        '-1',
        '-c',
        file,
        ...args,
    ]);
    const [, port] = await server.line(/Listening for client connections on 127\.0\.0\.1:(\d+)/);
    await server.line(/Server is ready/);
    return {
        port: Number(port),
        url: `nats://127.0.0.1:${port}`,
        client,
        process: server,
        log: server.lines,
        async stop(signal) {
            await server.stop(signal);
            await rm(directory, { recursive: true, force: true });
        },
    };
}
