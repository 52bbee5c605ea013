// Authentication and TLS towards NATS, against real servers set up that way (part 71, section 4).
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { credsAuthenticator, nkeyAuthenticator } from 'nats';
import { CertificateAuthority } from './harness/certificates.js';
import { within } from './harness/deadline.js';
import { logOf, runGateway, startGateway } from './harness/gateway.js';
import { assertJson, http } from './harness/http.js';
import { startNatsServer } from './harness/nats-server.js';
import { NKey, Operator, decoratedCredentials } from './harness/nkeys.js';
import { RawClient } from './harness/raw-client.js';
import { Service } from './harness/service.js';

let directory;
before(() => {
    directory = mkdtempSync(join(tmpdir(), 'nats-security-'));
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** Writes a file of the test and returns its path. */
function file(name, text) {
    const path = join(directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
}

function assertSecret(lines, secrets) {
    for (const secret of secrets) {
        assert.ok(secret.length > 3);
        assert.ok(!lines.some((line) => line.includes(secret)), `logged: ${secret}`);
    }
}

/** A gateway with these options gets through, and serves a resource of a service of that server. */
async function accepted(nats, args, { url = nats.url, secrets = [] } = {}) {
    const service = await Service.start(nats);
    service.serve({ 'test.model': { model: { a: 1 } } });
    const gateway = await startGateway({ url }, args);
    assertJson(await http(gateway, 'GET', '/api/test/model'), 200, { a: 1 });
    await gateway.stop();
    await service.stop();
    assertSecret(gateway.log, secrets);
}

/** A gateway with these options ends at the start, for that reason (OPS-5). */
async function refused(url, args, reason, secrets = []) {
    const { status, lines } = await runGateway('-n', url, '-i', '127.0.0.1', '-DV', ...args);
    assert.equal(status, 1);
    const last = lines.at(-1).replace('Failed to start server: ', '');
    if (typeof reason === 'string') {
        assert.equal(last, reason);
    } else {
        assert.match(last, reason);
    }
    const plain = lines.filter((line) => !line.startsWith('[DBG]'));
    assert.deepEqual(plain.slice(-4), [
        `[ERR] Problem encountered: ${last}`,
        '[INF] Stopping server...',
        '[INF] Server stopped',
        `Failed to start server: ${last}`,
    ]);
    assert.equal(lines.filter((line) => line.startsWith('[ERR]')).length, 1);
    assertSecret(lines, secrets);
}

const violation = 'nats: Authorization Violation';

/** A group of tests with one server; `setUp` returns how to start it, and `define` is given it later. */
function withServer(name, setUp, define) {
    describe(name, () => {
        const place = {};
        before(async () => {
            Object.assign(place, setUp());
            place.nats = await startNatsServer(place);
        });
        after(() => place.nats?.stop());
        define(place);
    });
}

withServer(
    'user and password',
    () => ({
        config: 'authorization { user: "gate way", password: "s3cret@:" }',
        client: { user: 'gate way', pass: 's3cret@:' },
    }),
    (place) => {
        const secrets = ['s3cret', 'wr0ng'];
        const url = (login) => place.nats.url.replace('//', `//${login}@`);

        test('OPS-40, OPS-3, NTX-2 are taken from the URL', () =>
            accepted(place.nats, [], { url: url('gate%20way:s3cret%40%3A'), secrets }));

        test('OPS-42, OPS-5 a wrong password', () =>
            refused(url('gate%20way:wr0ng'), [], violation, secrets));

        test('OPS-42 a wrong user', () =>
            refused(url('wr0ng:s3cret%40%3A'), [], violation, ['s3cret']));

        test('OPS-42 no credentials', () => refused(place.nats.url, [], violation));
    },
);

withServer(
    'token',
    () => ({ config: 'authorization { token: "t0ken-of-all" }', client: { token: 't0ken-of-all' } }),
    (place) => {
        const secrets = ['t0ken', 'other-token'];
        const url = (login) => place.nats.url.replace('//', `//${login}@`);

        test('OPS-40, OPS-3, NTX-2 is taken from the URL', () =>
            accepted(place.nats, [], { url: url('t0ken-of-all'), secrets }));

        test('OPS-42 a wrong token', () => refused(url('other-token'), [], violation, secrets));

        test('OPS-42 no token', () => refused(place.nats.url, [], violation));
    },
);

withServer(
    'NKey',
    () => {
        const user = new NKey('user');
        return {
            user,
            config: `authorization { users: [{ nkey: ${user.publicKey} }] }`,
            client: { authenticator: nkeyAuthenticator(new TextEncoder().encode(user.seed)) },
        };
    },
    (place) => {
        const creds = (seed) => ['--creds', file('nkey.creds', seed)];

        test('OPS-43 is read from a file with nothing else', () =>
            accepted(place.nats, creds(`${place.user.seed}\n`), { secrets: [place.user.seed] }));

        test('OPS-42 a wrong NKey', () => {
            const { seed } = new NKey('user');
            return refused(place.nats.url, creds(seed), violation, [seed]);
        });

        test('OPS-43 the NKey of an account', () => {
            const { seed } = new NKey('account');
            const args = creds(seed);
            const reason = `nats: the nkey seed is not that of a user in ${args[1]}`;
            return refused(place.nats.url, args, reason, [seed]);
        });
    },
);

withServer(
    'credentials file with a JWT',
    () => {
        const operator = new Operator();
        const client = {
            authenticator: credsAuthenticator(new TextEncoder().encode(operator.user().text)),
        };
        return { operator, config: operator.config, client };
    },
    (place) => {
        const secretsOf = ({ jwt, seed }) => [jwt, seed, jwt.split('.')[2]];
        const creds = ({ text }) => ['--creds', file('user.creds', text)];
        const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

        test('OPS-43 lets the user in, and is not logged', () => {
            const user = place.operator.user({ expires: inAnHour() });
            return accepted(place.nats, creds(user), { secrets: secretsOf(user) });
        });

        test('OPS-43 may be without decoration', () => {
            const user = place.operator.user();
            const text = `${user.jwt}\r\n${user.seed}\r\n`;
            return accepted(place.nats, creds({ text }), { secrets: secretsOf(user) });
        });

        const wrong = {
            'OPS-42 issued by an account the server does not know': () =>
                place.operator.user({ issuer: new NKey('account') }),
            'OPS-42 issued by an account of another operator': () => new Operator().user(),
            'OPS-42 expired': () => place.operator.user({ expires: inAnHour() - 7200 }),
            'OPS-42 with the seed of somebody else': () =>
                place.operator.user({ seed: new NKey('user').seed }),
            'OPS-42 with a signature that is not the issuer’s': () => {
                const user = place.operator.user();
                const [head, body] = user.jwt.split('.');
                const jwt = [head, body, place.operator.user().jwt.split('.')[2]].join('.');
                return { jwt, seed: user.seed, text: decoratedCredentials(jwt, user.seed) };
            },
            'OPS-42 with rights changed afterwards': () => {
                const user = place.operator.user();
                const [head, body, signature] = user.jwt.split('.');
                const claims = JSON.parse(Buffer.from(body, 'base64url'));
                claims.nats.subs = 7;
                const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
                const jwt = [head, changed, signature].join('.');
                return { jwt, seed: user.seed, text: decoratedCredentials(jwt, user.seed) };
            },
        };
        for (const [title, make] of Object.entries(wrong)) {
            test(title, () => {
                const user = make();
                return refused(place.nats.url, creds(user), violation, secretsOf(user));
            });
        }

        test('OPS-42 no credentials', () => refused(place.nats.url, [], violation));

        test('OPS-43 a file without a seed, and one with half a seed', async () => {
            const user = place.operator.user();
            let args = creds({ text: user.jwt });
            const path = args[1];
            await refused(place.nats.url, args, `nats: no nkey seed found in ${path}`, [user.jwt]);
            const half = user.seed.slice(0, 30);
            args = creds({ text: decoratedCredentials(user.jwt, half) });
            await refused(place.nats.url, args, `nats: invalid nkey seed in ${path}`, [half]);
        });

        test('OPS-43 a file that does not exist', () => {
            const path = join(directory, 'missing.creds');
            const reason = `nats: open ${path}: no such file or directory`;
            return refused(place.nats.url, ['--creds', path], reason);
        });

        test('OPS-43 an unreachable server is reported before a missing file', () => {
            const args = ['--creds', join(directory, 'missing.creds')];
            return refused('127.0.0.1:1', args, 'nats: no servers available for connection');
        });

        test('OPS-31, OPS-30 ends when the authorization expires', async () => {
            const expires = Math.floor(Date.now() / 1000) + 3;
            const user = place.operator.user({ expires });
            const gateway = await startGateway(place.nats, creds(user));
            const client = await RawClient.connect(gateway);
            assert.equal(await within(gateway.process.ended, 'the expiry', 10000), 1);
            assert.ok(Date.now() >= expires * 1000 - 1000);
            assert.equal(await within(client.closed, 'the end of the client'), 1001);
            const lines = logOf(gateway.process);
            assert.deepEqual(
                lines.filter((line) => line.startsWith('[ERR]')),
                [
                    '[ERR] nats: User Authentication Expired',
                    '[ERR] Problem encountered: lost NATS connection: EOF',
                ],
            );
            const last = 'Server stopped with an error: lost NATS connection: EOF';
            assert.equal(lines.at(-1), last);
            assertSecret(lines, secretsOf(user));
        });
    },
);

describe('a credentials file towards a server that asks for none', () => {
    test('OPS-43 is read all the same', async () => {
        const nats = await startNatsServer();
        const { seed } = new NKey('user');
        await accepted(nats, ['--creds', file('unasked.creds', seed)], { secrets: [seed] });
        const path = join(directory, 'missing.creds');
        const reason = `nats: open ${path}: no such file or directory`;
        await refused(nats.url, ['--creds', path], reason);
        await nats.stop();
    });
});

/** The TLS part of a server's configuration. */
const tls = ({ cert, key }, more = '') =>
    `tls { cert_file: "${cert}", key_file: "${key}", timeout: 5 ${more} }\n`;

const notAccepted = (why, host = '127.0.0.1') =>
    `nats: TLS: the certificate of ${host} is not accepted: ${why}`;

withServer(
    'TLS',
    () => {
        const ca = new CertificateAuthority(directory, 'ca');
        const server = ca.issue('server', 'IP:127.0.0.1,DNS:localhost');
        return {
            ca,
            args: ['-m', '-1'],
            config: tls(server) + 'authorization { user: u, password: "pa55word" }',
            client: { tls: { caFile: ca.file }, user: 'u', pass: 'pa55word' },
        };
    },
    (place) => {
        const url = (scheme, host = '127.0.0.1') =>
            `${scheme}://u:pa55word@${host}:${place.nats.port}`;
        const secrets = ['pa55word'];
        const trusting = (...files) => files.flatMap((path) => ['--natsrootca', path]);

        for (const scheme of ['tls', 'nats']) {
            test(`OPS-45, OPS-40 with a CA of one's own, ${scheme}://`, () =>
                accepted(place.nats, trusting(place.ca.file), { url: url(scheme), secrets }));
        }

        test('OPS-45 the name of the host counts as well as its address', () =>
            accepted(place.nats, trusting(place.ca.file), { url: url('tls', 'localhost') }));

        test('OPS-45 one of several CAs is enough', () => {
            const other = new CertificateAuthority(directory, 'other');
            return accepted(place.nats, trusting(other.file, place.ca.file), { url: url('tls') });
        });

        test('OPS-45 an unknown CA', () => {
            const other = new CertificateAuthority(directory, 'unknown');
            const reason = notAccepted('unable to get local issuer certificate');
            return refused(url('tls'), trusting(other.file), reason, secrets);
        });

        test('OPS-45 the CAs of the system, TLS because the server requires it', () =>
            refused(
                url('nats'),
                [],
                notAccepted('unable to get local issuer certificate'),
                secrets,
            ));

        test('OPS-42 a wrong password over TLS', () =>
            refused(
                url('tls').replace('pa55word', 'wr0ng'),
                trusting(place.ca.file),
                violation,
                ['wr0ng'],
            ));

        test('OPS-45 a CA file that cannot be read, or holds no certificate', async () => {
            const missing = join(directory, 'missing.pem');
            await refused(
                '127.0.0.1:1',
                trusting(place.ca.file, missing),
                `nats: error loading or parsing rootCA file: open ${missing}: no such file or directory`,
            );
            const path = file('empty.pem', 'no certificate\n');
            const reason = `nats: failed to parse root certificate from "${path}"`;
            await refused('127.0.0.1:1', trusting(path), reason);
        });

        test('OPS-30 ends when a server with TLS is killed', async () => {
            const nats = await startNatsServer(place);
            const gateway = await startGateway(
                { url: `tls://u:pa55word@127.0.0.1:${nats.port}` },
                trusting(place.ca.file),
            );
            await nats.stop('SIGKILL');
            assert.equal(await within(gateway.process.ended, 'the end of the gateway'), 1);
            // A reset, if the server had not read everything.
            const last = /^Server stopped with an error: lost NATS connection: (EOF|read: Connection reset by peer)$/;
            assert.match(logOf(gateway.process).at(-1), last);
        });

        test('OPS-45 a certificate for another host, and one that has expired', async () => {
            const cases = [
                [place.ca.issue('elsewhere', 'IP:127.0.0.2,DNS:nats.test'), 'IP address mismatch'],
                [place.ca.issue('old', 'IP:127.0.0.1', { days: -1 }), 'certificate has expired'],
            ];
            for (const [certificate, why] of cases) {
                const nats = await startNatsServer({ config: tls(certificate) });
                await refused(nats.url, trusting(place.ca.file), notAccepted(why));
                await nats.stop();
            }
        });

        test('OPS-41, NTX-1 goes on to a server that it can trust', async () => {
            const certificate = place.ca.issue('elsewhere', 'IP:127.0.0.2');
            const other = await startNatsServer({ config: tls(certificate) });
            const plain = await startNatsServer();
            const urls = [other.url, url('nats'), plain.url].join(',');
            for (let attempt = 0; attempt < 3; ++attempt) {
                // The plain server does not offer what the CAs demand.
                const options = { url: urls, secrets };
                await accepted(place.nats, trusting(place.ca.file), options);
            }
            await Promise.all([other.stop(), plain.stop()]);
        });
    },
);

describe('TLS that is not offered', () => {
    test('OPS-42 by scheme and by settings', async () => {
        const ca = new CertificateAuthority(directory, 'unused');
        const own = ca.issue('unused-client', 'DNS:client');
        const nats = await startNatsServer();
        const reason = 'nats: secure connection not available';
        await refused(nats.url.replace('nats:', 'tls:'), [], reason);
        await refused(`${nats.url}, tls://127.0.0.1:1`, [], reason);
        await refused(nats.url, ['--natsrootca', ca.file], reason);
        await refused(nats.url, ['--natscert', own.cert, '--natskey', own.key], reason);
        await nats.stop();
    });
});

withServer(
    'client certificate',
    () => {
        const ca = new CertificateAuthority(directory, 'client-ca');
        const server = ca.issue('verifying', 'IP:127.0.0.1,DNS:localhost');
        const client = ca.issue('client', 'DNS:client');
        return {
            ca,
            own: ['--natsrootca', ca.file, '--natscert', client.cert, '--natskey', client.key],
            certificate: client,
            config: tls(server, `, ca_file: "${ca.file}", verify: true`),
            client: { tls: { caFile: ca.file, certFile: client.cert, keyFile: client.key } },
        };
    },
    (place) => {
        test('OPS-44 is shown to the server', () => accepted(place.nats, place.own));

        test('OPS-44 is missing', () =>
            refused(place.nats.url, ['--natsrootca', place.ca.file], /^nats: TLS: .*certificate/));

        test('OPS-44 is of another CA, or has expired', async () => {
            const other = new CertificateAuthority(directory, 'stranger');
            for (const { cert, key } of [
                other.issue('stranger-client', 'DNS:client'),
                place.ca.issue('expired-client', 'DNS:client', { days: -1 }),
            ]) {
                const args = ['--natsrootca', place.ca.file, '--natscert', cert, '--natskey', key];
                await refused(place.nats.url, args, /^nats: TLS: .*certificate/);
            }
        });

        test('OPS-44 and its key belong together', async () => {
            const { cert, key } = place.certificate;
            const options = ['--natscert', cert, '--natskey', key];
            // Nothing listens there, and nobody finds out.
            const nowhere = '127.0.0.1:1';
            await refused(nowhere, options.slice(0, 2), 'missing --natskey file option');
            await refused(nowhere, options.slice(2), 'missing --natscert file option');
            const other = place.ca.issue('another', 'DNS:client');
            await refused(
                nowhere,
                ['--natscert', cert, '--natskey', other.key],
                `nats: error loading client certificate: ${other.key}: key values mismatch`,
            );
            const missing = join(directory, 'missing.key');
            await refused(
                nowhere,
                ['--natscert', cert, '--natskey', missing],
                `nats: error loading client certificate: open ${missing}: no such file or directory`,
                [readFileSync(key, 'utf8').split('\n')[1]],
            );
        });
    },
);
