import { createHash, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';

// NATS keys and the JWTs made with them, written down from the format and not from the gateway's code.

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const prefixes = { operator: 14 << 3, account: 0, user: 20 << 3 };
const seedPrefix = 18 << 3;

function base32(bytes) {
    const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    return bits
        .match(/.{1,5}/g)
        .map((digit) => base32Alphabet[parseInt(digit.padEnd(5, '0'), 2)])
        .join('');
}

function withChecksum(bytes) {
    let crc = 0;
    for (const byte of bytes) {
        crc ^= byte << 8;
        for (let bit = 0; bit < 8; ++bit) {
            crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
        }
    }
    return Buffer.from([...bytes, crc & 0xff, crc >> 8]);
}

/** A key pair of an `operator`, an `account` or a `user`. */
export class NKey {
    constructor(kind) {
        this.kind = kind;
        const secret = randomBytes(32);
        const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');
        this.privateKey = createPrivateKey({
            key: Buffer.concat([pkcs8, secret]),
            format: 'der',
            type: 'pkcs8',
        });
        const spki = createPublicKey(this.privateKey).export({ format: 'der', type: 'spki' });
        const prefix = prefixes[kind];
        this.publicKey = base32(withChecksum([prefix, ...spki.subarray(-32)]));
        this.seed = base32(
            withChecksum([seedPrefix | (prefix >> 5), (prefix & 31) << 3, ...secret]),
        );
    }

    /** A JWT about `subject`, issued by this key; `claims` are those of NATS, `expires` a time in seconds. */
    issue(subject, claims = {}, expires = undefined) {
        const encode = (object) => Buffer.from(JSON.stringify(object)).toString('base64url');
        const now = Math.floor(Date.now() / 1000);
        const body = {
            iat: now,
            iss: this.publicKey,
            name: subject.kind,
            sub: subject.publicKey,
            nats: { type: subject.kind, version: 2, ...claims },
            ...(expires === undefined ? {} : { exp: expires }),
        };
        body.jti = base32(createHash('sha256').update(JSON.stringify(body)).digest());
        const text = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode(body)}`;
        return `${text}.${sign(null, Buffer.from(text), this.privateKey).toString('base64url')}`;
    }
}

/** The usual form of a credentials file. */
export function decoratedCredentials(jwt, seed) {
    return [
        '-----BEGIN NATS USER JWT-----',
        jwt,
        '------END NATS USER JWT------',
        '',
        '************************* IMPORTANT *************************',
        'NKEY Seed printed below can be used to sign and prove identity.',
        'NKEYs are sensitive and should be treated as secrets.',
        '',
        '-----BEGIN USER NKEY SEED-----',
        seed,
        '------END USER NKEY SEED------',
        '',
        '*************************************************************',
        '',
    ].join('\n');
}

/** An operator with one account, and the configuration of a server that trusts them. */
export class Operator {
    constructor() {
        this.key = new NKey('operator');
        this.account = new NKey('account');
        const unlimited = {
            subs: -1,
            data: -1,
            payload: -1,
            imports: -1,
            exports: -1,
            wildcards: true,
            conn: -1,
            leaf: -1,
        };
        this.config = `
            operator: ${this.key.issue(this.key)}
            resolver: MEMORY
            resolver_preload: {
                ${this.account.publicKey}: ${this.key.issue(this.account, { limits: unlimited })}
            }`;
    }

    /** The credentials of a new user, valid until `expires` in seconds since 1970. */
    user({ expires, issuer = this.account, seed } = {}) {
        const user = new NKey('user');
        const jwt = issuer.issue(user, { subs: -1, data: -1, payload: -1 }, expires);
        return { jwt, seed: seed ?? user.seed, text: decoratedCredentials(jwt, seed ?? user.seed) };
    }
}
