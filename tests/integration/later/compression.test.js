// Compressed connections, which the gateway does not support yet: the real client (RC-C11), and messages that
// inflate to too much (docs/spec/61-websocket-handshake.md, section 4).
import assert from 'node:assert/strict';
import { constants, deflateRawSync } from 'node:zlib';
import { within } from '../harness/deadline.js';
import { Opcode, RawSocket, frame, handshake } from '../harness/raw-socket.js';
import { RecordedClient, once } from '../harness/res-client.js';
import { scenarios } from '../harness/scenario.js';

scenarios('compressed connections', (scenario) => {
    scenario('RC-C11 a compressing client', { args: ['--wscompression'] }, async (stage) => {
        const { service, gateway } = stage;
        const message = 'hello '.repeat(1000);
        service.serve({ 'ex.model': { model: { message } } });
        const client = new RecordedClient(gateway);
        stage.cleanup(() => client.disconnect());
        const model = await client.get('ex.model');
        assert.equal(model.message, message);
        assert.match(client.sockets[0].extensions, /permessage-deflate/);
        const change = once(model, 'change');
        service.event('ex.model.change', { values: { message: 'changed' } });
        await within(change, 'change');
        assert.equal(model.message, 'changed');
    });

    scenario(
        'WS-C81, WS-34 a message that inflates to too much',
        { args: ['--wscompression'] },
        async (stage) => {
            const { gateway } = stage;
            const socket = await RawSocket.connect(gateway);
            const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
            socket.write(handshake(gateway, { headers }));
            assert.match(await socket.head(), /^sec-websocket-extensions: permessage-deflate;/im);
            const deflate = (message) => {
                const bytes = deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH });
                return frame(Opcode.text, bytes.subarray(0, -4), { rsv: 0x40 });
            };
            socket.write(deflate('{"id":1,"method":"auth.test.foo"}'));
            (await stage.service.expect('auth.test.foo')).result(null);
            await socket.frame();
            socket.write(deflate('x'.repeat(1048577)));
            assert.equal(await socket.closeCode(), 1009);
        },
    );
});
