// Header authentication, meta, origins and mapped methods over HTTP, and the same for WebSocket
// handshakes: docs/spec/60-http-api.md, sections 5, 7, 9 and 11.3 to 11.6, and 61-websocket-handshake.md.
import assert from 'node:assert/strict';
import { M, fixtures } from './fixtures.js';
import { assertJson, http, jsonType } from './harness/http.js';
import { accessDenied, notFound } from './harness/raw-client.js';
import { RawSocket, frame, handshake, Opcode, text } from './harness/raw-socket.js';
import { scenarios } from './harness/scenario.js';

const full = { get: true, call: '*' };
const page = 'http://example.com';
const custom = { code: 'test.custom', message: 'Custom' };
const invalidParams = { code: 'system.invalidParams', message: 'Invalid parameters' };
const methodNotFound = { code: 'system.methodNotFound', message: 'Method not found' };
const notAllowed = { code: 'system.methodNotAllowed', message: 'Method not allowed' };
const unavailable = { code: 'system.serviceUnavailable', message: 'Service unavailable' };

const credentials = 'access-control-allow-credentials';
const allowOrigin = 'access-control-allow-origin';
const options = (settings) => ({
    args: Object.entries(settings).flatMap(([name, value]) =>
        [value].flat().flatMap((one) => [`--${name}`, String(one)]),
    ),
});
const withHeadAuth = options({ headauth: 'vault.method', alloworigin: page });
const withWsHeadAuth = options({ wsheadauth: 'vault.method', alloworigin: page });

/** The five of HTTP-C82, as a service would give them. */
const protectedHeaders = {
    'Sec-WebSocket-Extensions': ['foo'],
    'Sec-Websocket-Protocol': ['foo'],
    'Access-Control-Allow-Credentials': ['foo'],
    'Access-Control-Allow-Origin': ['foo'],
    'Content-Type': ['text/html; charset=utf-8'],
};

/** How an auth request may end, and the token events that may come before: HTTP-C60, WS-C28. */
const endings = ['timeout', JSON.stringify({ error: notFound }), '{]', '{"result":null}'];
const tokenEvents = [undefined, { token: { user: 'foo' } }, { token: null }];

/** Plays the auth service for one request; a time-out is left to the gateway. */
async function authenticate(service, ending, tokenEvent) {
    const auth = await service.expect('auth.vault.method');
    assert.equal(auth.payload.isHttp, true);
    assert.equal(auth.payload.token, null);
    assert.ok(!('params' in auth.payload) && !('query' in auth.payload));
    if (tokenEvent) {
        service.token(auth.payload.cid, tokenEvent);
    }
    if (ending !== 'timeout') {
        auth.reply(ending);
    }
    return auth;
}

const get = (gateway, headers = { Origin: page }) =>
    http(gateway, 'GET', '/api/test/model', { headers });
const post = (gateway, headers = { Origin: page }) =>
    http(gateway, 'POST', '/api/test/model/method', { headers });

