// Resources and calls over HTTP: the cases of docs/spec/60-http-api.md, section 11, with apiEncoding json.
import assert from 'node:assert/strict';
import { C, M, fixtures } from './fixtures.js';
import { assertJson, http, jsonType, keepAliveAgent } from './harness/http.js';
import { accessDenied, notFound, requestTimeout } from './harness/raw-client.js';
import { RawSocket } from './harness/raw-socket.js';
import { scenarios } from './harness/scenario.js';

const tooLong = { code: 'system.subjectTooLong', message: 'Subject too long' };
const href = (name) => `/api/test/${name.replaceAll('.', '/')}`;
const full = { get: true, call: '*' };

/** What a reference looks like in a body: `W` of 60.11. */
const model = (name, content) => ({ href: href(name), model: content });
const collection = (name, content) => ({ href: href(name), collection: content });
const link = (name) => ({ href: href(name) });

const parentBody = { name: 'parent', child: model('model', M) };
const softBody = { name: 'soft', child: link('model') };
const dataBody = {
    name: 'data',
    primitive: 12,
    object: { foo: ['bar'] },
    array: [{ foo: 'bar' }],
};
const collectionParentBody = ['parent', collection('collection', C)];
const collectionSoftBody = ['soft', link('collection')];
const collectionDataBody = ['data', 12, { foo: ['bar'] }, [{ foo: 'bar' }]];

const m = (name, content) => model(`m.${name}`, content);
const mLink = (name) => link(`m.${name}`);
const c = (name, content) => collection(`c.${name}`, content);
const cLink = (name) => link(`c.${name}`);

/** [case, resource, the other resources that are loaded for it, body] */
const bodies = [
    ['HTTP-C10', 'model', [], M],
    ['HTTP-C11', 'model.parent', ['model'], parentBody],
    [
        'HTTP-C12',
        'model.grandparent',
        ['model.parent', 'model'],
        { name: 'grandparent', child: model('model.parent', parentBody) },
    ],
    [
        'HTTP-C13',
        'model.brokenchild',
        ['err.notFound'],
        { name: 'brokenchild', child: { href: '/api/test/err/notFound', error: notFound } },
    ],
    ['HTTP-C14', 'model.soft', [], softBody],
    [
        'HTTP-C15',
        'model.soft.parent',
        ['model.soft'],
        { name: 'softparent', child: model('model.soft', softBody) },
    ],
    ['HTTP-C16', 'model.data', [], dataBody],
    [
        'HTTP-C17',
        'model.data.parent',
        ['model.data'],
        { name: 'dataparent', child: model('model.data', dataBody) },
    ],
    ['HTTP-C18', 'm.a', [], { a: mLink('a') }],
    ['HTTP-C19', 'm.b', ['m.c'], { c: m('c', { b: mLink('b') }) }],
    [
        'HTTP-C20',
        'm.d',
        ['m.e', 'm.f'],
        { e: m('e', { d: mLink('d') }), f: m('f', { d: mLink('d') }) },
    ],
    [
        'HTTP-C21',
        'm.g',
        ['m.e', 'm.f', 'm.d'],
        {
            e: m('e', { d: m('d', { e: mLink('e'), f: m('f', { d: mLink('d') }) }) }),
            f: m('f', { d: m('d', { e: m('e', { d: mLink('d') }), f: mLink('f') }) }),
        },
    ],
    [
        'HTTP-C22',
        'm.h',
        ['m.e', 'm.d', 'm.f'],
        { e: m('e', { d: m('d', { e: mLink('e'), f: m('f', { d: mLink('d') }) }) }) },
    ],
    ['HTTP-C23', 'collection', [], C],
    ['HTTP-C23', 'collection.parent', ['collection'], collectionParentBody],
    [
        'HTTP-C23',
        'collection.grandparent',
        ['collection.parent', 'collection'],
        ['grandparent', collection('collection.parent', collectionParentBody)],
    ],
    [
        'HTTP-C23',
        'collection.brokenchild',
        ['err.notFound'],
        ['brokenchild', { href: '/api/test/err/notFound', error: notFound }],
    ],
    ['HTTP-C23', 'collection.soft', [], collectionSoftBody],
    [
        'HTTP-C23',
        'collection.soft.parent',
        ['collection.soft'],
        ['softparent', collection('collection.soft', collectionSoftBody)],
    ],
    ['HTTP-C23', 'collection.data', [], collectionDataBody],
    [
        'HTTP-C23',
        'collection.data.parent',
        ['collection.data'],
        ['dataparent', collection('collection.data', collectionDataBody)],
    ],
    ['HTTP-C23', 'c.a', [], [cLink('a')]],
    ['HTTP-C23', 'c.b', ['c.c'], [c('c', [cLink('b')])]],
    ['HTTP-C23', 'c.d', ['c.e', 'c.f'], [c('e', [cLink('d')]), c('f', [cLink('d')])]],
    [
        'HTTP-C23',
        'c.g',
        ['c.e', 'c.f', 'c.d'],
        [
            c('e', [c('d', [cLink('e'), c('f', [cLink('d')])])]),
            c('f', [c('d', [c('e', [cLink('d')]), cLink('f')])]),
        ],
    ],
    [
        'HTTP-C23',
        'c.h',
        ['c.e', 'c.d', 'c.f'],
        [c('e', [c('d', [cLink('e'), c('f', [cLink('d')])])])],
    ],
];

