import assert from 'node:assert/strict';
import { connect, createInbox, headers } from 'nats';
import { until } from './deadline.js';
import { Inbox } from './inbox.js';
import { RawClient } from './raw-client.js';
import { fixtures } from './scenario-file.js';

const codes = {
    'D': 'system.accessDenied',
    'T': 'system.timeout',
    'I': 'system.internalError',
    'NF': 'system.notFound',
    '""': '',
};

const notFound = { error: { code: 'system.notFound', message: 'Not found' } };
const replies = {
    granted: JSON.stringify({ result: { get: true } }),
    full: JSON.stringify({ result: { get: true, call: '*' } }),
    denied: JSON.stringify({ result: { get: false } }),
    notFound: JSON.stringify(notFound),
    empty: '',
};

const typeOf = (value) =>
    Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;

/** Whether the value is as the pattern, in which `"any:type"` stands for anything of a type. */
function matches(pattern, value) {
    if (typeof pattern === 'string' && pattern.startsWith('any:')) {
        return pattern === `any:${typeOf(value)}`;
    }
    if (typeOf(pattern) !== typeOf(value)) {
        return false;
    }
    if (pattern === null || typeof pattern !== 'object') {
        return pattern === value;
    }
    const keys = Object.keys(pattern);
    return (
        keys.length === Object.keys(value).length &&
        keys.every((key) => Object.hasOwn(value, key) && matches(pattern[key], value[key]))
    );
}

/** The services of all scenarios, which each get the requests for their own names. */
export class ScenarioServices {
    static async start(nats) {
        const services = new ScenarioServices();
        services.connection = await connect({ servers: nats.url, reconnect: false });
        services.inboxes = new Map();
        for (const type of ['get', 'access', 'call', 'auth', 'query', 'token']) {
            services.connection.subscribe(`${type}.>`, {
                callback: (error, message) => {
                    const text = message.string();
                    const request = {
                        message,
                        subject: message.subject,
                        payload: text === '' ? undefined : JSON.parse(text),
                    };
                    services.inboxes.get(message.subject.split('.')[1])?.push(request);
                },
            });
        }
        await services.connection.flush();
        return services;
    }

    stop() {
        return this.connection.close();
    }
}

let runs = 0;

/** Plays one run of a scenario with a gateway. */
export class ScenarioRunner {
    constructor(gateway, services) {
        this.gateway = gateway;
        this.services = services;
        this.part = `t${++runs}`;
        this.inbox = new Inbox('the services');
        services.inboxes.set(this.part, this.inbox);
        this.clients = new Map();
        this.open = [];
        this.errors = 0;
        this.barriers = 0;
        this.fixtures = JSON.parse(this.own(JSON.stringify(fixtures)));
    }

    /** With the scenario's own first part in every name. */
    own(text) {
        return text.replace(/\btest\b/g, this.part);
    }

    async play({ steps }) {
        const before = this.gateway.errorLines.length;
        this.needsCids = steps.some((step) => step.includes('<cid'));
        try {
            for (let at = 0; at < steps.length; ++at) {
                this.step = steps[at];
                const group = [steps[at]];
                while (/^C\d*<~/.test(steps[at]) && /^C\d*<~/.test(steps[at + 1] ?? '')) {
                    group.push(steps[++at]);
                }
                await (group.length > 1 ? this.expectGroup(group) : this.perform(steps[at]));
            }
            this.step = 'the end';
            if (this.clients.size === 0) {
                await this.client('C');
            }
            for (const client of this.clients.values()) {
                await this.barrier(client, this.own('test.end'));
            }
            const errors = () => this.gateway.errorLines.slice(before);
            await until(() => errors().length >= this.errors, `${this.errors} error lines`);
            assert.equal(errors().length, this.errors, errors().join('\n'));
        } catch (error) {
            error.message = `at ${this.step.slice(0, 300)}: ${error.message}`;
            throw error;
        } finally {
            this.services.inboxes.delete(this.part);
            await Promise.all([...this.clients.values()].map((client) => client.close()));
        }
    }

    async perform(step) {
        const [first, ...words] = (await this.putIn(this.own(step))).split(' ').filter(Boolean);
        const actor = first.match(/^(C\d*)(<~|<|>)$/);
        if (actor?.[2] === '>') {
            await this.request(await this.client(actor[1]), words);
        } else if (actor) {
            await this.expect(await this.client(actor[1]), [this.expectation(words)]);
        } else {
            assert.ok(steps[first], `no such step: ${step}`);
            await steps[first].call(this, words);
        }
    }