scenarios('HTTP meta', (scenario) => {
    const originCases = [
        ['HTTP-C31', 'http://localhost', ['http://localhost'], 'http://localhost'],
        [
            'HTTP-C32',
            'https://resgate.io',
            ['http://localhost', 'https://resgate.io'],
            'https://resgate.io',
        ],
        ['HTTP-C33', page, ['http://localhost', 'https://resgate.io'], 'http://localhost', 403],
        ['HTTP-C35', undefined, ['http://localhost'], undefined],
    ];
    for (const [title, origin, allowed, echoed, status = 200] of originCases) {
        scenario(`${title}, C36 origins`, options({ alloworigin: allowed }), async (stage) => {
            const { service, gateway } = stage;
            service.serve(fixtures);
            service.answer('call.test.model.method', { result: true });
            const headers = origin ? { Origin: origin } : {};
            for (const [method, path] of [
                ['GET', '/api/test/model'],
                ['POST', '/api/test/model/method'],
                ['OPTIONS', '/api/test/model'],
            ]) {
                const response = await http(gateway, method, path, { headers });
                assert.equal(response.status, method === 'OPTIONS' ? 200 : status);
                assert.equal(response.headers[allowOrigin], echoed);
                assert.equal(response.headers.vary, echoed && 'Origin');
                assert.equal(response.headers[credentials], undefined);
            }
        });
    }

    scenario(
        'HTTP-C60, HTTP-71, HTTP-73 headerAuth',
        options({ headauth: 'vault.method', reqtimeout: 300 }),
        async (stage) => {
            const { service, gateway } = stage;
            service.serve(fixtures);
            service.answer('call.test.model.method', { result: { foo: 'bar' } });
            for (const ending of endings) {
                for (const tokenEvent of tokenEvents) {
                    for (const [send, body] of [
                        [get, M],
                        [post, { foo: 'bar' }],
                    ]) {
                        const answer = send(gateway, { Origin: 'example.com', Cookie: 'a=b' });
                        const auth = await authenticate(service, ending, tokenEvent);
                        assert.deepEqual(auth.payload.header.Origin, ['example.com']);
                        assert.deepEqual(auth.payload.header.Cookie, ['a=b']);
                        assert.equal(auth.payload.host, gateway.host);
                        assert.match(auth.payload.remoteAddr, /^127\.0\.0\.1:\d+$/);
                        assert.match(auth.payload.uri, /^\/api\/test\/model/);
                        const response = await answer;
                        assertJson(response, 200, body);
                        assert.equal(response.headers[credentials], 'true');
                        const access = service.seen.findLast(
                            (one) => one.subject === 'access.test.model',
                        );
                        assert.deepEqual(access.payload.token, tokenEvent?.token ?? null);
                    }
                }
            }
            assert.equal(
                (await http(gateway, 'OPTIONS', '/api/test')).headers[credentials],
                'true',
            ); // HTTP-C38
            assert.equal(
                gateway.log.filter((line) => / \[INF\] Warning: .*headerAuth/.test(line)).length,
                1,
            ); // OPS-9
        },
    );

    scenario(
        'HTTP-C70 to HTTP-C84 meta of auth and access replies',
        withHeadAuth,
        async (stage) => {
            const { service, gateway } = stage;
            service.answer('get.test.model', { result: { model: M } });
            const sent = async (auth, access = {}) => {
                service.answer('auth.vault.method', { result: null, ...auth });
                service.answer('access.test.model', { result: full, ...access });
                return get(gateway);
            };
            const header = (name, ...values) => ({ meta: { header: { [name]: values } } });

            let response = await sent(header('test-header', 'foo', 'bar')); // C70, C71
            assertJson(response, 200, M);
            assert.equal(response.headers['test-header'], 'foo, bar');

            response = await sent(header('Set-Cookie', 'id=a'), header('set-cookie', 'id=b')); // C72, C78
            assert.deepEqual(response.headers['set-cookie'], ['id=a', 'id=b']);

            response = await sent(header('Test-Header', 'foo'), header('Test-Header', 'bar')); // C76
            assert.equal(response.headers['test-header'], 'bar');

            const redirect = { meta: { status: 307, header: { Location: ['/login'] } } };
            const before = service.count('access.test.model');
            response = await sent(redirect); // C73
            assert.deepEqual([response.status, response.text], [307, '']);
            assert.equal(response.headers.location, '/login');
            assert.equal(response.headers['content-type'], undefined);
            response = await sent({ resource: { rid: 'test.redirect' }, meta: { status: 307 } }); // C74
            assert.equal(response.headers.location, '/api/test/redirect');
            response = await sent({ error: custom, meta: { status: 407, header: { A: ['a'] } } }); // C75
            assertJson(response, 407, custom);
            assert.equal(response.headers.a, 'a');
            assert.equal(service.count('access.test.model'), before);

            response = await sent({}, redirect); // C79
            assert.deepEqual([response.status, response.headers.location], [307, '/login']);
            response = await sent({}, { error: custom, meta: { status: 507 } }); // C81
            assertJson(response, 507, custom);

            response = await sent({ meta: { header: protectedHeaders } }); // C82
            assertJson(response, 200, M);
            assert.equal(response.headers[credentials], 'true');
            assert.equal(response.headers[allowOrigin], page);
            assert.ok(
                !Object.keys(response.headers).some((name) => name.startsWith('sec-websocket')),
            );

            assertJson(await sent({ meta: { status: 206 } }), 200, M); // C83
            assertJson(await sent({}, { meta: { status: 601 } }), 200, M); // C84
            stage.expectedErrors = 2;
            assert.deepEqual(
                gateway.errorLines.map((line) => line.slice(line.indexOf('Invalid'))),
                ['Invalid meta status: 206', 'Invalid meta status: 601'],
            );

            assertJson(await sent({ meta: { status: 404 } }), 404, notFound); // C98
            assertJson(await sent({ meta: { status: 503 } }), 503, unavailable);
        },
    );

    scenario('HTTP-C85 to HTTP-C97 meta of calls', withHeadAuth, async (stage) => {
        const { service, gateway } = stage;
        const sent = async (auth, access, call) => {
            service.answer('auth.vault.method', { result: null, ...auth });
            service.answer('access.test.model', { result: full, ...access });
            service.answer('call.test.model.method', { result: null, ...call });
            return post(gateway);
        };
        const cookie = (value) => ({ meta: { header: { 'Set-Cookie': [value] } } });
        let response = await sent(cookie('a=1'), cookie('b=2'), cookie('c=3')); // C92
        assert.equal(response.status, 204);
        assert.deepEqual(response.headers['set-cookie'], ['a=1', 'b=2', 'c=3']);

        response = await sent(
            {},
            {},
            { resource: { rid: 'test.redirect' }, meta: { status: 307 } },
        ); // C87
        assert.deepEqual([response.status, response.headers.location], [307, '/api/test/redirect']);

        response = await sent({}, {}, { error: custom, meta: { status: 507 } }); // C88
        assertJson(response, 507, custom);

        const calls = service.count('call.test.model.method');
        response = await sent({}, { meta: { status: 307, header: { Location: ['/x'] } } }, {}); // C93
        assert.deepEqual([response.status, response.headers.location], [307, '/x']);
        assert.equal(service.count('call.test.model.method'), calls);

        response = await sent({}, {}, { meta: { header: protectedHeaders } }); // C96
        assert.equal(response.status, 204);
        assert.equal(response.headers['content-type'], undefined);
        assert.equal(response.headers[allowOrigin], page);
    });

    scenario(
        'HTTP-C53, HTTP-46, HTTP-88 mapped methods',
        options({ putmethod: 'mappedMethod', patchmethod: 'mappedMethod' }),
        async (stage) => {
            const { service, gateway } = stage;
            service.answer('access.test.model', { result: full });
            const sent = async (method, reply) => {
                service.answer('call.test.model.mappedMethod', reply);
                return http(gateway, method, '/api/test/model', { body: '{"foo":"bar"}' });
            };
            for (const method of ['PUT', 'PATCH']) {
                assertJson(await sent(method, { result: 'zoo' }), 200, 'zoo');
                assert.deepEqual(service.seen.at(-1).payload.params, { foo: 'bar' });
                assertJson(await sent(method, { error: invalidParams }), 400, invalidParams);
                assertJson(await sent(method, { error: accessDenied }), 401, accessDenied);
                assertJson(await sent(method, { error: methodNotFound }), 405, notAllowed);
            }
            const before = service.seen.length;
            assertJson(await sent('DELETE', { result: 1 }), 405, notAllowed);
            assert.equal(service.seen.length, before);
            const allowed = (await http(gateway, 'OPTIONS', '/api/')).headers[
                'access-control-allow-methods'
            ];
            assert.equal(allowed, 'GET, HEAD, OPTIONS, POST, PUT, PATCH');
        },
    );

    scenario(
        'HTTP-90, HTTP-C11, HTTP-C13, HTTP-C19 apiEncoding jsonflat',
        options({ apiencoding: 'JsonFlat' }),
        async (stage) => {
            const { service, gateway } = stage;
            service.serve(fixtures);
            const body = async (path) => (await http(gateway, 'GET', `/api/test/${path}`)).json;
            assert.deepEqual(await body('model/parent'), { name: 'parent', child: M });
            assert.deepEqual(await body('model/brokenchild'), {
                name: 'brokenchild',
                child: notFound,
            });
            assert.deepEqual(await body('m/b'), { c: { b: { href: '/api/test/m/b' } } });
        },
    );

    scenario('HTTP-7 requests leave nothing in the log but traffic', async (stage) => {
        const { service, gateway } = stage;
        service.serve(fixtures);
        const lines = () => gateway.log.filter((line) => !/ \[TRC\] /.test(line));
        const before = lines();
        assert.equal((await get(gateway)).status, 200);
        assert.equal((await http(gateway, 'GET', '/nothing')).status, 404);
        assert.deepEqual(lines(), before);
    });

    scenario(
        'HTTP-59 a client that goes away during header authentication',
        withHeadAuth,
        async (stage) => {
            const { service, gateway } = stage;
            const socket = await RawSocket.connect(gateway);
            socket.write(`GET /api/test/model HTTP/1.1\r\nHost: ${gateway.host}\r\n\r\n`);
            const auth = await service.expect('auth.vault.method');
            socket.destroy();
            const other = get(gateway); // a barrier: the gateway has noticed the end by its auth request
            const second = await service.expect('auth.vault.method');
            auth.result(null);
            second.reply({ error: custom, meta: { status: 407 } });
            assertJson(await other, 407, custom);
            assert.equal(service.count('access.test.model'), 0);
        },
    );
});

