// The real ResClient against the gateway: docs/spec/80-examples-and-clients.md, part B.
import assert from 'node:assert/strict';
import { eventually, until, within } from './harness/deadline.js';
import { startExample } from './harness/example.js';
import { accessDenied } from './harness/raw-client.js';
import { RecordedClient, once } from './harness/res-client.js';
import { scenarios } from './harness/scenario.js';

const to = (rid) => ({ rid });
const ignore = () => {};

/** A client, and the two models of 80.B.4 served to it. */
async function open(stage, options) {
    stage.service.serve({
        'ex.model': { model: { message: 'hello', child: to('ex.child') } },
        'ex.child': { model: { n: 1 } },
    });
    return openClient(stage, stage.gateway, options);
}

function openClient(stage, gateway, options) {
    const client = new RecordedClient(gateway, options);
    stage.cleanup(() => client.disconnect());
    return client;
}

function clientScenarios(scenario) {
    scenario('RC-C1 gets a model after onConnect has authenticated', async (stage) => {
        const { service } = stage;
        const client = await open(stage);
        service.answer('auth.a.login', { result: null });
        client.setOnConnect(() => client.authenticate('a', 'login'));
        const model = await client.get('ex.model');
        assert.equal(model.message, 'hello');
        assert.equal(model.child.n, 1);
        assert.deepEqual(client.sent, [
            { id: 1, method: 'version', params: { protocol: '1.2.1' } },
            { id: 2, method: 'auth.a.login' },
            { id: 3, method: 'subscribe.ex.model' },
        ]);
        assert.deepEqual(client.received, [
            { id: 1, result: { protocol: '1.2.3' } },
            { id: 2, result: { payload: null } },
            {
                id: 3,
                result: {
                    models: {
                        'ex.model': { message: 'hello', child: to('ex.child') },
                        'ex.child': { n: 1 },
                    },
                },
            },
        ]);
        assert.deepEqual(service.seen.map(({ subject }) => subject).sort(), [
            'access.ex.model',
            'auth.a.login',
            'get.ex.child',
            'get.ex.model',
        ]);
    });

    scenario('RC-C2 follows change events', async (stage) => {
        const client = await open(stage);
        const model = await client.get('ex.model');
        const change = once(model, 'change');
        stage.service.event('ex.model.change', { values: { message: 'changed' } });
        assert.deepEqual(await within(change, 'change'), { message: 'hello' });
        assert.equal(model.message, 'changed');
    });

    scenario('RC-C3 gets the model it holds from a resource response', async (stage) => {
        const { service } = stage;
        const client = await open(stage);
        service.answer('call.ex.model.self', { resource: to('ex.model') });
        const model = await client.get('ex.model');
        model.on('change', ignore);
        assert.equal(await client.call('ex.model', 'self'), model);
        const reply = await client.replyTo(await client.sentRequest('call.ex.model.self'));
        assert.deepEqual(reply.result, { rid: 'ex.model' });
        model.off('change', ignore);
        const unsubscribe = await client.sentRequest('unsubscribe.ex.model');
        assert.deepEqual(unsubscribe.params, { count: 2 });
        assert.deepEqual(await client.replyTo(unsubscribe), { id: unsubscribe.id });
    });

    scenario('RC-C4 returns to a model after its access was withdrawn', async (stage) => {
        const { service } = stage;
        const client = await open(stage);
        const model = await client.get('ex.model');
        model.on('change', ignore);
        service.answer('access.ex.model', { result: { get: false } });
        service.event('ex.model.reaccess');
        const unsubscribed = await client.receivedEvent('ex.model.unsubscribe');
        assert.deepEqual(unsubscribed.data, { reason: accessDenied });

        const retry = await client.sentRequest('subscribe.ex.model', client.sent.length);
        assert.deepEqual((await client.replyTo(retry)).error, accessDenied);
        const heard = client.received.length;
        service.answer('access.ex.model', { result: { get: true } });
        const { result } = await until(
            () => client.received.slice(heard).find((message) => message.result),
            'a subscribe succeeds',
        );
        assert.deepEqual(result, {
            models: {
                'ex.model': { message: 'hello', child: to('ex.child') },
                'ex.child': { n: 1 },
            },
        });

        const change = once(model, 'change');
        service.event('ex.model.change', { values: { message: 'back' } });
        await within(change, 'change');
        assert.equal(model.message, 'back');
    });

    scenario('RC-C5 resynchronises with a restarted gateway', async (stage) => {
        const { service, gateway } = stage;
        const client = await open(stage);
        client.setOnConnect(() => Promise.resolve());
        const model = await client.get('ex.model');
        const change = once(model, 'change');
        await gateway.stop();
        service.answer('get.ex.model', {
            result: { model: { message: 'new', child: to('ex.child') } },
        });
        await stage.startGateway(gateway.port);
        assert.deepEqual(await within(change, 'the difference'), { message: 'hello' });
        assert.equal(model.message, 'new');
    });

    scenario('RC-C6 keeps the child when it lets go of the parent', async (stage) => {
        const { service } = stage;
        const client = await open(stage);
        const { child } = await client.get('ex.model');
        child.on('change', ignore);
        const unsubscribe = await client.sentRequest('unsubscribe.ex.model');
        const subscribe = await client.sentRequest('subscribe.ex.child');
        assert.ok(subscribe.id < unsubscribe.id);
        assert.deepEqual(await client.replyTo(subscribe), { id: subscribe.id, result: {} });
        assert.deepEqual(await client.replyTo(unsubscribe), { id: unsubscribe.id });
        const change = once(child, 'change');
        service.event('ex.child.change', { values: { n: 2 } });
        await within(change, 'change');
        assert.equal(child.n, 2);
    });

    scenario('RC-C7 lets go of a model nobody listens to', async (stage) => {
        const client = await open(stage);
        const model = await client.get('ex.model');
        const unsubscribe = await client.sentRequest('unsubscribe.ex.model');
        assert.deepEqual(await client.replyTo(unsubscribe), { id: unsubscribe.id });
        const again = await client.get('ex.model');
        assert.notEqual(again, model);
        assert.equal(again.message, 'hello');
        assert.equal(stage.service.count('get.ex.model'), 1);
    });

    scenario('RC-C8 is told that a resource does not exist', async (stage) => {
        const { service } = stage;
        const client = await open(stage);
        service.serve({ 'ex.none': { error: { code: 'system.notFound', message: 'Not found' } } });
        await assert.rejects(client.get('ex.none'), {
            code: 'system.notFound',
            message: 'Not found',
        });
    });

    scenario('RC-C9 takes over what a collection missed while disconnected', async (stage) => {
        const { service } = stage;
        service.serve({ 'ex.list': { collection: ['a', 'b', 'c'] } });
        const client = openClient(stage, stage.gateway);
        let proceed;
        let gate = Promise.resolve();
        client.setOnConnect(() => gate);
        const list = await client.get('ex.list');
        const changes = [];
        list.on('add', ({ idx, item }) => changes.push(['add', idx, item]));
        list.on('remove', ({ idx, item }) => changes.push(['remove', idx, item]));

        gate = new Promise((resolve) => {
            proceed = resolve;
        });
        client.sockets[0].terminate();
        await until(
            () => client.sent.filter(({ method }) => method === 'version').length === 2,
            'reconnect',
        );
        service.event('ex.list.remove', { idx: 0 });
        service.event('ex.list.add', { idx: 2, value: 'd' });
        service.serve({ 'ex.list': { collection: ['b', 'c', 'd'] } });
        // A second client sees that the gateway has taken up the events.
        const witness = openClient(stage, stage.gateway);
        await until(async () => {
            const seen = await witness.get('ex.list');
            return [...seen].join('') === 'bcd';
        }, 'the gateway has the new list');
        assert.deepEqual(changes, []);
        proceed();
        await until(() => [...list].join('') === 'bcd', 'the list is resynchronised');
        // The library tells of a change after it has made it.
        await eventually(() =>
            assert.deepEqual(changes, [
                ['remove', 0, 'a'],
                ['add', 2, 'd'],
            ]),
        );
    });

    scenario('RC-C10 keeps the {cid} tag while services see the connection ID', async (stage) => {
        const { service } = stage;
        const client = openClient(stage, stage.gateway);
        const got = client.get('session.user.{cid}');
        const access = await service.inbox.take('access', ({ subject }) =>
            /^access\./.test(subject),
        );
        const { cid } = access.payload;
        assert.equal(access.subject, `access.session.user.${cid}`);
        access.result({ get: true });
        (await service.expect(`get.session.user.${cid}`)).result({ model: { name: 'Jane' } });
        const user = await got;
        assert.equal(user.name, 'Jane');
        const change = once(user, 'change');
        service.event(`session.user.${cid}.change`, { values: { name: 'John' } });
        await within(change, 'change');
        assert.equal(user.name, 'John');
        await client.receivedEvent('session.user.{cid}.change');
    });

    scenario('RC-C12 disconnects for good', async (stage) => {
        const { gateway } = stage;
        const client = await open(stage);
        const model = await client.get('ex.model');
        model.on('change', ignore);
        const [socket] = client.sockets;
        const closed = new Promise((resolve) => {
            socket.on('close', resolve);
        });
        client.disconnect();
        await within(closed, 'the end of the connection');
        await gateway.process.line(/Disconnected: /);
        assert.equal(client.sockets.length, 1);
    });
}