scenarios('HTTP', (scenario) => {
    scenario('HTTP-C1 to C8: paths that name nothing cause no traffic', async (stage) => {
        const { service, gateway } = stage;
        const paths = {
            get: [
                '/wrong_prefix/test/model',
                '/api/',
                '/api/test.model',
                '/api/test/model/',
                '/api/test//model',
                '/api/test/m%C3%A5del/action',
            ],
            post: [
                '/wrong_prefix/test/model/action',
                '/api/',
                '/api/test.model/action',
                '/api/test/model/action/',
                '/api/test//model/action',
                '/api/test/m%C3%A5del/action',
                '/api/test/model/%C3%A4ction',
                '/api/action',
            ],
        };
        for (const path of paths.get) {
            assertJson(await http(gateway, 'GET', path), 404, notFound);
            const head = await http(gateway, 'HEAD', path);
            assert.equal(head.status, 404, path);
            assert.equal(head.text, '');
        }
        for (const path of paths.post) {
            assertJson(await http(gateway, 'POST', path), 404, notFound);
        }
        const socket = await RawSocket.connect(gateway);
        socket.write(
            `GET /api/test/m\u00e5del/action HTTP/1.1\r\nHost: ${gateway.host}\r\n\r\n` +
                `GET * HTTP/1.1\r\nHost: ${gateway.host}\r\n\r\n`,
        );
        assert.equal((await socket.response()).status, 404);
        assert.equal((await socket.response()).status, 400);
        await socket.end();
        assert.deepEqual(service.seen, []);
    });

    for (const [tag, name, others, body] of bodies) {
        scenario(`${tag} GET ${name}`, async (stage) => {
            const { service, gateway } = stage;
            service.serve(fixtures);
            assertJson(await http(gateway, 'GET', href(name)), 200, body);
            const expected = [
                `access.test.${name}`,
                ...[name, ...others].map((n) => `get.test.${n}`),
            ];
            assert.deepEqual(service.seen.map(({ subject }) => subject).sort(), expected.sort());
            const access = service.seen.find(({ subject }) => subject.startsWith('access.'));
            const { cid } = access.payload;
            assert.deepEqual(access.payload, { token: null, cid, isHttp: true });
        });
    }

    scenario('HTTP-C24 what is cached is not fetched again', async (stage) => {
        const { service, gateway } = stage;
        service.serve(fixtures);
        assertJson(await http(gateway, 'GET', href('model.parent')), 200, parentBody);
        assertJson(await http(gateway, 'GET', href('model')), 200, M);
        service.answer('access.test.model', { result: { get: false } });
        assertJson(await http(gateway, 'GET', href('model')), 401, accessDenied);
        assert.equal((await http(gateway, 'GET', href('model.secondparent'))).status, 200);
        assert.equal(service.count('get.test.model'), 1);
        assert.equal(service.count('access.test.model'), 2);
        assert.equal(service.count('get.test.model.secondparent'), 1);
    });

    scenario('HTTP-C25 overlapping requests share what they load', async (stage) => {
        const { service, gateway } = stage;
        service.serve(fixtures);
        service.answers.delete('get.test.m.f');
        const responses = ['m.d', 'm.h'].map((name) => http(gateway, 'GET', href(name)));
        const slow = await service.expect('get.test.m.f');
        // m.h has been asked for, too, before the last answer is given.
        await http(gateway, 'GET', href('model'));
        slow.result(fixtures['test.m.f']);
        assertJson(await responses[0], 200, bodies.find(([, name]) => name === 'm.d')[3]);
        assertJson(await responses[1], 200, bodies.find(([, name]) => name === 'm.h')[3]);
        for (const name of ['m.d', 'm.e', 'm.f', 'm.h']) {
            assert.equal(service.count(`get.test.${name}`), 1, name);
        }
    });

    scenario('HTTP-C26, C27 queries are passed on whole', async (stage) => {
        const { service, gateway } = stage;
        for (const query of ['q=foo&f=bar', `q=${'a'.repeat(10000)}`]) {
            const response = http(gateway, 'GET', `${href('model')}?${query}`);
            const access = await service.expect('access.test.model');
            const { cid } = access.payload;
            assert.deepEqual(access.payload, { token: null, cid, query, isHttp: true });
            access.result({ get: true });
            const get = await service.expect('get.test.model', { query });
            get.result({ model: M, query });
            assertJson(await response, 200, M);
        }
        const long = await http(gateway, 'GET', `/api/test/${'a'.repeat(10000)}`);
        assertJson(long, 414, tooLong);
        service.assertNoFurtherRequests();
    });

    scenario('HTTP-C28 HEAD', async (stage) => {
        const { service, gateway } = stage;
        service.serve(fixtures);
        service.answer('access.test.err.notFound', { result: { get: true } });
        for (const [name, status] of [
            ['model', 200],
            ['err.notFound', 404],
        ]) {
            const response = await http(gateway, 'HEAD', href(name));
            assert.equal(response.status, status);
            assert.equal(response.headers['content-type'], jsonType);
            assert.equal(response.text, '');
        }
    });

    scenario(
        'errors of services and missing services',
        { subjects: ['access.>', 'get.test.>'] },
        async (stage) => {
            const { service, gateway } = stage;
            service.serve(fixtures);
            assertJson(await http(gateway, 'GET', href('err.notFound')), 404, notFound);
            service.answer('access.nobody.home', { result: full });
            assertJson(await http(gateway, 'GET', '/api/nobody/home'), 404, notFound);
            assertJson(await http(gateway, 'POST', `${href('model')}/method`), 404, notFound);
            service.answer('access.test.model', { result: { get: false } });
            assertJson(await http(gateway, 'GET', href('model')), 401, accessDenied);
            service.answer('access.test.model', {
                error: { code: 'x.y', message: 'Custom', data: [1] },
            });
            assertJson(await http(gateway, 'GET', href('model')), 400, {
                code: 'x.y',
                message: 'Custom',
                data: [1],
            });
        },
    );

    scenario('methods and routes (HTTP-13, 46, 50)', async (stage) => {
        const { gateway } = stage;
        const notAllowed = { code: 'system.methodNotAllowed', message: 'Method not allowed' };
        for (const method of ['PUT', 'DELETE', 'PATCH']) {
            assertJson(await http(gateway, method, href('model')), 405, notAllowed);
        }
        const options = await http(gateway, 'OPTIONS', href('model'));
        assert.equal(options.status, 200);
        assert.equal(options.text, '');
        assert.equal(options.headers['access-control-allow-origin'], '*');
        assert.equal(options.headers['access-control-allow-methods'], 'GET, HEAD, OPTIONS, POST');
        const elsewhere = await http(gateway, 'GET', '/favicon.ico');
        assertJson(elsewhere, 404, notFound);
        assert.equal(elsewhere.headers['access-control-allow-origin'], undefined);
        // The WebSocket path, without an upgrade (WS-4).
        assert.equal((await http(gateway, 'GET', '/')).status, 400);
    });
});

