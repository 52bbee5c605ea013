// The connection to NATS as services and the server see it (parts 30.1, 30.2 and 71, sections 3 and 4).
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { until, within } from './harness/deadline.js';
import { logOf, startGateway } from './harness/gateway.js';
import { assertJson, http } from './harness/http.js';
import { startNatsServer } from './harness/nats-server.js';
import { RawClient, requestTimeout } from './harness/raw-client.js';
import { scenarios } from './harness/scenario.js';
import { Service } from './harness/service.js';

const payloadTooLarge = {
    code: 'system.internalError',
    message: 'Internal error: maximum payload exceeded',
};

/** A server of the test's own with services and a gateway; `body` is given all of them. */
async function play({ server, args, login, errors = 0 }, body) {
    const nats = await startNatsServer(server);
    const service = await Service.start(nats);
    const url = login ? nats.url.replace('//', `//${login}@`) : nats.url;
    const gateway = await startGateway({ url }, args);
    try {
        await body({ nats, service, gateway });
        if (gateway.alive) {
            await gateway.stop({ errors });
        }
    } catch (error) {
        error.stack += `\n--- the gateway's log ---\n${gateway.log
            .slice(-40)
            .map((line) => line.slice(0, 200))
            .join('\n')}`;
        throw error;
    } finally {
        await gateway.process.stop('SIGKILL');
        await service.stop();
        await nats.stop();
    }
}

/** What the server says the gateways have subscribed to, a list for each. */
async function subscriptionsOfGateways(monitorPort) {
    const { json } = await http({ port: monitorPort }, 'GET', '/connz?subs=detail');
    return json.connections
        .filter(({ name }) => name === 'resgate')
        .map(({ subscriptions_list_detail: list }) =>
            list
                .map(({ subject, qgroup }) => {
                    assert.equal(qgroup, undefined);
                    return subject.replace(/^_INBOX\.[0-9A-Za-z]+\./, '_INBOX.<inbox>.');
                })
                .sort(),
        );
}

describe('subscriptions on NATS', () => {
    const atStart = ['_INBOX.<inbox>.*', 'conn.*.*', 'system.*'];

    test('OPS-47, SUBJ-1 are few, however many clients there are', () =>
        play({ server: { args: ['-m', '-1'] } }, async ({ nats, service, gateway }) => {
            const monitor = await nats.process.line(/Starting http monitor on .*:(\d+)$/);
            const subscriptions = () => subscriptionsOfGateways(Number(monitor[1]));
            const other = await startGateway(nats);
            assert.deepEqual(await subscriptions(), [atStart, atStart]);

            service.serve({ 'test.model': { model: { a: 1 } } });
            const clients = await Promise.all([1, 2, 3].map(() => RawClient.connect(gateway)));
            for (const client of clients) {
                const id = client.request('subscribe.test.model');
                await client.expectResult(id, { models: { 'test.model': { a: 1 } } });
            }
            await http(gateway, 'GET', '/api/test/model');
            service.answer('call.test.model.method', { result: null });
            await http(gateway, 'POST', '/api/test/model/method');
            const [own, others] = (await subscriptions()).sort((a, b) => b.length - a.length);
            assert.deepEqual(own, [...atStart, 'event.test.model.*'].sort());
            assert.deepEqual(others, atStart);
            await Promise.all(clients.map((client) => client.close()));
            await other.stop();
        }));

    test('OPS-47, DEC-11 connection events of others leave no trace', () =>
        play({}, async ({ nats, service, gateway }) => {
            const other = await startGateway(nats);
            const client = await RawClient.connect(gateway);
            const cid = await client.barrier(service, 'test');
            const gone = await RawClient.connect(other);
            const cidOfGone = await gone.barrier(service, 'test');
            await gone.close();
            await other.process.line(new RegExp(`\\[${cidOfGone}\\] Disconnected`));

            service.token(cid, { token: { user: 1 } });
            service.publish(`conn.${cid}.strange`, 'no JSON');
            service.token(cidOfGone, 'no JSON');
            service.publish('conn.nobody.token', 'no JSON');
            service.event('test.fence', {});
            service.publish('system.fence', '{}');
            for (const { process } of [gateway, other]) {
                await process.line(/=>> system\.fence: /);
            }
            const about = (lines, text) => lines.filter((line) => line.includes(text)).length;
            assert.equal(about(gateway.log, `=>> conn.${cid}.token: `), 1);
            assert.equal(about(other.log, cid), 0);
            assert.equal(about(other.log, `=>> conn.`), 0);
            for (const { log } of [gateway, other]) {
                assert.equal(about(log, `conn.${cidOfGone}.`) + about(log, 'conn.nobody'), 0);
            }
            await client.close();
            await other.stop();
        }));
});