// [RC-C11]: everything once more through compression, which the WebSocket library offers by itself.
for (const compression of [false, true]) {
    const options = compression ? { args: ['--wscompression'] } : {};
    scenarios(`ResClient${compression ? ', RC-C11 compressed' : ''}`, (define) => {
        const scenario = (title, body) => define(title, options, body);
        clientScenarios(scenario);
    });
}

scenarios('ResClient', (scenario) => {
    const options = { args: ['--wscompression'] };
    scenario('RC-C11 both sides compress what they send', options, async (stage) => {
        const { service } = stage;
        const client = await open(stage);
        const model = await client.get('ex.model');
        const change = once(model, 'change'); // without a listener it would let go of the model
        assert.match(client.sockets[0].extensions, /^permessage-deflate/);
        const message = 'hello '.repeat(1000);
        service.answer('call.ex.model.echo', ({ payload }) => ({ result: payload.params }));
        assert.deepEqual(await client.call('ex.model', 'echo', { message }), { message });
        service.event('ex.model.change', { values: { message } });
        await within(change, 'change');
        assert.equal(model.message, message);
        const { bytesRead, bytesWritten } = client.sockets[0]._socket;
        assert.ok(bytesRead < 4000 && bytesWritten < 4000, `${bytesRead}, ${bytesWritten} bytes`);
    });
});

