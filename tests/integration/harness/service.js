import assert from 'node:assert/strict';
import { connect } from 'nats';
import { Inbox } from './inbox.js';

const encode = (payload) => (typeof payload === 'string' ? payload : JSON.stringify(payload));

/** One request of a gateway. */
class Request {
    constructor(message) {
        this.message = message;
        this.subject = message.subject;
        this.text = message.string();
        this.payload = this.text === '' ? undefined : JSON.parse(this.text);
    }

    /** Replies with an object, or with text as it is. */
    reply(payload) {
        this.message.respond(encode(payload));
    }

    result(value) {
        this.reply({ result: value });
    }

    error(code, message) {
        this.reply({ error: { code, message } });
    }

    toJSON() {
        return [this.subject, this.payload];
    }
}

/**
 * The services behind a gateway, played by a test. Requests are recorded; they are answered by the test
 * one at a time (`expect`), or by themselves (`answer`).
 */
export class Service {
    static async start(nats, subjects = ['get.>', 'access.>', 'call.>', 'auth.>']) {
        const connection = await connect({ servers: nats.url, reconnect: false, ...nats.client });
        const service = new Service(connection);
        subjects.forEach((subject) => service.listen(subject));
        await connection.flush();
        return service;
    }

    constructor(connection) {
        this.connection = connection;
        this.inbox = new Inbox('the service');
        this.seen = [];
        this.answers = new Map();
    }

    listen(subject) {
        this.connection.subscribe(subject, {
            callback: (error, message) => {
                const request = new Request(message);
                this.seen.push(request);
                const answer = this.answers.get(request.subject);
                if (answer === undefined) {
                    this.inbox.push(request);
                } else {
                    request.reply(typeof answer === 'function' ? answer(request) : answer);
                }
            },
        });
    }

    /** From now on requests on `subject` are answered with `payload`, or what it returns for a request. */
    answer(subject, payload) {
        this.answers.set(subject, payload);
    }

    /** Answers get and access requests of resources: `{ 'a.b': { model: {…} } }`, or with an error. */
    serve(resources, access = { get: true, call: '*' }) {
        for (const [name, content] of Object.entries(resources)) {
            this.answer(`get.${name}`, content.error ? content : { result: content });
            this.answer(`access.${name}`, { result: access });
        }
    }

    /** The next unanswered request on `subject`, with the payload given if one is. */
    async expect(subject, payload) {
        const request = await this.inbox.take(
            subject,
            (candidate) => candidate.subject === subject,
        );
        if (payload !== undefined) {
            assert.deepEqual(request.payload, payload, subject);
        }
        return request;
    }

    /** How often a request on `subject` was seen. */
    count(subject) {
        return this.seen.filter((request) => request.subject === subject).length;
    }

    assertNoFurtherRequests() {
        assert.deepEqual(
            this.inbox.items.map((request) => request.subject),
            [],
        );
    }

    publish(subject, payload) {
        this.connection.publish(subject, payload === undefined ? '' : encode(payload));
    }

    /** Publishes an event: `event('test.model.change', {…})`. */
    event(name, payload) {
        this.publish(`event.${name}`, payload);
    }

    token(cid, payload) {
        this.publish(`conn.${cid}.token`, payload);
    }

    stop() {
        return this.connection.close();
    }
}