    async request(client, [id, ...words]) {
        const rest = words.join(' ');
        if (id === 'text') {
            client.send(rest);
            return;
        }
        const params = words.length > 1 ? `,"params":${words.slice(1).join(' ')}` : '';
        client.send(`{"id":${id},"method":${JSON.stringify(words[0])}${params}}`);
    }

    expectation([id, type, ...words]) {
        const rest = words.join(' ');
        if (id === 'event') {
            return { event: type, data: rest === '' ? null : JSON.parse(rest) };
        }
        const expected = { id: Number(id) };
        if (type === 'result') {
            expected.result = JSON.parse(rest);
        } else if (type === 'payload') {
            expected.result = { payload: JSON.parse(rest) };
        } else if (type === 'set') {
            expected.result = this.set(words);
        } else if (type === 'error') {
            expected.error = rest.startsWith('{')
                ? JSON.parse(rest)
                : { code: codes[rest] ?? rest, message: 'any:string' };
        } else {
            assert.equal(type, 'ok', `no such expectation: ${type}`);
        }
        return expected;
    }

    async expectGroup(group) {
        const byClient = new Map();
        for (const step of group) {
            const [first, ...words] = (await this.putIn(this.own(step))).split(' ').filter(Boolean);
            const name = first.slice(0, first.indexOf('<'));
            byClient.set(name, [...(byClient.get(name) ?? []), this.expectation(words)]);
        }
        for (const [name, expected] of byClient) {
            await this.expect(await this.client(name), expected);
        }
    }

    /** The client's next messages are these in any order. */
    async expect(client, expected) {
        const left = [...expected];
        while (left.length > 0) {
            const message = await client.next();
            const index = left.findIndex((pattern) => matches(pattern, message));
            if (index < 0) {
                assert.deepEqual(message, left.length === 1 ? left[0] : left);
            }
            left.splice(index, 1);
        }
    }

    /** The resource set with these fixtures, as clients see them (VAL-4). */
    set(names) {
        const set = {};
        for (const name of names) {
            const [[type, content]] = Object.entries(this.fixture(name));
            const seen = structuredClone(content);
            for (const [key, value] of Object.entries(seen)) {
                if (value?.data !== undefined && typeof value.data !== 'object') {
                    seen[key] = value.data;
                }
            }
            set[`${type}s`] ??= {};
            set[`${type}s`][name] = seen;
        }
        return set;
    }

    fixture(name) {
        assert.ok(this.fixtures[name], `no fixture ${name}`);
        return this.fixtures[name];
    }

    async client(name) {
        if (!this.clients.has(name)) {
            await this.connect(name, '1.999.999');
        }
        return this.clients.get(name);
    }

    async connect(name, version) {
        const client = await RawClient.connect(this.gateway, { version });
        this.clients.set(name, client);
        if (this.needsCids) {
            client.cid = (await this.roundTrip(client, `${this.part}.cid`)).payload.cid;
        }
    }

    take(subject, payload) {
        const pattern = payload ? JSON.parse(payload) : undefined;
        return this.inbox.take(
            `${subject} ${payload ?? ''}`,
            (request) =>
                request.subject === subject && (!payload || matches(pattern, request.payload)),
        );
    }

    async takeOpen(label) {
        const index = this.open.findIndex((request) => request.label === label);
        return index >= 0 ? this.open.splice(index, 1)[0].request : this.take(label);
    }

    reply({ message, subject }, reply) {
        if (reply === 'timeout') {
            return;
        }
        if (reply === 'nobody') {
            message.respond(new Uint8Array(), { headers: headers(503, 'No Responders') });
        } else if (reply === 'fixture') {
            const fixture = this.fixture(subject.slice(subject.indexOf('.') + 1));
            message.respond(JSON.stringify(fixture.error ? fixture : { result: fixture }));
        } else {
            message.respond(replies[reply] ?? reply);
        }
    }

    async barrier(client, rid) {
        await this.roundTrip(client, rid, () =>
            assert.deepEqual(
                this.inbox.items.map(({ subject, payload }) => [subject, payload]),
                [],
                'requests that the scenario does not name',
            ),
        );
    }

