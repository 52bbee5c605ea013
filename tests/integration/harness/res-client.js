import resclient from 'resclient';
import WebSocket from 'ws';
import { until } from './deadline.js';

// Under Node.js the package is a CommonJS module.
const ResClient = resclient.default ?? resclient;

const shortDelays = {
    reconnectDelay: 50,
    subscribeStaleDelay: 50,
    subscribeRetryDelay: 100,
    unsubscribeDelay: 50,
};

/** The real ResClient, with delays short enough for tests, and a record of its wire traffic. */
export class RecordedClient extends ResClient {
    constructor(gateway, options = {}) {
        const record = { sent: [], received: [], sockets: [] };
        super(() => connect(gateway, record), { ...shortDelays, ...options });
        Object.assign(this, record);
    }

    /** Waits for a sent message that is at index `from` or later. */
    sentRequest(method, from = 0) {
        return until(
            () => this.sent.slice(from).find((message) => message.method === method),
            `the client sends ${method}`,
        );
    }

    /** Waits for the gateway's reply to a message of `sent`. */
    replyTo({ id }) {
        return until(
            () => this.received.find((message) => message.id === id),
            `the reply to request ${id}`,
        );
    }

    receivedEvent(event) {
        return until(
            () => this.received.find((message) => message.event === event),
            `the event ${event}`,
        );
    }
}

function connect(gateway, { sent, received, sockets }) {
    // As in a browser, what a message leads to happens before the next message is looked at. The
    // default hands over all messages of a packet at once, which ResClient is not made for.
    const socket = new WebSocket(gateway.wsUrl, { allowSynchronousEvents: false, ca: gateway.ca });
    const send = socket.send.bind(socket);
    socket.send = (text) => {
        sent.push(JSON.parse(text));
        send(text);
    };
    socket.on('message', (text) => received.push(JSON.parse(text)));
    sockets.push(socket);
    return socket;
}

/** Resolves with the first argument of the next event of that name. */
export function once(emitter, event) {
    return new Promise((resolve) => {
        const listener = (argument) => {
            emitter.off(event, listener);
            resolve(argument);
        };
        emitter.on(event, listener);
    });
}