describe('what a server takes', () => {
    // The server counts a line without its verb and its end, six bytes fewer than SUBJ-8.
    const server = { config: 'max_control_line: 4090\nmax_payload: 2000' };
    const lengths = Array.from({ length: 130 }, (_, index) => 3980 + index);

    test('Q30-1, OPS-52, SUBJ-8, HTTP-63 no name stops the gateway, over HTTP', () =>
        play({ server }, async ({ service, gateway }) => {
            await service.stop(); // all answers come from the server
            const outcomes = new Set();
            for (const length of lengths) {
                for (const method of ['GET', 'POST']) {
                    const path = `/api/test/${'a'.repeat(length - 'call.test..m'.length)}`;
                    const suffix = method === 'POST' ? '/m' : '';
                    const { json } = await http(gateway, method, path + suffix);
                    outcomes.add(json.code);
                }
            }
            assert.deepEqual([...outcomes].sort(), [
                'system.notFound',
                'system.subjectTooLong',
            ]);
        }));

    test('Q30-1, OPS-52, SUBJ-6, SUBJ-8 no name stops the gateway, over WebSocket', () =>
        play({ server }, async ({ nats, service, gateway }) => {
            await service.stop();
            const client = await RawClient.connect(gateway);
            const outcomes = new Map();
            for (const length of [3900, ...lengths]) {
                for (const action of ['subscribe', 'get', 'call', 'auth', 'new']) {
                    const rid = `test.${'a'.repeat(length - 'access.test.'.length)}`;
                    const method = ['call', 'auth'].includes(action) ? '.m' : '';
                    const id = client.request(`${action}.${rid}${method}`);
                    const message = await client.next();
                    assert.equal(message.id, id);
                    outcomes.set(`${action} ${length}`, message.error.code);
                }
            }
            for (const action of ['subscribe', 'get', 'call', 'auth', 'new']) {
                assert.notEqual(outcomes.get(`${action} 3900`), 'system.subjectTooLong');
                assert.equal(outcomes.get(`${action} ${lengths.at(-1)}`), 'system.subjectTooLong');
            }
            assert.ok(!nats.log.some((line) => /Control Line/i.test(line)));
            await client.close();
        }));

    test('OPS-53, REQ-8, HTTP-65 a payload above the maximum of the server is not sent', () =>
        play({ server }, async ({ service, gateway }) => {
            service.answer('access.test', { result: { get: true, call: '*' } });
            service.answer('call.test.m', { result: 'done' });
            const client = await RawClient.connect(gateway);
            const large = 'x'.repeat(2000);
            let id = client.request('call.test.m', { large });
            await client.expectError(id, payloadTooLarge);
            const response = await http(gateway, 'POST', '/api/test/m', { body: `"${large}"` });
            assertJson(response, 500, payloadTooLarge);
            id = client.request('call.test.m', { small: 'x' });
            await client.expectResult(id, { payload: 'done' });
            assert.equal(service.count('call.test.m'), 1);
            await client.close();
        }));

    test('OPS-31 a violation of permissions is logged, and that is all', () => {
        const denied = 'permissions: { subscribe: { deny: "event.secret.>" } }';
        const config = `authorization { users: [
            { user: gateway, password: pass, ${denied} }, { user: service, password: pass }] }`;
        const client = { user: 'service', pass: 'pass' };
        const setting = { server: { config, client }, login: 'gateway:pass', errors: 1 };
        return play(setting, async ({ service, gateway }) => {
            service.serve({ 'secret.model': { model: { a: 1 } }, 'test.model': { model: {} } });
            const websocket = await RawClient.connect(gateway);
            for (const [name, content] of [
                ['secret.model', { a: 1 }],
                ['test.model', {}],
            ]) {
                const id = websocket.request(`subscribe.${name}`);
                await websocket.expectResult(id, { models: { [name]: content } });
            }
            await until(() => gateway.errorLines.length > 0, 'an error line');
            assert.match(
                gateway.errorLines[0],
                /\[ERR\] nats: Permissions Violation for Subscription to "event\.secret\.model\.\*"$/,
            );
            service.event('test.model.change', { values: { b: 2 } });
            await websocket.expectEvent('test.model.change', { values: { b: 2 } });
            await websocket.close();
        });
    });
});

