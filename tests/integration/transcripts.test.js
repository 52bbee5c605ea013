// The wire transcripts of docs/spec/90-worked-examples.md, section 90.1, line by line.
import assert from 'node:assert/strict';
import {
    accessDenied,
    invalidRequest,
    noSubscription,
    notFound,
    requestTimeout,
} from './harness/raw-client.js';
import { scenarios } from './harness/scenario.js';

const to = (rid) => ({ rid });
const granted = { get: true };
const full = { get: true, call: '*' };
const denied = { get: false };
const unsubscribed = { reason: accessDenied };

scenarios('wire transcripts', (scenario) => {
    scenario('W-01 version and plain subscribe', async (stage) => {
        const { service } = stage;
        const client = await stage.connect({ version: null });
        client.request('version', { protocol: '1.2.3' });
        await client.expectResult(1, { protocol: '1.2.3' });

        client.request('subscribe.test.model');
        const get = await service.expect('get.test.model', {});
        const access = await service.expect('access.test.model');
        const { cid, ...rest } = access.payload;
        assert.equal(typeof cid, 'string');
        assert.deepEqual(rest, { token: null });
        get.result({ model: { string: 'foo', int: 42 } });
        access.result(granted);
        await client.expectResult(2, { models: { 'test.model': { string: 'foo', int: 42 } } });

        service.event('test.model.custom', { foo: 'bar' });
        await client.expectEvent('test.model.custom', { foo: 'bar' });
        service.event('test.model.custom');
        await client.expectEvent('test.model.custom', null);
    });

    scenario('W-02 nested references, slow access', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const room = { name: 'R', shelf: to('lib.shelf') };
        const shelf = ['A', to('lib.book')];
        client.request('subscribe.lib.room');
        const access = await service.expect('access.lib.room');
        (await service.expect('get.lib.room', {})).result({ model: room });
        (await service.expect('get.lib.shelf', {})).result({ collection: shelf });
        (await service.expect('get.lib.book', {})).result({ model: { title: 'T' } });
        await client.barrier(service, 'lib.book');
        access.result(granted);
        await client.expectResult(1, {
            models: { 'lib.room': room, 'lib.book': { title: 'T' } },
            collections: { 'lib.shelf': shelf },
        });
        for (const name of ['lib.room', 'lib.shelf', 'lib.book']) {
            service.event(`${name}.custom`, 1);
            await client.expectEvent(`${name}.custom`, 1);
        }
        await client.barrier(service, 'lib.room', 'lib.shelf', 'lib.book');
    });

    scenario('W-03 a reference that fails', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const parent = { name: 'p', child: to('test.gone') };
        client.request('subscribe.test.parent');
        (await service.expect('access.test.parent')).result(granted);
        (await service.expect('get.test.parent')).result({ model: parent });
        (await service.expect('get.test.gone')).error('system.notFound', 'Not found');
        await client.expectResult(1, {
            models: { 'test.parent': parent },
            errors: { 'test.gone': notFound },
        });
        service.event('test.gone.custom', 1);
        await client.barrier(service, 'test.gone');
    });

    scenario('W-04 cycles', { args: ['--unsubdelay', '100'] }, async (stage) => {
        const { service, gateway } = stage;
        const client = await stage.connect();
        const models = {
            'm.d': { e: to('m.e'), f: to('m.f') },
            'm.e': { d: to('m.d') },
            'm.f': { d: to('m.d') },
        };
        client.request('subscribe.m.d');
        (await service.expect('access.m.d')).result(granted);
        for (const name of ['m.d', 'm.e', 'm.f']) {
            (await service.expect(`get.${name}`)).result({ model: models[name] });
        }
        await client.expectResult(1, { models });
        await client.barrier(service, 'm.d');

        client.request('unsubscribe.m.d');
        await client.expect({ id: 2 });
        for (const name of ['m.d', 'm.e', 'm.f']) {
            service.event(`${name}.custom`, 1);
            await client.barrier(service, name);
            await gateway.process.line(new RegExp(`U=> event\\.${name.replace('.', '\\.')}\\.\\*`));
        }
    });

    scenario('W-05 two pending requests sharing resources', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const models = {
            'm.d': { e: to('m.e'), f: to('m.f') },
            'm.e': { d: to('m.d') },
            'm.f': { d: to('m.d') },
        };
        client.request('subscribe.m.d');
        (await service.expect('access.m.d')).result(granted);
        (await service.expect('get.m.d')).result({ model: models['m.d'] });
        const getE = await service.expect('get.m.e');
        const getF = await service.expect('get.m.f');
        client.request('subscribe.m.h');
        (await service.expect('access.m.h')).result(granted);
        getE.result({ model: models['m.e'] });
        (await service.expect('get.m.h')).result({ model: { e: to('m.e') } });
        await client.barrier(service, 'm.h');
        getF.result({ model: models['m.f'] });
        await client.expectResult(1, { models });
        await client.expectResult(2, { models: { 'm.h': { e: to('m.e') } } });
    });

    for (const outcome of ['model', 'error']) {
        scenario(`W-06 concurrent subscribers, one get: ${outcome}`, async (stage) => {
            const { service } = stage;
            const clients = [await stage.connect(), await stage.connect()];
            clients[0].request('subscribe.test.model');
            const get = await service.expect('get.test.model', {});
            const access = [await service.expect('access.test.model')];
            clients[1].request('subscribe.test.model');
            access.push(await service.expect('access.test.model'));
            assert.notEqual(access[0].payload.cid, access[1].payload.cid);
            await clients[1].barrier(service, 'test.model');
            access.forEach((request) => request.result(granted));
            if (outcome === 'model') {
                get.result({ model: { a: 1 } });
                for (const client of clients) {
                    await client.expectResult(1, { models: { 'test.model': { a: 1 } } });
                }
                return;
            }
            get.error('system.notFound', 'Not found');
            for (const client of clients) {
                await client.expectError(1, notFound);
            }
            const { models } = await clients[0].subscribe(service, 'test.model', {
                'test.model': { model: { a: 1 } },
            });
            assert.deepEqual(models, { 'test.model': { a: 1 } });
        });
    }

    scenario('W-07 direct subscription on an indirectly subscribed resource', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await subscribeParent(client, service);
        client.request('subscribe.test.model');
        (await service.expect('access.test.model')).result(granted);
        await client.expectResult(2, {});
        client.request('unsubscribe.test.parent');
        await client.expect({ id: 3 });
        service.event('test.model.custom', 1);
        await client.expectEvent('test.model.custom', 1);
        await client.barrier(service, 'test.model');
    });

    scenario('W-07 variant: access refused', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await subscribeParent(client, service);
        client.request('subscribe.test.model');
        (await service.expect('access.test.model')).result(denied);
        await client.expectError(2, accessDenied);
        service.event('test.model.custom', 1);
        await client.expectEvent('test.model.custom', 1);
        client.request('subscribe.test.model');
        await client.expectError(3, accessDenied);
        await client.barrier(service, 'test.model');
    });

    scenario('W-08 get without subscription', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        client.request('get.test.parent');
        (await service.expect('access.test.parent')).result(granted);
        (await service.expect('get.test.parent', {})).result({
            model: { child: to('test.model') },
        });
        (await service.expect('get.test.model', {})).result({ model: { a: 1 } });
        await client.expectResult(1, {
            models: { 'test.parent': { child: to('test.model') }, 'test.model': { a: 1 } },
        });
        service.event('test.model.custom', 1);
        service.event('test.parent.custom', 1);
        await client.barrier(service, 'test.model', 'test.parent');
        client.request('get.test.model');
        (await service.expect('access.test.model')).result(granted);
        await client.expectResult(2, { models: { 'test.model': { a: 1 } } });
        await client.barrier(service, 'test.model');
    });

    scenario('W-09 counts and resource response', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const model = { a: 1 };
        await client.subscribe(service, 'test.model', { 'test.model': { model } });
        client.request('call.test.getModel');
        const access = await service.expect('access.test');
        const { cid } = access.payload;
        assert.deepEqual(access.payload, { token: null, cid });
        access.result(full);
        (await service.expect('call.test.getModel', { params: null, token: null, cid })).reply({
            resource: to('test.model'),
        });
        await client.expectResult(2, { rid: 'test.model' });

        client.request('unsubscribe.test.model', { count: 3 });
        await client.expectError(3, noSubscription);
        client.request('unsubscribe.test.model', { count: 2 });
        await client.expect({ id: 4 });

        client.request('call.test.getModel');
        (await service.expect('access.test')).result(full);
        (await service.expect('call.test.getModel')).reply({ resource: to('test.model') });
        (await service.expect('access.test.model')).result(granted);
        await client.expectResult(5, { rid: 'test.model', models: { 'test.model': model } });
        await client.barrier(service, 'test.model');
    });

    scenario('W-10 change event adding a reference', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await client.subscribe(service, 'test.model', { 'test.model': { model: { int: 42 } } });
        service.event('test.model.change', { values: { ref: to('test.coll'), int: 42 } });
        const get = await service.expect('get.test.coll', {});
        service.event('test.model.custom', 1);
        await client.barrier(service, 'test.model');
        get.result({ collection: ['x'] });
        await client.expectEvent('test.model.change', {
            values: { ref: to('test.coll') },
            collections: { 'test.coll': ['x'] },
        });
        await client.expectEvent('test.model.custom', 1);
    });

    scenario('W-11 reference replaced, removed, softened', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await subscribeParent(client, service);
        const change = (child) => service.event('test.parent.change', { values: { child } });

        change(to('test.coll'));
        const get = await service.expect('get.test.coll', {});
        service.event('test.model.custom', 1);
        await client.barrier(service, 'test.model');
        get.result({ collection: ['x'] });
        await client.expectEvent('test.parent.change', {
            values: { child: to('test.coll') },
            collections: { 'test.coll': ['x'] },
        });

        const soft = { rid: 'test.coll', soft: true };
        change(soft);
        await client.expectEvent('test.parent.change', { values: { child: soft } });
        service.event('test.coll.custom', 1);
        await client.barrier(service, 'test.coll');

        const hard = { rid: 'test.coll', soft: false };
        change(hard);
        await client.expectEvent('test.parent.change', {
            values: { child: hard },
            collections: { 'test.coll': ['x'] },
        });
        await client.barrier(service, 'test.parent', 'test.coll');
    });

    scenario('W-12 add events queued behind a loading reference', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await client.subscribe(service, 'test.coll', {
            'test.coll': { collection: ['foo', 42, true, null] },
        });
        service.event('test.coll.add', { idx: 1, value: to('m.1') });
        service.event('test.coll.add', { idx: 2, value: to('m.2') });
        service.event('test.coll.add', { idx: 3, value: 'new' });
        const first = await service.expect('get.m.1', {});
        await client.barrier(service, 'test.coll', 'm.2');
        first.result({ model: { n: 1 } });
        await client.expectEvent('test.coll.add', {
            idx: 1,
            value: to('m.1'),
            models: { 'm.1': { n: 1 } },
        });
        (await service.expect('get.m.2', {})).result({ model: { n: 2 } });
        await client.expectEvent('test.coll.add', {
            idx: 2,
            value: to('m.2'),
            models: { 'm.2': { n: 2 } },
        });
        await client.expectEvent('test.coll.add', { idx: 3, value: 'new' });
    });

    scenario(
        'W-13 one event waiting for several references, delivered meanwhile by another',
        async (stage) => {
            const { service } = stage;
            const client = await stage.connect();
            await client.subscribe(service, 'test.model', { 'test.model': { model: {} } });
            await client.subscribe(service, 'test.coll', { 'test.coll': { collection: ['x'] } });
            const values = { a: to('m.a'), b: to('m.b'), c: to('m.c') };
            service.event('test.model.change', { values });
            const gets = {};
            for (const name of ['a', 'b', 'c']) {
                gets[name] = await service.expect(`get.m.${name}`);
            }
            gets.a.result({ model: { n: 'a' } });
            await client.barrier(service, 'm.a');
            service.event('test.coll.add', { idx: 1, value: to('m.b') });
            service.event('test.coll.add', { idx: 2, value: to('m.a') });
            await client.barrier(service, 'test.coll');
            gets.b.result({ model: { n: 'b' } });
            await client.expectEvent('test.coll.add', {
                idx: 1,
                value: to('m.b'),
                models: { 'm.b': { n: 'b' } },
            });
            await client.expectEvent('test.coll.add', {
                idx: 2,
                value: to('m.a'),
                models: { 'm.a': { n: 'a' } },
            });
            gets.c.result({ model: { n: 'c' } });
            await client.expectEvent('test.model.change', {
                values,
                models: { 'm.c': { n: 'c' } },
            });
        },
    );

    scenario('W-14 events around the load', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        client.request('subscribe.test.model');
        const get = await service.expect('get.test.model');
        const access = await service.expect('access.test.model');
        service.event('test.model.change', { values: { a: 9 } });
        get.result({ model: { a: 1 } });
        service.event('test.model.change', { values: { a: 2 } });
        access.result(granted);
        await client.expectResult(1, { models: { 'test.model': { a: 1 } } });
        await client.expectEvent('test.model.change', { values: { a: 2 } });
        await client.barrier(service, 'test.model');
    });

    scenario('W-15 a re-check holds the parent, not the child', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await subscribeParent(client, service);
        service.event('test.parent.reaccess');
        const access = await service.expect('access.test.parent');
        service.event('test.parent.custom', 1);
        service.event('test.model.custom', 2);
        await client.expectEvent('test.model.custom', 2);
        await client.barrier(service, 'test.parent');
        access.result(granted);
        await client.expectEvent('test.parent.custom', 1);
        service.event('test.model.reaccess');
        await client.barrier(service, 'test.model');
    });

    scenario('W-16 access revoked', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await subscribeParent(client, service);
        for (const id of [2, 3]) {
            client.request('subscribe.test.parent');
            await client.expectResult(id, {});
        }
        service.event('test.parent.reaccess');
        (await service.expect('access.test.parent')).result(denied);
        await client.expectEvent('test.parent.unsubscribe', unsubscribed);
        service.event('test.parent.custom', 1);
        service.event('test.model.custom', 1);
        await client.barrier(service, 'test.parent', 'test.model');
        const id = client.request('unsubscribe.test.parent');
        await client.expectError(id, noSubscription);
    });

    scenario('W-16 variant: the revoked resource is still referenced', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await subscribeParent(client, service);
        client.request('subscribe.test.model');
        (await service.expect('access.test.model')).result(granted);
        await client.expectResult(2, {});
        service.event('test.model.reaccess');
        (await service.expect('access.test.model')).result(denied);
        await client.expectEvent('test.model.unsubscribe', unsubscribed);
        service.event('test.model.custom', 1);
        await client.expectEvent('test.model.custom', 1);
    });

    scenario('W-17 token change', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const cid = await client.barrier(service, 'test');
        service.token(cid, { token: { user: 'foo' } });
        await client.barrier(service, 'test');

        const foo = { token: { user: 'foo' }, cid };
        client.request('subscribe.test.parent');
        (await service.expect('access.test.parent', foo)).result(granted);
        (await service.expect('get.test.parent')).result({ model: { child: to('test.model') } });
        (await service.expect('get.test.model')).result({ model: { a: 1 } });
        await client.next();
        client.request('subscribe.test.coll');
        (await service.expect('access.test.coll', foo)).result(granted);
        (await service.expect('get.test.coll')).result({ collection: [] });
        await client.expectResult(2, { collections: { 'test.coll': [] } });

        service.token(cid, { token: { user: 'bar' } });
        const bar = { token: { user: 'bar' }, cid };
        (await service.expect('access.test.parent', bar)).result(granted);
        (await service.expect('access.test.coll', bar)).reply({ error: accessDenied });
        await client.expectEvent('test.coll.unsubscribe', unsubscribed);
        service.event('test.model.custom', 1);
        await client.expectEvent('test.model.custom', 1);
        service.event('test.coll.custom', 1);
        await client.barrier(service, 'test.coll', 'test.parent');
    });

    scenario('W-18 subscribe before login', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const cid = await client.barrier(service, 'test');
        await client.subscribe(service, 'test.model', { 'test.model': { model: { a: 0 } } });
        service.token(cid, { token: { user: 'foo' }, tid: 't1' });
        await client.barrier(service, 'test.model');

        const token = { user: 'foo' };
        client.request('call.test.model.set', { a: 1 });
        await client.expectError(2, accessDenied);
        service.event('test.model.reaccess');
        (await service.expect('access.test.model', { token, cid })).result({
            get: true,
            call: 'set',
        });
        await client.barrier(service, 'test.model');
        client.request('call.test.model.set', { a: 1 });
        (await service.expect('call.test.model.set', { params: { a: 1 }, token, cid })).result(
            null,
        );
        await client.expectResult(3, { payload: null });
    });

    scenario('W-19 re-check demanded while loading', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        client.request('subscribe.test.model');
        const get = await service.expect('get.test.model');
        (await service.expect('access.test.model')).result(granted);
        service.event('test.model.reaccess');
        service.event('test.model.reaccess');
        get.result({ model: { a: 1 } });
        await client.expectResult(1, { models: { 'test.model': { a: 1 } } });
        const access = await service.expect('access.test.model');
        await client.barrier(service, 'test.model');
        access.result(denied);
        await client.expectEvent('test.model.unsubscribe', unsubscribed);
        await client.barrier(service, 'test.model');
    });

    scenario('W-20 calls', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        client.request('call.test.model.foo', { value: 42 });
        const access = await service.expect('access.test.model');
        const { cid } = access.payload;
        access.result({ get: true, call: 'bar,foo' });
        const payload = { params: { value: 42 }, token: null, cid };
        // Written as text: the digits must survive (JSN-2).
        (await service.expect('call.test.model.foo', payload)).reply(
            '{"result":{"n":12345678901234567890}}',
        );
        const text = await client.nextText();
        assert.match(text, /"n": ?12345678901234567890\b/);
        assert.equal(JSON.parse(text).id, 1);

        client.request('call.test.model.foo');
        (await service.expect('access.test.model')).result({ get: true, call: 'bar' });
        await client.expectError(2, accessDenied);
        client.request('call.test.model.bar');
        (await service.expect('access.test.model')).result({ get: true, call: 'bar' });
        (await service.expect('call.test.model.bar', { params: null, token: null, cid })).reply({
            result: { a: 1 },
            error: { code: 'system.custom', message: 'Custom' },
        });
        await client.expectError(3, { code: 'system.custom', message: 'Custom' });
        await client.barrier(service, 'test.model');
    });

    scenario('W-21 (a) resource response without access', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const get = await createModel(client, service, denied);
        await client.expectResult(1, { rid: 'test.model', errors: { 'test.model': accessDenied } });
        get.result({ model: {} });
        client.request('unsubscribe.test.model');
        await client.expectError(2, noSubscription);
    });

    scenario(
        'W-21 (b) resource response that does not load',
        { args: ['-r', '300'] },
        async (stage) => {
            const { service } = stage;
            const client = await stage.connect();
            await createModel(client, service, granted);
            await client.expectResult(1, {
                rid: 'test.model',
                errors: { 'test.model': requestTimeout },
            });
            client.request('unsubscribe.test.model');
            await client.expect({ id: 2 });
        },
    );

    scenario('W-22 auth with token', async (stage) => {
        const { service, gateway } = stage;
        const client = await stage.connect();
        client.request('auth.login.password', { user: 'u', pw: 'p' });
        const auth = await service.expect('auth.login.password');
        const { cid, header, remoteAddr, ...rest } = auth.payload;
        assert.deepEqual(rest, {
            params: { user: 'u', pw: 'p' },
            token: null,
            host: gateway.host,
            uri: '/',
        });
        assert.deepEqual(header.Upgrade, ['websocket']);
        assert.match(remoteAddr, /^127\.0\.0\.1:\d+$/);
        service.token(cid, { token: { uid: 7 }, tid: '7' });
        auth.reply({ resource: to('user.{cid}') });
        (await service.expect(`access.user.${cid}`, { token: { uid: 7 }, cid })).result(granted);
        (await service.expect(`get.user.${cid}`, {})).result({ model: { name: 'U' } });
        await client.expectResult(1, {
            rid: 'user.{cid}',
            models: { 'user.{cid}': { name: 'U' } },
        });
    });

    scenario('W-23 legacy new', async (stage) => {
        const { service } = stage;
        stage.expectedErrors = 1; // LOG-6
        const client = await stage.connect();
        client.request('new.test.coll', { v: 1 });
        const access = await service.expect('access.test.coll');
        const { cid } = access.payload;
        access.result({ call: 'new' });
        (await service.expect('call.test.coll.new', { params: { v: 1 }, token: null, cid })).result(
            to('test.model'),
        );
        (await service.expect('get.test.model', {})).result({ model: { v: 1 } });
        (await service.expect('access.test.model')).result(granted);
        await client.expectResult(1, { rid: 'test.model', models: { 'test.model': { v: 1 } } });

        client.request('new.test.coll');
        (await service.expect('access.test.coll')).result({ call: 'new' });
        (await service.expect('call.test.coll.new')).result({ foo: 1 });
        await client.expectError(2, {
            code: 'system.internalError',
            message: 'Internal error: non-resource response on new request',
        });
    });

    scenario('W-24 legacy client', async (stage) => {
        const { service } = stage;
        const client = await stage.connect({ version: null });
        const replies = [
            [{ result: { a: 1 } }, { a: 1 }],
            [{ result: null }, null],
            [{ resource: to('test.x') }, to('test.x')],
        ];
        for (const [index, [reply, result]] of replies.entries()) {
            client.request('call.test.model.foo');
            (await service.expect('access.test.model')).result(full);
            (await service.expect('call.test.model.foo')).reply(reply);
            await client.expectResult(index + 1, result);
        }
        client.request('subscribe.test.mix');
        (await service.expect('access.test.mix')).result(granted);
        (await service.expect('get.test.mix')).result({
            model: {
                s: { rid: 'a.b', soft: true },
                d: { data: [1] },
                p: { data: 12 },
                r: to('test.y'),
            },
        });
        (await service.expect('get.test.y')).result({ model: {} });
        await client.expectResult(4, {
            models: { 'test.mix': { s: 'a.b', d: '[Data]', p: 12, r: to('test.y') }, 'test.y': {} },
        });
        service.event('test.mix.change', {
            values: { s: { rid: 'a.c', soft: true }, d: { action: 'delete' } },
        });
        await client.expectEvent('test.mix.change', {
            values: { s: 'a.c', d: { action: 'delete' } },
        });
        client.request('version', { protocol: '1.2.3' });
        await client.expectResult(5, { protocol: '1.2.3' });
        const values = { s: { rid: 'a.d', soft: true } };
        service.event('test.mix.change', { values });
        await client.expectEvent('test.mix.change', { values });
        service.assertNoFurtherRequests();
    });

    scenario('W-25 connection ID tag', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const cid = await client.barrier(service, 'test');
        client.request('subscribe.test.{cid}.model?of={cid}');
        const query = `of=${cid}`;
        const access = await service.expect(`access.test.${cid}.model`, {
            token: null,
            query,
            cid,
        });
        access.result(granted);
        (await service.expect(`get.test.${cid}.model`, { query })).result({ model: { a: 1 } });
        await client.expectResult(1, { models: { 'test.{cid}.model?of={cid}': { a: 1 } } });
        service.event(`test.${cid}.model.custom`, 1);
        await client.expectEvent('test.{cid}.model?of={cid}.custom', 1);
    });

    scenario('W-26 released while another delivery is pending', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await client.subscribe(service, 'test.model', { 'test.model': { model: { a: 1 } } });
        const slow = await subscribePending(client, service);
        client.request('unsubscribe.test.model');
        await client.expect({ id: 3 });
        slow.result({ model: { n: 1 } });
        await client.expectResult(2, {
            models: { 'test.d': pendingModel, 'test.slow': { n: 1 }, 'test.model': { a: 1 } },
        });
        service.event('test.model.custom', 1);
        await client.expectEvent('test.model.custom', 1);
    });

    scenario('W-27 released and changed in between', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await client.subscribe(service, 'test.model', { 'test.model': { model: { a: 1 } } });
        service.event('test.model.change', { values: { a: 2 } });
        await client.expectEvent('test.model.change', { values: { a: 2 } });
        const slow = await subscribePending(client, service);
        client.request('unsubscribe.test.model');
        await client.expect({ id: 3 });
        service.event('test.model.change', { values: { a: 3 } });
        await client.barrier(service, 'test.model');
        slow.result({ model: { n: 1 } });
        const { id, result } = await client.next();
        assert.equal(id, 2);
        const { a } = result.models['test.model'];
        assert.deepEqual(result.models, {
            'test.d': pendingModel,
            'test.slow': { n: 1 },
            'test.model': { a },
        });
        if (a === 2) {
            await client.expectEvent('test.model.change', { values: { a: 3 } });
        } else {
            assert.equal(a, 3); // without the event: equally valid (SND-4)
        }
        await client.barrier(service, 'test.model');
    });

    scenario('W-28 delete', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await subscribeParent(client, service);
        client.request('subscribe.test.model');
        (await service.expect('access.test.model')).result(granted);
        await client.expectResult(2, {});

        service.event('test.model.delete');
        await client.expectEvent('test.model.delete', null);
        await client.expectEvent('test.model.unsubscribe', {
            reason: { code: 'system.deleted', message: 'Deleted' },
        });
        service.event('test.model.custom', 1);
        await client.barrier(service, 'test.model');

        const other = await stage.connect();
        const { models } = await other.subscribe(service, 'test.model', {
            'test.model': { model: { a: 1 } },
        });
        assert.deepEqual(models, { 'test.model': { a: 1 } });
        service.event('test.model.custom', 2);
        await other.expectEvent('test.model.custom', 2);
        await client.barrier(service, 'test.model');

        const id = client.request('subscribe.test.model');
        await client.expectResult(id, { models: { 'test.model': { a: 1 } } });
        service.assertNoFurtherRequests();
        service.event('test.model.custom', 3);
        await client.expectEvent('test.model.custom', 3);
        await other.expectEvent('test.model.custom', 3);
    });

    const slowOnly = {
        args: ['-r', '300'],
        subjects: ['access.slow.>', 'call.slow.>', 'auth.slow.>'],
    };
    scenario('W-36 pre-response, timeout, nobody there', slowOnly, async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        client.request('call.slow.job.run');
        (await service.expect('access.slow.job')).result(full);
        const call = await service.expect('call.slow.job.run');
        call.reply('timeout:"15000"');
        client.request('auth.slow.job.run');
        await service.expect('auth.slow.job.run');
        await client.expectError(2, requestTimeout);
        // By now the call's own time is up, too, but for the pre-response (TMO-4).
        call.result('done');
        await client.expectResult(1, { payload: 'done' });
        client.request('subscribe.nobody.home');
        await client.expectError(3, notFound);
    });

    scenario('W-38 messages that are ignored or refused', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        for (const ignored of [
            '{"method":"version"}',
            '[{"id":1,"method":"version"}]',
            '{"id":"1","method":"version"}',
            '{"id":1.0,"method":"version"}',
            'not json',
        ]) {
            client.send(ignored);
        }
        client.send({ id: 2 });
        await client.expectError(2, invalidRequest);
        client.send({ id: 3, method: 'subscribe.test..model' });
        await client.expectError(3, invalidRequest);
        client.send({ id: 4, method: 'unsubscribe.test.model', params: { count: 0 } });
        await client.expectError(4, {
            code: 'system.invalidParams',
            message: 'Invalid parameters',
        });
        client.send({ id: 5, method: 'version', params: { protocol: '2.0.0' } });
        await client.expectError(5, {
            code: 'system.unsupportedProtocol',
            message: 'Unsupported protocol',
        });
        await client.barrier(service, 'test.model');
    });

    scenario('W-39 cache life time', { args: ['--unsubdelay', '700'] }, async (stage) => {
        const { service, gateway } = stage;
        const client = await stage.connect();
        const content = { 'test.model': { model: { a: 1 } } };
        await client.subscribe(service, 'test.model', content);
        client.request('unsubscribe.test.model');
        await client.expect({ id: 2 });
        service.event('test.model.change', { values: { a: 5 } });
        await client.barrier(service, 'test.model');
        const { models } = await client.subscribe(service, 'test.model', {});
        assert.deepEqual(models, { 'test.model': { a: 5 } });
        await client.barrier(service, 'test.model');
        await client.close();
        await gateway.process.line(/U=> event\.test\.model\.\*/);

        const other = await stage.connect();
        await other.subscribe(service, 'test.model', content);
    });

    scenario('W-40 unsubscribe while subscribe is pending', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        client.request('subscribe.test.model');
        const get = await service.expect('get.test.model');
        const access = await service.expect('access.test.model');
        client.request('unsubscribe.test.model');
        await client.expectInAnyOrder(
            { id: 2 },
            {
                error: {
                    code: 'system.disposedSubscription',
                    message: 'Resource subscription is disposed',
                },
                id: 1,
            },
        );
        get.result({ model: {} });
        access.result(granted);
        await client.barrier(service, 'test.model');
    });

    scenario('W-41 the limit', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const exceeded = {
            code: 'system.subscriptionLimitExceeded',
            message: 'Subscription limit exceeded',
        };
        await client.subscribe(service, 'test.model', { 'test.model': { model: {} } });
        for (let id = 2; id <= 256; ++id) {
            client.request('subscribe.test.model');
        }
        for (let id = 2; id <= 256; ++id) {
            await client.expectResult(id, {});
        }
        client.request('subscribe.test.model');
        await client.expectError(257, exceeded);
        client.request('get.test.model');
        await client.expectError(258, exceeded);
        client.request('unsubscribe.test.model', { count: 256 });
        await client.expect({ id: 259 });
        await client.barrier(service, 'test.model');
    });

    scenario('W-42 references kept across events', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        await client.subscribe(service, 'test.c', { 'test.c': { collection: [] } });
        const add = (idx) => service.event('test.c.add', { idx, value: to('m') });
        const added = (idx, set) =>
            client.expectEvent('test.c.add', { idx, value: to('m'), ...set });
        const models = { m: { x: 1 } };

        add(0);
        (await service.expect('get.m', {})).result({ model: { x: 1 } });
        await added(0, { models });
        add(1);
        await added(1);
        for (let i = 0; i < 2; ++i) {
            service.event('test.c.remove', { idx: 0 });
            await client.expectEvent('test.c.remove', { idx: 0 });
        }
        add(0);
        await added(0, { models });
        await client.barrier(service, 'test.c', 'm');
    });
});

/** Subscribes `test.parent`, which refers to `test.model`; request id 1. */
async function subscribeParent(client, service) {
    const { models } = await client.subscribe(service, 'test.parent', {
        'test.parent': { model: { child: to('test.model') } },
        'test.model': { model: { a: 1 } },
    });
    assert.deepEqual(models, {
        'test.parent': { child: to('test.model') },
        'test.model': { a: 1 },
    });
}

/** Calls a method that answers with `test.model`; returns the open get request for it. */
async function createModel(client, service, access) {
    client.request('call.test.coll.create', { value: 42 });
    (await service.expect('access.test.coll')).result(full);
    (await service.expect('call.test.coll.create')).reply({ resource: to('test.model') });
    (await service.expect('access.test.model')).result(access);
    return service.expect('get.test.model', {});
}

const pendingModel = { child: to('test.model'), slow: to('test.slow') };

/** Subscribes `test.d`, whose references are `test.model` and one that loads slowly; returns its get. */
async function subscribePending(client, service) {
    client.request('subscribe.test.d');
    (await service.expect('access.test.d')).result(granted);
    (await service.expect('get.test.d')).result({ model: pendingModel });
    return service.expect('get.test.slow', {});
}