scenarios('HTTP calls', (scenario) => {
    const path = '/api/test/model/method';

    for (const value of [undefined, { value: 42 }]) {
        scenario(`HTTP-C40 POST ${value ? 'with' : 'without'} params`, async (stage) => {
            const { service, gateway } = stage;
            const response = http(gateway, 'POST', path, { body: value && JSON.stringify(value) });
            const access = await service.expect('access.test.model');
            const { cid } = access.payload;
            assert.deepEqual(access.payload, { token: null, cid, isHttp: true });
            access.result(full);
            const call = await service.expect('call.test.model.method', {
                params: value ?? null,
                token: null,
                cid,
                isHttp: true,
            });
            call.result({ foo: 'bar' });
            assertJson(await response, 200, { foo: 'bar' });
        });
    }

    scenario('HTTP-C41, C42 the access list decides', async (stage) => {
        const { service, gateway } = stage;
        service.answer('call.test.model.method', { result: { foo: 'bar' } });
        const lists = [
            ['method', 200],
            ['foo,method', 200],
            ['foo,bar', 401],
            [undefined, 401],
        ];
        for (const [call, status] of lists) {
            service.answer('access.test.model', { result: { get: true, call } });
            const response = await http(gateway, 'POST', path);
            assertJson(response, status, status === 200 ? { foo: 'bar' } : accessDenied);
        }
        assert.equal(service.count('call.test.model.method'), 2);
    });

    scenario('HTTP-C43, C49 timeouts', { args: ['-r', '200'] }, async (stage) => {
        const { service, gateway } = stage;
        assertJson(await http(gateway, 'POST', path), 404, requestTimeout);
        assert.equal(service.count('call.test.model.method'), 0);
        service.answer('access.test.model', { result: full });
        assertJson(await http(gateway, 'POST', path), 404, requestTimeout);
        assert.equal(service.count('call.test.model.method'), 1);
    });

    scenario('HTTP-C44 to C48 what services answer', async (stage) => {
        const { service, gateway } = stage;
        service.answer('access.test.model', { result: full });
        const call = (reply) => {
            service.answer('call.test.model.method', reply);
            return http(gateway, 'POST', path);
        };
        const invalidParams = { code: 'system.invalidParams', message: 'Invalid parameters' };
        assertJson(await call({ error: invalidParams }), 400, invalidParams);
        const noMethod = { code: 'system.methodNotFound', message: 'Method not found' };
        assertJson(await call({ error: noMethod }), 404, noMethod);

        const nothing = await call({ result: null });
        assert.equal(nothing.status, 204);
        assert.equal(nothing.text, '');
        assert.equal(nothing.headers['content-type'], undefined);

        const resource = await call({ resource: { rid: 'test.model' } });
        assert.equal(resource.status, 200);
        assert.equal(resource.text, '');
        assert.equal(resource.headers.location, '/api/test/model');

        const nonsense = [
            { resource: 'test.model' },
            { resource: {} },
            { resource: { rid: 42 } },
            { resource: { rid: 'test..model' } },
            {},
            '{"result":',
            '',
        ];
        for (const reply of nonsense) {
            const response = await call(reply);
            assert.equal(response.status, 500, JSON.stringify(reply));
            assert.equal(response.json.code, 'system.internalError');
        }
    });

    scenario('bodies that are no JSON are refused without traffic (HTTP-61)', async (stage) => {
        const { service, gateway } = stage;
        for (const body of ['{"a":', '{} {}', 'foo', '[1,]']) {
            const response = await http(gateway, 'POST', path, { body });
            assert.equal(response.status, 400, body);
            assert.equal(response.json.code, 'system.badRequest');
        }
        assert.deepEqual(service.seen, []);
    });
});