scenarios('two clients of the book collection', (scenario) => {
    for (const gateways of [1, 2]) {
        scenario(
            `edit at once through ${gateways} gateway(s) and see the same`,
            { subjects: [] },
            async (stage) => {
                const { nats } = stage;
                const example = await startExample('book-collection', { nats });
                stage.cleanup(() => example.stop());
                const second = gateways === 1 ? stage.gateway : await stage.startGateway();
                const shelves = [
                    await Shelf.open(openClient(stage, stage.gateway)),
                    await Shelf.open(openClient(stage, second)),
                ];

                await Promise.all(shelves.map((shelf, index) => shelf.edit(50, index + 1)));

                const truth = await serviceState(stage.service);
                await eventually(() => {
                    for (const shelf of shelves) {
                        assert.deepEqual(shelf.state(), truth);
                    }
                    assert.deepEqual(shelves[0].events, shelves[1].events);
                    for (const { id } of truth) {
                        assertSameHistory(shelves[0].history(id), shelves[1].history(id));
                    }
                });

                const late = await Shelf.open(openClient(stage, second));
                assert.deepEqual(late.state(), truth);

                await example.stop();
                const [{ books, client }] = shelves;
                const orphaned = [
                    books.call('new', { title: 'T', author: 'A' }),
                    client.get('library.none'),
                ];
                for (const request of orphaned) {
                    // Until the NATS server has noticed the end of the service, requests time out.
                    await assert.rejects(within(request, 'an error'), ({ code }) =>
                        ['system.notFound', 'system.timeout'].includes(code),
                    );
                }
            },
        );
    }
});

/** One client's view of the book collection, and the order in which it came about. */
class Shelf {
    static async open(client) {
        return new Shelf(client, await client.get('library.books'));
    }

    constructor(client, books) {
        this.client = client;
        this.books = books;
        this.events = [];
        this.listeners = new Map();
        this.earlierTitles = new Map();
        [...books].forEach((book) => this.follow(book));
        books.on('add', ({ item, idx }) => {
            this.events.push(['add', idx, item.getResourceId()]);
            this.follow(item);
        });
        books.on('remove', ({ item, idx }) => {
            this.events.push(['remove', idx, item.getResourceId()]);
            item.off?.('change', this.listeners.get(item));
        });
    }

    follow(book) {
        if (!book.on) {
            return; // an error: the book was deleted before it could be loaded
        }
        const titles = [];
        this.earlierTitles.set(book.id, titles);
        // The library emits later than it updates: of the two titles only the old one is certain.
        const listener = ({ title }) => titles.push(title);
        this.listeners.set(book, listener);
        book.on('change', listener);
    }

    state() {
        return [...this.books].map(({ id, title, author }) => ({ id, title, author }));
    }

    /** All titles the client has seen a book have. */
    history(id) {
        return [...this.earlierTitles.get(id), this.state().find((book) => book.id === id).title];
    }

    /** Makes `count` edits, chosen by the seed, up to five of them under way at a time. */
    async edit(count, seed) {
        const random = (limit) => {
            seed = (seed * 1103515245 + 12345) % 2147483648;
            return Math.floor((seed / 2147483648) * limit);
        };
        for (let i = 0; i < count; i += 5) {
            const edits = [];
            for (let j = i; j < i + 5; ++j) {
                const books = [...this.books].filter((item) => item.on);
                const book = books[random(books.length)];
                const choice = book ? random(10) : 0;
                if (choice < 3) {
                    edits.push(this.books.call('new', { title: `New ${seed} ${j}`, author: 'A' }));
                } else if (choice < 5) {
                    edits.push(this.books.call('delete', { id: book.id }));
                } else {
                    // The other client may have deleted it by now.
                    const set = book.set({ title: `Title ${seed} ${j}` });
                    edits.push(set.catch((error) => assert.equal(error.code, 'system.notFound')));
                }
            }
            await within(Promise.all(edits), 'the edits');
        }
    }
}

/** One client may have loaded a book later than the other; from then on both have seen the same. */
function assertSameHistory(...histories) {
    const [short, long] = histories.sort((a, b) => a.length - b.length);
    assert.deepEqual(long.slice(-short.length), short);
}

/** The books as the service has them, asked without a gateway. */
async function serviceState({ connection }) {
    const ask = async (subject) =>
        (await connection.request(subject, '{}', { timeout: 2000 })).json();
    const { result } = await ask('get.library.books');
    return Promise.all(
        result.collection.map(async ({ rid }) => (await ask(`get.${rid}`)).result.model),
    );
}
