import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { freePort } from '../integration/harness/gateway.js';
import { output, packageFile, root, run } from './package.js';

/** A fresh Debian 12 in a directory, with the package lying in it, not yet installed. */
export class Tree {
    /** Throws if none can be made here, with the reason. */
    static make(name) {
        const path = `${root}build/package-test/${name}`;
        rmSync(path, { recursive: true, force: true });
        mkdirSync(path, { recursive: true });
        // Its first run takes minutes.
        const { status, stderr, error } = spawnSync(`${root}scripts/debian-tree`, [path], {
            encoding: 'utf8',
            timeout: 600_000,
        });
        if (status !== 0) {
            throw new Error(stderr?.trim() || String(error));
        }
        return new Tree(path);
    }

    constructor(path) {
        this.path = path;
        copyFileSync(packageFile, `${path}/resgate.deb`);
    }

    read(name) {
        return readFileSync(this.path + name, 'utf8');
    }

    write(name, text) {
        writeFileSync(this.path + name, text);
    }

    /** Whether the package is there in any form: files, links, and what dpkg and systemd remember of it. */
    traces() {
        rmSync(`${this.path}/resgate.deb`);
        const found = output('find', [this.path, '-xdev', '-name', '*resgate*']);
        copyFileSync(packageFile, `${this.path}/resgate.deb`);
        return found.split('\n').filter((line) => line !== '');
    }

    remove() {
        rmSync(this.path, { recursive: true, force: true });
    }

    /** Sets properties of the installed configuration file, as an administrator would. */
    async configure(natsUrl) {
        const [port, metricsPort] = [await freePort(), await freePort()];
        const name = '/etc/resgate/resgate.json';
        const text = this.read(name)
            .replace('"nats://127.0.0.1:4222"', JSON.stringify(natsUrl))
            .replace('"0.0.0.0"', '"127.0.0.1"')
            .replace('"port": 8080', `"port": ${port}`)
            .replace('"metricsPort": 0', `"metricsPort": ${metricsPort}`);
        this.write(name, text);
        return { text, gateway: { host: `127.0.0.1:${port}`, port, wsUrl: `ws://127.0.0.1:${port}` }, metricsPort };
    }
}

export const aptGet = (...args) => [
    'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y', '--no-install-recommends', ...args,
];

/**
 * `aptGet` with what it prints in the error. Its lists are those of the day the tree was made; it is tried
 * once more with new ones.
 */
export function install(command, args = []) {
    const attempt = () => run(command, [...args, ...aptGet('install', '/resgate.deb')]);
    let result = attempt();
    if (result.status !== 0) {
        run(command, [...args, ...aptGet('update')]);
        result = attempt();
    }
    if (result.status !== 0) {
        throw new Error(result.out + result.err);
    }
}
