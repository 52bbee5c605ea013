// Transcripts of docs/spec/90-worked-examples.md, section 90.1, that need query resources, resets and
// throttles (W-29 to W-35, W-37).
import assert from 'node:assert/strict';
import { scenarios } from './harness/scenario.js';

const to = (rid) => ({ rid });
const granted = { get: true };
const deleted = { reason: { code: 'system.deleted', message: 'Deleted' } };
const internalError = { error: { code: 'system.internalError', message: 'Internal error' } };
const notFound = { error: { code: 'system.notFound', message: 'Not found' } };

const withQueries = { subjects: ['get.>', 'access.>', 'call.>', 'auth.>', '_Q.>'] };

/** Subscribes a resource with a query that is its own normal form. */
async function subscribeQuery(client, service, name, query, content) {
    const id = client.request(`subscribe.${name}?${query}`);
    (await service.expect(`access.${name}`)).result(granted);
    (await service.expect(`get.${name}`, { query })).result({ ...content, query });
    const { result, id: answered } = await client.next();
    assert.equal(answered, id);
    return result;
}

scenarios('transcripts of queries, resets and throttles', (scenario) => {
    scenario('W-29 normalized queries', withQueries, async (stage) => {
        const { service } = stage;
        const first = await stage.connect();
        first.request('subscribe.test.m?q=foo&x=1');
        const access = await service.expect('access.test.m');
        const { cid } = access.payload;
        assert.deepEqual(access.payload, { token: null, query: 'q=foo&x=1', cid });
        access.result(granted);
        (await service.expect('get.test.m', { query: 'q=foo&x=1' })).result({
            model: { a: 1 },
            query: 'q=foo',
        });
        await first.expectResult(1, { models: { 'test.m?q=foo&x=1': { a: 1 } } });

        const second = await stage.connect();
        second.request('subscribe.test.m?q=foo');
        const other = await service.expect('access.test.m');
        assert.equal(other.payload.query, 'q=foo');
        other.result(granted);
        await second.expectResult(1, { models: { 'test.m?q=foo': { a: 1 } } });

        service.event('test.m.custom', 1);
        await first.barrier(service, 'test.m');
        await second.barrier(service, 'test.m');
        service.event('test.m.query', { subject: '_Q.1' });
        (await service.expect('_Q.1', { query: 'q=foo' })).result({
            events: [{ event: 'change', data: { values: { a: 2 } } }],
        });
        await first.expectEvent('test.m?q=foo&x=1.change', { values: { a: 2 } });
        await second.expectEvent('test.m?q=foo.change', { values: { a: 2 } });

        service.publish('system.reset', { resources: ['test.>'] });
        (await service.expect('get.test.m', { query: 'q=foo' })).result({
            model: { a: 2 },
            query: 'q=foo',
        });
        await first.barrier(service, 'test.m');
        await second.barrier(service, 'test.m');
    });

    scenario('W-30 query event: several queries, lock', withQueries, async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await client.subscribe(service, 'test.m', { 'test.m': { model: { s: '' } } });
        await subscribeQuery(client, service, 'test.m', 'q=a', { model: { s: '' } });
        await subscribeQuery(client, service, 'test.m', 'q=b', { model: { s: '' } });
        service.event('test.m.query', { subject: '_Q.2' });
        const queries = [await service.expect('_Q.2'), await service.expect('_Q.2')];
        const [a, b] = queries.sort((x, y) => (x.payload.query < y.payload.query ? -1 : 1));
        assert.deepEqual(a.payload, { query: 'q=a' });
        assert.deepEqual(b.payload, { query: 'q=b' });
        service.event('test.m.change', { values: { s: 'base' } });
        a.result({ events: [{ event: 'change', data: { values: { s: 'A' } } }] });
        await client.expectEvent('test.m?q=a.change', { values: { s: 'A' } });
        b.result({});
        await client.expectEvent('test.m.change', { values: { s: 'base' } });
    });

    scenario('W-31 query replies with state, not events', withQueries, async (stage) => {
        const { service } = stage;
        stage.expectedErrors = 1; // QRY-10
        const client = await stage.connect();
        await subscribeQuery(client, service, 'test.c', 'q=a', {
            collection: ['foo', 42, true, null],
        });
        service.event('test.c.query', { subject: '_Q.3' });
        (await service.expect('_Q.3', { query: 'q=a' })).result({
            collection: ['foo', 'bar', 42, true],
        });
        await client.expectEvent('test.c?q=a.remove', { idx: 3 });
        await client.expectEvent('test.c?q=a.add', { idx: 1, value: 'bar' });

        const model = { string: 'foo', int: 42, bool: true, null: null };
        await subscribeQuery(client, service, 'test.m', 'q=a', { model });
        service.event('test.m.query', { subject: '_Q.3' });
        (await service.expect('_Q.3')).result({ model: { string: 'bar', int: -12, bool: true } });
        await client.expectEvent('test.m?q=a.change', {
            values: { string: 'bar', int: -12, null: { action: 'delete' } },
        });
        service.event('test.m.query', { subject: '_Q.3' });
        (await service.expect('_Q.3')).result({ collection: [1] });
        await client.barrier(service, 'test.m');
    });

    scenario('W-32 query replies with errors', withQueries, async (stage) => {
        const { service } = stage;
        stage.expectedErrors = 1; // LOG-8
        const client = await stage.connect();
        await subscribeQuery(client, service, 'test.m', 'q=a', { model: { a: 1 } });
        service.event('test.m.query', { subject: '_Q.4' });
        (await service.expect('_Q.4', { query: 'q=a' })).reply(internalError);
        service.event('test.m.query', { subject: '_Q.5' });
        (await service.expect('_Q.5', { query: 'q=a' })).reply(notFound);
        await client.expectEvent('test.m?q=a.delete', null);
        await client.expectEvent('test.m?q=a.unsubscribe', deleted);
        service.event('test.m.query', { subject: '_Q.6' });
        await client.barrier(service, 'test.m');
    });

    scenario('W-33 system reset', async (stage) => {
        const { service } = stage;
        stage.expectedErrors = 1; // RST-9
        const client = await stage.connect();
        const model = { string: 'foo', int: 42, bool: true, null: null };
        const collection = ['foo', 42, true, null];
        await client.subscribe(service, 'test.m', { 'test.m': { model } });
        await client.subscribe(service, 'test.c', { 'test.c': { collection } });

        service.publish('system.reset', { resources: ['test.>'] });
        const getModel = await service.expect('get.test.m', {});
        const getCollection = await service.expect('get.test.c', {});
        service.event('test.m.change', { values: { int: 1 } });
        service.event('test.m.custom', 1);
        await client.expectEvent('test.m.custom', 1);
        getModel.result({ model: { string: 'foo', int: 1, bool: true } });
        await client.expectEvent('test.m.change', {
            values: { int: 1, null: { action: 'delete' } },
        });
        getCollection.result({ collection: [42, 'new', true, null] });
        await client.expectEvent('test.c.remove', { idx: 0 });
        await client.expectEvent('test.c.add', { idx: 1, value: 'new' });

        service.publish('system.reset', { resources: ['test.*'] });
        (await service.expect('get.test.m', {})).reply(notFound);
        await client.expectEvent('test.m.delete', null);
        await client.expectEvent('test.m.unsubscribe', deleted);
        (await service.expect('get.test.c', {})).result({ model: {} });
        await client.barrier(service, 'test.m', 'test.c');
    });

    scenario('W-34 throttled reset', { args: ['--resetthrottle', '3'] }, async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const content = (name) => ({ model: name === 't.1' ? { child: to('t.1.c') } : {} });
        const names = ['t.1', 't.2', 't.3', 't.4', 't.5'];
        for (const name of names) {
            const contents = { [name]: content(name) };
            if (name === 't.1') {
                contents['t.1.c'] = content('t.1.c');
            }
            await client.subscribe(service, name, contents, { get: true, call: '*' });
        }
        service.publish('system.reset', { resources: ['t.>'], access: ['t.>'] });
        const open = [];
        const seen = [];
        const reply = (request) => {
            const [type, ...name] = request.subject.split('.');
            request.result(type === 'get' ? content(name.join('.')) : { get: true, call: '*' });
        };
        const next = async () => {
            const request = await service.inbox.take('a request of the reset');
            open.push(request);
            seen.push(request.subject);
        };
        for (let i = 0; i < 3; ++i) {
            await next();
        }
        // Nothing more comes by itself, and what the client asks for does not wait (THR-2).
        await client.barrier(service, 't.2');
        while (open.length > 0) {
            reply(open.shift());
            if (seen.length < 11) {
                await next();
                await client.barrier(service, 't.2');
            }
        }
        await client.barrier(service, ...names);
        const expected = [
            'get.t.1.c',
            ...names.flatMap((name) => [`get.${name}`, `access.${name}`]),
        ];
        assert.deepEqual(seen.sort(), expected.sort());
    });

    scenario('W-35 token reset', async (stage) => {
        const { service, gateway } = stage;
        const clients = [];
        const cids = [];
        for (const tid of ['a', undefined, 'b']) {
            const client = await stage.connect();
            const cid = await client.barrier(service, 'test');
            service.token(cid, { token: { u: 1 }, tid });
            await client.barrier(service, 'test');
            clients.push(client);
            cids.push(cid);
        }
        service.publish('system.tokenReset', { tids: ['a', 'zzz'], subject: 'auth.session.renew' });
        const renew = await service.expect('auth.session.renew');
        const { header, remoteAddr, ...rest } = renew.payload;
        assert.deepEqual(rest, { token: { u: 1 }, cid: cids[0], host: gateway.host, uri: '/' });
        assert.equal(typeof header, 'object');
        assert.match(remoteAddr, /^127\.0\.0\.1:\d+$/);
        service.token(cids[0], { token: { u: 1, v: 2 }, tid: 'a' });
        renew.reply({ result: 'anything' });
        for (const client of clients) {
            await client.barrier(service, 'test', 'session');
        }
    });

    scenario('W-37 reference throttle', { args: ['--referencethrottle', '2'] }, async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const targets = ['m.1', 'm.2', 'm.3'];
        client.request('subscribe.col');
        (await service.expect('access.col')).result(granted);
        (await service.expect('get.col')).result({ collection: targets.map(to) });
        const open = [];
        const seen = [];
        const next = async () => {
            const request = await service.inbox.take('a request for a reference');
            open.push(request);
            seen.push(request.subject);
        };
        await next();
        await next();
        await client.barrier(service, 'col');
        while (open.length > 0) {
            const request = open.shift();
            const name = request.subject.slice('get.'.length);
            request.result({ model: name.endsWith('.c') ? {} : { child: to(`${name}.c`) } });
            if (seen.length < 6) {
                await next();
                await client.barrier(service, 'col');
            }
        }
        const { result } = await client.next();
        assert.equal(Object.keys(result.models).length, 6);
        assert.deepEqual(result.collections, { col: targets.map(to) });
    });
});