scenarios(
    'HTTP connections',
    (scenario) => {
        const post = (gateway, headers, body) =>
            `POST /api/test/model/method HTTP/1.1\r\nHost: ${gateway.host}\r\n${headers}\r\n${body}`;

        scenario(
            'keep-alive: one connection serves one request after the other (HTTP-1)',
            async (stage) => {
                const { service, gateway } = stage;
                service.serve(fixtures);
                const agent = keepAliveAgent();
                stage.cleanup(() => agent.destroy());
                let opened = 0;
                const createConnection = agent.createConnection.bind(agent);
                agent.createConnection = (...args) => {
                    ++opened;
                    return createConnection(...args);
                };
                for (let i = 0; i < 10; ++i) {
                    assertJson(await http(gateway, 'GET', href('model'), { agent }), 200, M);
                }
                assert.equal(opened, 1);
            },
        );

        scenario('pipelining: responses come in request order (HTTP-1)', async (stage) => {
            const { service, gateway } = stage;
            service.answer('access.test.fast', { result: { get: true } });
            service.answer('access.test.slow', { result: { get: true } });
            service.answer('get.test.fast', { result: { model: { name: 'fast' } } });
            const socket = await RawSocket.connect(gateway);
            const get = (name) => `GET /api/test/${name} HTTP/1.1\r\nHost: ${gateway.host}\r\n\r\n`;
            socket.write(get('slow') + get('fast') + get('fast'));
            (await service.expect('get.test.slow')).result({ model: { name: 'slow' } });
            for (const name of ['slow', 'fast', 'fast']) {
                const { status, body } = await socket.response();
                assert.equal(status, 200);
                assert.deepEqual(JSON.parse(body), { name });
            }
            socket.destroy();
        });

        scenario('chunked body, split between any two bytes (HTTP-1)', async (stage) => {
            const { service, gateway } = stage;
            service.answer('access.test.model', { result: full });
            service.answer('call.test.model.method', ({ payload }) => ({ result: payload.params }));
            const chunks = '8;ext=1\r\n{"value"\r\n4\r\n:42}\r\n0\r\nTrailer: x\r\n\r\n';
            const request = post(gateway, 'Transfer-Encoding: chunked\r\n', chunks);
            const socket = await RawSocket.connect(gateway);
            socket.socket.setNoDelay(true);
            for (const byte of request) {
                await new Promise((resolve) => socket.socket.write(byte, resolve));
            }
            const { status, body } = await socket.response();
            assert.equal(status, 200);
            assert.deepEqual(JSON.parse(body), { value: 42 });
            socket.destroy();
        });

        scenario('Expect: 100-continue (HTTP-1)', async (stage) => {
            const { service, gateway } = stage;
            service.answer('access.test.model', { result: full });
            service.answer('call.test.model.method', { result: null });
            const socket = await RawSocket.connect(gateway);
            socket.write(post(gateway, 'Expect: 100-continue\r\nContent-Length: 2\r\n', ''));
            assert.match(await socket.head(), /^HTTP\/1\.1 100 /);
            socket.write('{}');
            assert.match(await socket.head(), /^HTTP\/1\.1 204 /);
            socket.destroy();
        });

        const tooLarge = { code: 'system.requestTooLarge', message: 'Request too large' };

        scenario('oversized body: 413 without reading it (HTTP-63)', async (stage) => {
            const { service, gateway } = stage;
            const announced = await RawSocket.connect(gateway);
            announced.write(post(gateway, 'Content-Length: 1048577\r\n', ''));
            const response = await announced.response();
            assert.equal(response.status, 413);
            assert.match(response.head, /^connection: close\r$/im);
            assert.match(response.head, /^access-control-allow-origin: \*\r$/im);
            assert.deepEqual(JSON.parse(response.body), tooLarge);
            await announced.end();

            const chunked = await RawSocket.connect(gateway);
            const chunks = `10000\r\n${'x'.repeat(0x10000)}\r\n`.repeat(16) + '1\r\nx\r\n';
            chunked.write(post(gateway, 'Transfer-Encoding: chunked\r\n', chunks));
            assert.equal((await chunked.response()).status, 413);
            await chunked.end();
            assert.deepEqual(service.seen, []);
            await stage.connect();
        });

        // The API, a route of its own, a mapped method that is not mapped, and two that are refused.
        const unwanted = [
            ['GET', '/api/test/model', 200],
            ['HEAD', '/api/test/model', 200],
            ['OPTIONS', '/api/test/model', 200],
            ['PUT', '/api/test/model', 405],
            ['POST', '/api/test/model/', 404],
            ['GET', '/elsewhere', 404],
            ['POST', '/', 400],
        ];
        const bounded = { args: ['--maxmessagesize', '1000'] };

        scenario('HTTP-6: a body that nobody wants is dropped, and the connection lives on', bounded, async (stage) => {
            stage.service.serve(fixtures);
            const host = `Host: ${stage.gateway.host}\r\n`;
            for (const [method, path, status] of unwanted) {
                for (const [framing, body] of [
                    ['Content-Length: 1000', 'x'.repeat(1000)],
                    ['Transfer-Encoding: chunked', `3e8\r\n${'x'.repeat(1000)}\r\n0\r\n\r\n`],
                ]) {
                    const socket = await RawSocket.connect(stage.gateway);
                    socket.write(`${method} ${path} HTTP/1.1\r\n${host}${framing}\r\n\r\n${body}`);
                    const head = method === 'HEAD' ? await socket.head() : (await socket.response()).head;
                    assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), `${method} ${path} ${framing}`);
                    assert.doesNotMatch(head, /^connection: close/im, `${method} ${path} ${framing}`);
                    socket.write(`GET /api/test/collection HTTP/1.1\r\n${host}\r\n`);
                    assert.deepEqual(JSON.parse((await socket.response()).body), C);
                    socket.destroy();
                }
            }
        });

        scenario('HTTP-6: one that is too long is not read', bounded, async (stage) => {
            stage.service.serve(fixtures);
            for (const [method, path, status] of unwanted) {
                const socket = await RawSocket.connect(stage.gateway);
                socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${stage.gateway.host}\r\nContent-Length: 1001\r\n\r\n`);
                const head = method === 'HEAD' ? await socket.head() : (await socket.response()).head;
                assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), `${method} ${path}`);
                assert.match(head, /^connection: close\r$/im, `${method} ${path}`);
                await socket.end();
            }
        });

        scenario('requests the HTTP layer refuses (HTTP-5)', async (stage) => {
            const { gateway } = stage;
            const host = `Host: ${gateway.host}\r\n`;
            const cases = [
                [
                    431,
                    `GET /api/test/model HTTP/1.1\r\n${host}X-Long: ${'x'.repeat(16384)}\r\n\r\n`,
                ],
                [431, `GET /api/${'x'.repeat(16384)} HTTP/1.1\r\n${host}\r\n`],
                [400, `GET /api/test/model HTTP/1.1\r\n\r\n`],
                [400, `GET /api/test model HTTP/1.1\r\n${host}\r\n`],
                [400, `GET /api/test/%zz HTTP/1.1\r\n${host}\r\n`],
                [400, `GET\r\n\r\n`],
                [400, `GET /api/test/model HTTP/1.1\r\n${host}No colon\r\n\r\n`],
                [400, `GET api/test/model HTTP/1.1\r\n${host}\r\n`],
                [400, `GET /api/test/model X\r\n\r\n`],
                [400, `GET /api/test/model HTTP/1.1\r\nHost: a b\r\n\r\n`],
                [400, `GET /api/test/model HTTP/1.1\r\n${host}${host}\r\n`],
                [417, `POST /api/test/model/method HTTP/1.1\r\n${host}Expect: more\r\nContent-Length: 4\r\n\r\nnull`],
                [501, `POST /api/test/model/method HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n\r\n`],
                // Forms that make a proxy and a gateway see different requests
                [400, `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
                [400, `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`],
                [400, `POST / HTTP/1.1\r\n${host}Content-Length: +4\r\n\r\nabcd`],
                [400, `POST / HTTP/1.1\r\n${host}Content-Length : 4\r\n\r\nabcd`],
                [400, `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`],
                [400, `POST / HTTP/1.1\r\n${host}Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n`],
                [400, `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
                [400, `GET / HTTP/1.1\r\n${host}X: a\rX-B: b\r\n\r\n`],
                [400, `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`],
            ];
            for (const [status, request] of cases) {
                const socket = await RawSocket.connect(gateway);
                socket.write(request);
                const response = await socket.response();
                assert.equal(response.status, status, request.slice(0, 60));
                assert.match(response.head, /^connection: close\r$/im);
                await socket.end();
            }
            await stage.connect();
        });
    },
    [1],
);