    /** An auth request, answered after `check`; no message comes before its response. */
    async roundTrip(client, rid, check = () => {}) {
        const id = 1000000 + ++this.barriers;
        const method = `auth.${rid}.barrier${id}`;
        client.send({ id, method });
        const request = await this.take(method);
        check();
        this.reply(request, '{"result":null}');
        const message = await client.next();
        assert.equal(message.id, id, JSON.stringify(message));
        return request;
    }

    /** Whether anybody has subscribed to the events of that name: the server says if not. */
    async hasSubscriber(name) {
        const { connection } = this.services;
        let status;
        const inbox = createInbox();
        const subscription = connection.subscribe(inbox, {
            callback: (error, message) => {
                status = message.headers?.code;
            },
        });
        // A query event concerns no resource that has no query (QRY-2).
        connection.publish(`event.${name}.query`, '', { reply: inbox });
        await connection.flush();
        subscription.unsubscribe();
        return status !== 503;
    }

    async putIn(step) {
        let text = '';
        let done = 0;
        for (const { 0: mark, 1: what, index } of step.matchAll(/<([^<>]*)>/g)) {
            let value;
            if (/^cid\d*$/.test(what)) {
                const client = await this.client(`C${what.slice(3)}`);
                value = client.cid;
            } else if (/^.\*\d+$/.test(what)) {
                value = what[0].repeat(Number(what.slice(2)));
            } else if (this.fixtures[what]) {
                value = JSON.stringify(Object.values(this.fixtures[what])[0]);
            } else {
                continue;
            }
            text += step.slice(done, index) + value;
            done = index + mark.length;
        }
        return text + step.slice(done);
    }
}

/** The steps by their first word; `this` is the runner. */
const steps = {
    async 'S?'([subject, ...words]) {
        const named = words.at(-2) === 'as';
        const payload = words.slice(0, named ? -2 : undefined).join(' ');
        const request = await this.take(subject, payload);
        this.open.push({ label: named ? words.at(-1) : subject, request });
    },

    async 'S!'([label, ...words]) {
        const request = await this.takeOpen(label);
        const reply = words.join(' ');
        this.reply(request, reply);
        if (reply.startsWith('timeout:')) {
            // A pre-response: it is still to be answered.
            this.open.push({ label, request });
        }
    },

    async 'S>'([subject, ...words]) {
        this.services.connection.publish(subject, words.join(' '));
    },

    async connect([name, version]) {
        await this.connect(name, version === 'none' ? null : version);
    },

    async close([name]) {
        await (await this.client(name)).close();
        this.clients.delete(name);
    },

    async given([name, ...names]) {
        const client = await this.client(name);
        const all = names.map((each) => each.replace(/^=/, ''));
        client.send({ id: 900000, method: `subscribe.${all[0]}` });
        this.reply(await this.take(`access.${all[0]}`), 'granted');
        for (const fetched of names.filter((each) => !each.startsWith('='))) {
            this.reply(await this.take(`get.${fetched}`), 'fixture');
        }
        await client.expectResult(900000, this.set(all));
    },

    async barrier([name, rid]) {
        await this.barrier(await this.client(name), rid);
    },

    async live([name, ...rids]) {
        const client = await this.client(name);
        for (const rid of rids) {
            const resource = rid.split('?')[0];
            this.services.connection.publish(`event.${resource}.custom`, '1');
            await client.expectEvent(`${rid}.custom`, 1);
            await this.barrier(client, resource);
        }
    },

    async silent([name, ...rids]) {
        const client = await this.client(name);
        for (const rid of rids) {
            const resource = rid.split('?')[0];
            this.services.connection.publish(`event.${resource}.custom`, '1');
            await this.barrier(client, resource);
        }
    },

    async subscribed(names) {
        for (const name of names) {
            assert.ok(await this.hasSubscriber(name), `no subscription of ${name}`);
        }
    },

    async unsubscribed(names) {
        for (const name of names) {
            await until(async () => !(await this.hasSubscriber(name)), `${name} is unsubscribed`);
        }
    },

    async throttled([width, total, rid]) {
        const outstanding = [];
        for (let answered = 0; answered < Number(total); ++answered) {
            const expected = Math.min(Number(width), Number(total) - answered);
            while (outstanding.length < expected) {
                outstanding.push(await this.inbox.take('a throttled request'));
            }
            if (rid) {
                await this.barrier([...this.clients.values()][0], rid);
            }
            const request = outstanding.shift();
            this.reply(request, request.subject.startsWith('access.') ? 'granted' : 'fixture');
        }
    },

    async logs([count]) {
        this.errors += Number(count);
    },
};