scenarios('requests to services', (scenario) => {
    scenario('NAT-4 nobody waits for what somebody else is waiting for', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const slow = client.request('subscribe.slow.model');
        const access = await service.expect('access.slow.model');
        const get = await service.expect('get.slow.model');

        // The same connection, another, and HTTP.
        await client.subscribe(service, 'test.model', { 'test.model': { model: { a: 1 } } });
        const other = await stage.connect();
        await other.subscribe(service, 'other.model', { 'other.model': { model: { b: 2 } } });
        const overHttp = http(stage.gateway, 'GET', '/api/test/model');
        (await service.expect('access.test.model')).result({ get: true });
        assertJson(await overHttp, 200, { a: 1 });
        // Another query of the same name, too.
        const query = client.request('subscribe.slow.model?q=1');
        (await service.expect('access.slow.model')).result({ get: true });
        (await service.expect('get.slow.model')).result({ model: { c: 3 }, query: 'q=1' });
        await client.expectResult(query, { models: { 'slow.model?q=1': { c: 3 } } });

        get.result({ model: { d: 4 } });
        access.result({ get: true });
        await client.expectResult(slow, { models: { 'slow.model': { d: 4 } } });
    });

    const impatient = { args: ['-r', '200'] };

    scenario('OPS-50, TMO-3 a pre-response makes the gateway wait', impatient, async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const patient = client.request('auth.test.patient');
        const request = await service.expect('auth.test.patient');
        request.reply('timeout:"60000"');
        request.reply('progress:"50", whatever');
        // By the time this one has timed out, the other would have as well.
        const other = client.request('auth.test.other');
        await service.expect('auth.test.other');
        await client.expectError(other, requestTimeout);
        request.result('at last');
        await client.expectResult(patient, { payload: 'at last' });
    });

    scenario('OPS-50, TMO-4 a pre-response without a time-out changes none', impatient, async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const id = client.request('auth.test.method');
        const request = await service.expect('auth.test.method');
        request.reply('progress:"50"');
        request.reply('timeout:"soon"');
        await client.expectError(id, requestTimeout);
    });

    scenario('OPS-51 a reply after the time-out is dropped', impatient, async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        const id = client.request('auth.test.method');
        const late = await service.expect('auth.test.method');
        await client.expectError(id, requestTimeout);
        late.result('too late');
        late.reply('timeout:"60000"');
        await client.barrier(service, 'test');
        assert.ok(!stage.gateway.log.some((line) => line.includes('too late')));
    });
});

describe('a gateway that is behind', () => {
    const eventPayload = (number) => ({ number, filling: 'x'.repeat(1000) });

    /** The numbers of the events of `test.model` the client has received. */
    const numbersOf = (client) =>
        client.inbox.items
            .map((text) => JSON.parse(text))
            .filter(({ event }) => event === 'test.model.custom')
            .map(({ data }) => data.number);

    const upTo = (count) => Array.from({ length: count }, (_, number) => number);

    async function withSubscriber(service, gateway) {
        service.serve({ 'test.model': { model: {} } });
        const client = await RawClient.connect(gateway);
        const id = client.request('subscribe.test.model');
        await client.expectResult(id, { models: { 'test.model': {} } });
        return client;
    }

    test('OPS-32, NAT-5 bufferSize bounds nothing', async () => {
        const directory = await mkdtemp(join(tmpdir(), 'nats-'));
        const config = join(directory, 'config.json');
        await writeFile(config, '{"bufferSize": 1}');
        await play({ args: ['-c', config] }, async ({ service, gateway }) => {
            const client = await withSubscriber(service, gateway);
            const count = 5000;
            // While it is stopped, thousands of messages pile up.
            await gateway.process.freeze();
            upTo(count).forEach((number) => service.event('test.model.custom', { number }));
            await service.connection.flush();
            gateway.process.child.kill('SIGCONT');
            await until(() => numbersOf(client).length >= count, 'all events to arrive', 20000);
            assert.deepEqual(numbersOf(client), upTo(count));
            await client.close();
        });
        await rm(directory, { recursive: true });
    });

    test('OPS-32, OPS-30 hopelessly is cut off by the server, and loses no event unnoticed', () =>
        play({ server: { config: 'max_payload: 10000, max_pending: 1000000, write_deadline: "500ms"' } }, async ({ nats, service, gateway }) => {
            const client = await withSubscriber(service, gateway);
            await gateway.process.freeze();
            let count = 0;
            const cutOff = () => nats.log.some((line) => /Slow Consumer/.test(line));
            while (!cutOff()) {
                assert.ok(count < 200000, 'the server bears a lot');
                for (const end = count + 500; count < end; ++count) {
                    service.event('test.model.custom', eventPayload(count));
                }
                await service.connection.flush();
            }
            gateway.process.child.kill('SIGCONT');
            assert.equal(await within(gateway.process.ended, 'the end of the gateway', 20000), 1);
            assert.equal(await within(client.closed, 'the end of the client'), 1001);
            const numbers = numbersOf(client);
            assert.ok(numbers.length > 0 && numbers.length < count, `${numbers.length} of ${count}`);
            assert.deepEqual(numbers, upTo(numbers.length));
            assert.match(
                logOf(gateway.process).at(-1),
                /^Server stopped with an error: lost NATS connection: (EOF|nats: Slow Consumer|read: .*)$/,
            );
            assert.equal(gateway.errorLines.length, 1);
        }));

    test('OPS-33 without a server it ends at once', async () => {
        const times = [];
        // A busy machine may be slow once, but not every time.
        while (times.length < 5 && !(Math.min(...times) < 100)) {
            await play({}, async ({ nats, gateway }) => {
                const client = await RawClient.connect(gateway);
                const start = performance.now();
                nats.process.child.kill('SIGKILL');
                assert.equal(await within(gateway.process.ended, 'the end of the gateway'), 1);
                times.push(performance.now() - start);
                await client.closed;
            });
        }
        assert.ok(Math.min(...times) < 100, `took ${times} ms`);
    });
});
