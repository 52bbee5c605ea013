import { Process } from './process.js';

/** Starts a NATS server on a free port of the loopback interface. */
export async function startNatsServer() {
    const server = new Process(process.env.NATS_SERVER ?? 'nats-server', [
        '-a',
        '127.0.0.1',
        '-p',
        '-1',
    ]);
    const [, port] = await server.line(/Listening for client connections on 127\.0\.0\.1:(\d+)/);
    return { port: Number(port), url: `nats://127.0.0.1:${port}`, stop: () => server.stop() };
}
