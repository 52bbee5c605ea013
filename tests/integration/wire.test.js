// What the transcripts of tests/scenarios cannot say, as they compare JSON by its meaning: numbers as they are
// written, and what a request tells of the client's handshake.
import assert from 'node:assert/strict';
import { scenarios } from './harness/scenario.js';

const granted = { get: true };
const full = { get: true, call: '*' };
const digits = '12345678901234567890';

function assertHandshake({ header, remoteAddr, host }, gateway) {
    assert.deepEqual(header.Upgrade, ['websocket']);
    assert.match(remoteAddr, /^127\.0\.0\.1:\d+$/);
    assert.equal(host, gateway.host);
}

scenarios('the text of messages', (scenario) => {
    scenario('W-20 numbers of services arrive as written [JSN-2]', async (stage) => {
        const { service } = stage;
        const client = await stage.connect();
        client.request('call.test.model.foo');
        (await service.expect('access.test.model')).result(full);
        (await service.expect('call.test.model.foo')).reply(`{"result":{"n":${digits}}}`);
        assert.match(await client.nextText(), new RegExp(`"n": ?${digits}\\b`));

        client.request('subscribe.test.model');
        (await service.expect('access.test.model')).result(granted);
        (await service.expect('get.test.model')).reply(`{"result":{"model":{"n":${digits}}}}`);
        assert.match(await client.nextText(), new RegExp(`"n": ?${digits}\\b`));
        service.publish('event.test.model.change', '{"values":{"n":1.0}}');
        assert.match(await client.nextText(), /"n": ?1\.0\b/);
    });

    scenario('W-22, W-35 auth requests tell of the handshake [REQ-6] [SYS-9]', async (stage) => {
        const { service, gateway } = stage;
        const client = await stage.connect();
        client.request('auth.login.password', { user: 'u' });
        const auth = await service.expect('auth.login.password');
        assertHandshake(auth.payload, gateway);
        assert.equal(auth.payload.uri, '/');
        service.token(auth.payload.cid, { token: { u: 1 }, tid: 'a' });
        auth.result(null);
        await client.expectResult(1, { payload: null });

        service.publish('system.tokenReset', { tids: ['a'], subject: 'auth.session.renew' });
        const renewal = await service.expect('auth.session.renew');
        assertHandshake(renewal.payload, gateway);
        assert.ok(!('params' in renewal.payload));
        renewal.result(null);
    });
});
