import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { within } from './deadline.js';
import { Inbox } from './inbox.js';

export const accessDenied = { code: 'system.accessDenied', message: 'Access denied' };
export const noSubscription = { code: 'system.noSubscription', message: 'No subscription' };
export const notFound = { code: 'system.notFound', message: 'Not found' };
export const invalidRequest = { code: 'system.invalidRequest', message: 'Invalid request' };
export const requestTimeout = { code: 'system.timeout', message: 'Request timeout' };

/** A WebSocket client that sees every message in the order of arrival. */
export class RawClient {
    /** `version` null: no version request, a legacy client. */
    static async connect(gateway, { version = '1.2.3', ...options } = {}) {
        const client = new RawClient(new WebSocket(gateway.wsUrl, options));
        await client.opened;
        if (version !== null) {
            client.send({ id: 0, method: 'version', params: { protocol: version } });
            await client.expect({ result: { protocol: '1.2.3' }, id: 0 });
        }
        return client;
    }

    constructor(socket) {
        this.socket = socket;
        this.inbox = new Inbox('the client');
        this.lastId = 0;
        this.barriers = 0;
        this.opened = within(
            new Promise((resolve, reject) => {
                socket.on('open', resolve);
                socket.on('error', reject);
            }),
            'the WebSocket to open',
        );
        this.closed = new Promise((resolve) => {
            socket.on('close', (code) => resolve(code));
        });
        socket.on('message', (text) => this.inbox.push(text.toString()));
    }

    /** Sends a message as it is: an object as JSON, or text. */
    send(message) {
        this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    }

    /** Sends a request with the next id, counted from 1, and returns the id. */
    request(method, params) {
        const id = ++this.lastId;
        this.send({ id, method, params });
        return id;
    }

    /** The text of the next message. */
    nextText(ms) {
        return this.inbox.take('a message', undefined, ms);
    }

    async next(ms) {
        return JSON.parse(await this.nextText(ms));
    }

    /** The next message must be this one. */
    async expect(message, ms) {
        assert.deepEqual(await this.next(ms), message);
    }

    expectResult(id, result) {
        return this.expect({ result, id });
    }

    expectError(id, error) {
        return this.expect({ error, id });
    }

    expectEvent(event, data) {
        return this.expect({ event, data });
    }

    /** The next messages must be these, in any order. */
    async expectInAnyOrder(...messages) {
        const key = (message) => JSON.stringify([message.id, message.event]);
        const sorted = (list) => [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
        const received = [];
        while (received.length < messages.length) {
            received.push(await this.next());
        }
        assert.deepEqual(sorted(received), sorted(messages));
    }

    /**
     * The barrier of spec 90.2 on each resource name: no message has come before its response, and the
     * gateway has made no request that the test has not asked for (ORD-7). Returns the connection ID.
     */
    async barrier(service, ...names) {
        let cid;
        for (const name of names) {
            const id = `barrier${++this.barriers}`;
            const number = 1_000_000 + this.barriers;
            this.send({ id: number, method: `auth.${name}.${id}` });
            const request = await service.expect(`auth.${name}.${id}`);
            service.assertNoFurtherRequests();
            request.result(null);
            await this.expect({ result: { payload: null }, id: number });
            cid = request.payload.cid;
        }
        return cid;
    }

    /** Subscribes with everything granted and answered: `content` by name, in the order of the requests. */
    async subscribe(service, name, contents, access = { get: true }) {
        const id = this.request(`subscribe.${name}`);
        (await service.expect(`access.${name}`)).result(access);
        for (const [resource, content] of Object.entries(contents)) {
            (await service.expect(`get.${resource}`)).result(content);
        }
        const { result, id: answered } = await this.next();
        assert.equal(answered, id);
        assert.ok(result, `subscribe to ${name}`);
        return result;
    }

    /** Closes the connection and waits for its end. */
    async close() {
        this.socket.close();
        await within(this.closed, 'the WebSocket to close');
    }
}
