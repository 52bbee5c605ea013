// The log of clients' doings: part 71 of the specification, section 5.
import assert from 'node:assert/strict';
import { fixtures } from './fixtures.js';
import { logOf } from './harness/gateway.js';
import { http } from './harness/http.js';
import { scenarios } from './harness/scenario.js';

scenarios('Logging', (scenario) => {
    scenario('OPS-62, OPS-63: lines about a client begin with its connection ID', async (stage) => {
        stage.service.serve(fixtures);
        const [one, two] = [await stage.connect(), await stage.connect()];
        const cids = [];
        for (const client of [one, two]) {
            cids.push(await client.barrier(stage.service, 'test.model'));
            client.request('subscribe.test.model');
            await client.next();
            client.request('subscribe.test.model.brokenchild');
            await client.next();
        }
        stage.service.event('test.model.change', { values: { string: 'bar' } });
        await one.next();
        await two.next();
        two.request('unsubscribe.test.model', { count: -1 });
        await two.next();
        await one.close();
        await stage.gateway.process.line(/Disconnected/);

        const log = logOf(stage.gateway.process);
        for (const cid of cids) {
            // Services are told the ID too; what they are sent and answer is no line about a client.
            const lines = log.filter((line) => line.includes(cid) && !/^\[TRC\] (<==|==>) /.test(line));
            const others = lines.filter((line) => !/^\[(DBG|TRC)\] \[/.test(line) || !line.startsWith(`[${cid}] `, 6));
            assert.deepEqual(others, []);
            const words = lines.map((line) => line.slice(6 + cid.length + 3));
            assert.match(words[0], /^Connected: 127\.0\.0\.1:\d+$/);
            assert.equal(words.filter((word) => word.startsWith('--> ')).length, cid === cids[0] ? 4 : 5);
            assert.equal(words.filter((word) => word.startsWith('<-- ')).length, cid === cids[0] ? 4 : 5);
            assert.ok(words.includes('<<- {"event":"test.model.change","data":{"values":{"string":"bar"}}}'));
            assert.deepEqual(
                words.filter((word) => word.startsWith('Failed')),
                ['Failed to subscribe to test.err.notFound. Not found'],
            );
        }
        assert.equal(log.filter((line) => line.startsWith(`[TRC] [${cids[0]}] Disconnected: `)).length, 1);
    });

    scenario('LMT-14, OPS-62: refusals name the client', async (stage) => {
        stage.service.serve(fixtures);
        const client = await stage.connect();
        const cid = await client.barrier(stage.service, 'test.model');
        client.send('x'.repeat(1 << 20) + 'x');
        assert.equal(await client.closed, 1009);
        const [line] = await stage.gateway.process.line(/ \[DBG\] .*Refused .*$/);
        assert.match(line, new RegExp(` \\[DBG\\] \\[${cid}\\] Refused 127\\.0\\.0\\.1:\\d+: maxMessageSize exceeded$`));
        // Who is no client yet has an address only.
        const header = 'x'.repeat(20000);
        assert.equal((await http(stage.gateway, 'GET', '/api/test/model', { headers: { header } })).status, 431);
        await stage.gateway.process.line(/ \[DBG\] Refused 127\.0\.0\.1:\d+: maxHeaderSize exceeded$/);
    });

    scenario('OPS-64, WS-5, LIM-1: debug lines of refused handshakes, limits and references', async (stage) => {
        stage.service.serve(fixtures);
        const client = await stage.connect();
        const cid = await client.barrier(stage.service, 'test.model');
        for (let i = 0; i < 257; ++i) {
            client.request('subscribe.test.model');
            await client.next();
        }
        client.request('get.test.model.brokenchild');
        await client.next();
        const refused = await http(stage.gateway, 'GET', '/', { headers: { Upgrade: 'websocket', Connection: 'Upgrade' } });
        assert.equal(refused.status, 400);
        // Lines are read later than answers.
        await stage.gateway.process.line(/Failed to upgrade/);

        const debug = logOf(stage.gateway.process).filter((line) => line.startsWith('[DBG] '));
        const [build, limit, reference, upgrade, ...more] = debug;
        assert.match(build, /^\[DBG\] Protocol 1\.2\.3, /);
        assert.equal(limit, `[DBG] [${cid}] Subscription test.model: Subscription limit exceeded (256)`);
        assert.equal(reference, `[DBG] [${cid}] Failed to subscribe to test.err.notFound. Not found`);
        assert.match(upgrade, /^\[DBG\] Failed to upgrade connection from 127\.0\.0\.1:\d+: ./);
        assert.deepEqual(more, []);
    });

    scenario('OPS-64, LMT-5: the limit of part 95 tells its number', { args: ['--maxsubscriptions', '1'] }, async (stage) => {
        stage.service.serve(fixtures);
        const client = await stage.connect();
        const cid = await client.barrier(stage.service, 'test.model');
        client.request('subscribe.test.model');
        await client.next();
        client.request('subscribe.test.collection');
        await client.next();
        await stage.gateway.process.line(/exceeded/);
        const line = `[DBG] [${cid}] Subscription test.collection: Subscription limit exceeded (1)`;
        assert.ok(logOf(stage.gateway.process).includes(line));
    });
});