scenarios('WebSocket handshake', (scenario) => {
    /** Makes a handshake; resolves with the head of the answer. */
    async function shake(stage, headers = {}) {
        const socket = await RawSocket.connect(stage.gateway);
        stage.cleanup(() => socket.destroy());
        socket.write(handshake(stage.gateway, { path: '/?a=b', headers }));
        return socket;
    }

    const authCases = [
        [
            'WS-C20, WS-1, WS-21 a header',
            { meta: { header: { 'test-header': ['foo'] } } },
            101,
            [/^Test-Header: foo$/m],
        ],
        [
            'WS-C21 a cookie',
            { meta: { header: { 'Set-Cookie': ['id=foo; Max-Age=86400'] } } },
            101,
            [/^Set-Cookie: id=foo; Max-Age=86400$/m],
        ],
        ['WS-C22 an error', { error: custom, meta: { status: 407 } }, 407, [], custom],
        ['WS-C22 an error', { error: custom, meta: { status: 507 } }, 507, [], custom],
        [
            'WS-C25 a redirection',
            { meta: { status: 307, header: { Location: ['/login'] } } },
            307,
            [/^Location: \/login$/m],
            '',
        ],
        [
            'WS-C26 a redirection to a resource',
            { resource: { rid: 'test.redirect' }, meta: { status: 307 } },
            307,
            [/^Location: \/api\/test\/redirect$/m],
            '',
        ],
        ['WS-C27 a status', { meta: { status: 404 } }, 404, [], notFound],
        [
            'WS-25 an error with a header',
            { error: custom, meta: { header: { A: ['a\r\nb'] } } },
            101,
            [/^A: a {2}b$/m],
        ],
    ];
    for (const [title, reply, status, lines, body] of authCases) {
        scenario(`${title}: ${status}`, withWsHeadAuth, async (stage) => {
            const socket = await shake(stage);
            const auth = await stage.service.expect('auth.vault.method');
            assert.equal(auth.payload.isHttp, true);
            assert.equal(auth.payload.uri, '/?a=b');
            assert.deepEqual(auth.payload.header.Upgrade, ['websocket']);
            auth.reply({ result: null, ...reply });
            const head = (await socket.head()).replaceAll('\r\n', '\n');
            assert.match(head, new RegExp(`^HTTP/1.1 ${status} `));
            lines.forEach((line) => assert.match(head, line));
            assert.doesNotMatch(head, /^access-control/im); // WS-2, WS-26
            if (status === 101) {
                socket.write(text({ id: 1, method: 'version' }));
                assert.deepEqual(await socket.message(), { result: { protocol: '1.2.3' }, id: 1 });
                return;
            }
            if (body === '') {
                assert.match(head, /^Content-Length: 0$/m);
                assert.doesNotMatch(head, /^content-type/im);
            } else {
                assert.ok(head.includes(`\nContent-Type: ${jsonType}\n`));
                const length = Number(/^content-length: *(\d+)/im.exec(head)[1]);
                assert.deepEqual(JSON.parse((await socket.take(length)).toString()), body);
            }
            // The connection serves on, and its session is gone.
            socket.write(handshake(stage.gateway));
            (await stage.service.expect('auth.vault.method')).result(null);
            assert.match(await socket.head(), /^HTTP\/1.1 101 /);
        });
    }

    scenario('WS-C23 protected headers', withWsHeadAuth, async (stage) => {
        stage.service.answer('auth.vault.method', {
            result: null,
            meta: { header: protectedHeaders },
        });
        const head = await (await shake(stage)).head();
        assert.match(head, /^HTTP\/1.1 101 /);
        assert.doesNotMatch(head, /foo|html|^access-control/im);
    });

    scenario('WS-C24, WS-27 other statuses', withWsHeadAuth, async (stage) => {
        for (const status of [206, 601]) {
            stage.service.answer('auth.vault.method', { result: null, meta: { status } });
            assert.match(await (await shake(stage)).head(), /^HTTP\/1.1 101 /);
            ++stage.expectedErrors;
        }
        assert.match(stage.gateway.errorLines[0], /Invalid WebSocket meta status: 206$/);
    });

    scenario(
        'WS-C28, WS-20, WS-23, WS-24, WS-28 tokens during the handshake',
        options({ wsheadauth: 'vault.method', reqtimeout: 300 }),
        async (stage) => {
            const { service } = stage;
            service.serve(fixtures);
            for (const ending of endings) {
                for (const tokenEvent of tokenEvents) {
                    const socket = await shake(stage, { Origin: page });
                    const auth = await authenticate(service, ending, tokenEvent);
                    assert.match(await socket.head(), /^HTTP\/1.1 101 /);
                    // The first message, and of a client that has announced no version.
                    socket.write(text({ id: 1, method: 'subscribe.test.model' }));
                    assert.deepEqual(await socket.message(), {
                        result: { models: { 'test.model': M } },
                        id: 1,
                    });
                    const access = service.seen.findLast(
                        (one) => one.subject === 'access.test.model',
                    );
                    assert.deepEqual(access.payload, {
                        cid: auth.payload.cid,
                        token: tokenEvent?.token ?? null,
                    });
                    socket.write(text({ id: 2, method: 'subscribe.test.model.soft' }));
                    const { result } = await socket.message();
                    assert.equal(result.models['test.model.soft'].child, 'test.model'); // LEG-3
                }
            }
        },
    );

    scenario(
        'WS-5, WS-10, WS-22 refused handshakes cause no auth request',
        withWsHeadAuth,
        async (stage) => {
            for (const [headers, status] of [
                [{ Origin: 'http://other.example.com' }, 403],
                [{ 'Sec-WebSocket-Key': undefined }, 400],
            ]) {
                assert.match(
                    await (await shake(stage, headers)).head(),
                    new RegExp(`^HTTP/1.1 ${status} `),
                );
            }
            assert.equal(stage.service.seen.length, 0);
            const refusals = stage.gateway.log.filter((line) =>
                / \[DBG\] Failed to upgrade connection from 127\.0\.0\.1:\d+: ./.test(line),
            );
            assert.equal(refusals.length, 2);
        },
    );

    scenario('WS-29 each setting is for its own kind of client', withHeadAuth, async (stage) => {
        assert.match(await (await shake(stage)).head(), /^HTTP\/1.1 101 /);
        assert.equal(stage.service.seen.length, 0);
    });

    scenario(
        'HTTP-59 a client that goes away during its handshake',
        withWsHeadAuth,
        async (stage) => {
            const first = await shake(stage);
            const auth = await stage.service.expect('auth.vault.method');
            first.destroy();
            const second = await shake(stage);
            const other = await stage.service.expect('auth.vault.method');
            auth.result(null);
            other.result(null);
            assert.match(await second.head(), /^HTTP\/1.1 101 /);
            assert.equal(stage.gateway.log.filter((line) => /Connected: /.test(line)).length, 1);
        },
    );

    scenario('WS-8 a handshake under way at shutdown', withWsHeadAuth, async (stage) => {
        const socket = await shake(stage);
        await stage.service.expect('auth.vault.method');
        const stopped = stage.gateway.process.stop();
        const { status, body } = await socket.response();
        assert.equal(status, 503);
        assert.deepEqual(JSON.parse(body), unavailable);
        await stopped;
    });

    const origins = [
        ['WS-C2', 'http://localhost', ['http://localhost'], 101],
        ['WS-C3', 'http://localhost:8080', ['http://localhost:8080'], 101],
        ['WS-C4', 'https://Resgate.io', ['http://localhost', 'https://resgate.io'], 101],
        ['WS-C5', undefined, ['https://resgate.io'], 101],
        ['WS-10', 'null', ['https://resgate.io'], 101],
        ['WS-10', '', ['https://resgate.io'], 403],
        ['WS-C6', 'http://resgate.io', ['https://resgate.io'], 403],
        ['WS-C7', 'https://resgate.io', ['https://api.resgate.io'], 403],
        ['WS-C8', 'https://resgate.io:8080', ['https://resgate.io'], 403],
        ['WS-C9', 'https://resgate.io', ['https://resgate.io:8080'], 403],
    ];
    for (const [title, origin, allowed, status] of origins) {
        scenario(
            `${title}: origin ${origin ?? 'none'}`,
            options({ alloworigin: allowed }),
            async (stage) => {
                const socket = await shake(stage, { Origin: origin });
                assert.match(await socket.head(), new RegExp(`^HTTP/1.1 ${status} `));
                if (status === 101) {
                    socket.write(frame(Opcode.text, '{"id":1,"method":"version"}'));
                    assert.deepEqual(await socket.message(), {
                        result: { protocol: '1.2.3' },
                        id: 1,
                    });
                }
            },
        );
    }
});
