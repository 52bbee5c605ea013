import { connect } from 'node:net';
import { randomBytes } from 'node:crypto';
import { until, within } from './deadline.js';

/** A TCP connection to the gateway on which a test writes what it likes. */
export class RawSocket {
    static async connect(gateway) {
        const socket = connect({ host: '127.0.0.1', port: gateway.port });
        const raw = new RawSocket(socket);
        await within(
            new Promise((resolve, reject) => {
                socket.once('connect', resolve);
                socket.once('error', reject);
            }),
            'the TCP connection',
        );
        return raw;
    }

    /** A connection that has made the WebSocket handshake. */
    static async webSocket(gateway) {
        const raw = await RawSocket.connect(gateway);
        raw.write(handshake(gateway));
        const head = await raw.head();
        if (!head.startsWith('HTTP/1.1 101 ')) {
            throw new Error(head);
        }
        return raw;
    }

    constructor(socket) {
        this.socket = socket;
        this.received = Buffer.alloc(0);
        socket.on('data', (data) => {
            this.received = Buffer.concat([this.received, data]);
        });
        this.ended = new Promise((resolve) => {
            socket.on('end', () => resolve('end'));
            socket.on('close', () => resolve('end'));
            // A reset after the gateway's last words is an end like any other.
            socket.on('error', () => resolve('end'));
        });
    }

    write(data) {
        this.socket.write(data);
    }

    async take(length) {
        await until(() => this.received.length >= length, `${length} bytes arrive`);
        const taken = this.received.subarray(0, length);
        this.received = this.received.subarray(length);
        return taken;
    }

    /** Takes the head of an HTTP response. */
    async head() {
        await until(() => this.received.includes('\r\n\r\n'), 'a response head arrives');
        return (await this.take(this.received.indexOf('\r\n\r\n') + 4)).toString();
    }

    /** Takes an HTTP response, whichever way its length is given (HTTP-3): `{ status, head, body }`. */
    async response() {
        const head = await this.head();
        const status = Number(head.split(' ')[1]);
        if (/^transfer-encoding: *chunked\r$/im.test(head)) {
            return { status, head, body: await this.chunks() };
        }
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
        return { status, head, body: (await this.take(length)).toString() };
    }

    async chunks() {
        const parts = [];
        for (;;) {
            await until(() => this.received.includes('\r\n'), 'a chunk arrives');
            const line = await this.take(this.received.indexOf('\r\n') + 2);
            const length = parseInt(line.toString(), 16);
            parts.push((await this.take(length + 2)).subarray(0, length));
            if (length === 0) {
                return Buffer.concat(parts).toString();
            }
        }
    }

    /** Takes one WebSocket frame: `{ opcode, payload, final }`. */
    async frame() {
        const [first, second] = await this.take(2);
        let length = second & 0x7f;
        if (length === 126) {
            length = (await this.take(2)).readUInt16BE();
        } else if (length === 127) {
            length = Number((await this.take(8)).readBigUInt64BE());
        }
        return { opcode: first & 0x0f, final: first >= 0x80, payload: await this.take(length) };
    }

    async message() {
        const { opcode, payload } = await this.frame();
        return opcode === Opcode.text ? JSON.parse(payload.toString()) : { opcode, payload };
    }

    /** Takes a close frame and waits for the end of the stream; resolves with the code. */
    async closeCode() {
        const { opcode, payload } = await this.frame();
        if (opcode !== Opcode.close) {
            throw new Error(`frame ${opcode} instead of a close frame: ${payload}`);
        }
        await this.end();
        return payload.length >= 2 ? payload.readUInt16BE() : null;
    }

    async end() {
        await within(this.ended, 'the end of the stream');
        this.socket.destroy();
    }

    destroy() {
        this.socket.destroy();
    }
}

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** One frame of a client; masked and final unless asked otherwise. */
export function frame(opcode, payload, { final = true, masked = true, rsv = 0 } = {}) {
    const body = Buffer.from(payload);
    const head = [(final ? 0x80 : 0) | rsv | opcode];
    const maskBit = masked ? 0x80 : 0;
    if (body.length < 126) {
        head.push(maskBit | body.length);
    } else if (body.length < 0x10000) {
        head.push(maskBit | 126, body.length >> 8, body.length & 0xff);
    } else {
        const length = Buffer.alloc(8);
        length.writeBigUInt64BE(BigInt(body.length));
        head.push(maskBit | 127, ...length);
    }
    if (!masked) {
        return Buffer.concat([Buffer.from(head), body]);
    }
    const mask = randomBytes(4);
    const hidden = Buffer.from(body.map((byte, i) => byte ^ mask[i % 4]));
    return Buffer.concat([Buffer.from(head), mask, hidden]);
}

export const text = (message, options) =>
    frame(Opcode.text, typeof message === 'string' ? message : JSON.stringify(message), options);

export function closeFrame(code, reason = '') {
    const head = Buffer.alloc(2);
    head.writeUInt16BE(code);
    return frame(Opcode.close, Buffer.concat([head, Buffer.from(reason)]));
}

/** A handshake request; `headers` replace the usual ones, undefined leaves one out. */
export function handshake(gateway, { method = 'GET', path = '/', headers = {} } = {}) {
    const all = {
        Host: gateway.host,
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
    };
    const lines = Object.entries(all)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name}: ${value}\r\n`);
    return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
