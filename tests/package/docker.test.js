// The image of packaging/docker, as far as that can be checked without a container engine: what its Dockerfile would
// run is run in a chroot.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CertificateAuthority } from '../integration/harness/certificates.js';
import { freePort } from '../integration/harness/gateway.js';
import { http } from '../integration/harness/http.js';
import { startNatsServer } from '../integration/harness/nats-server.js';
import { Process } from '../integration/harness/process.js';
import { Service } from '../integration/harness/service.js';
import { output, packageFile, root, run } from './package.js';
import { Tree } from './tree.js';

const directory = `${root}packaging/docker/`;
const yaml = (file) => {
    const program = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))';
    return JSON.parse(output('/usr/bin/python3', ['-c', program, file]));
};
const hasYaml = run('/usr/bin/python3', ['-c', 'import yaml']).status === 0;

/** The stages of a Dockerfile, each a list of `[INSTRUCTION, arguments]`. */
function stagesOf(text) {
    const lines = text.replaceAll(/^#.*\n/gm, '').replaceAll('\\\n', ' ').split('\n');
    const instructions = lines.filter((line) => line.trim() !== '').map((line) => /^(\w+) +(.*)$/.exec(line).slice(1));
    const stages = [];
    for (const [instruction, rest] of instructions) {
        if (instruction === 'FROM') {
            stages.push([]);
        }
        stages.at(-1).push([instruction, rest]);
    }
    return stages;
}

describe('the image', () => {
    const [build, final] = stagesOf(readFileSync(`${directory}Dockerfile`, 'utf8'));
    const of = (stage, wanted) => stage.filter(([instruction]) => instruction === wanted).map(([, rest]) => rest);
    let tree;
    let unable;
    before(() => {
        try {
            tree = Tree.make('image');
        } catch (error) {
            unable = `no tree to install into: ${error.message}`;
        }
    });
    after(() => tree?.remove());
    const step = (title, body) => test(title, { timeout: 60_000 }, (t) => (unable ? t.skip(unable) : body(t)));

    test('the Dockerfile copies and runs what exists', () => {
        const copied = [...of(build, 'COPY'), ...of(final, 'COPY')].map((rest) => rest.replace(/^--\S+ /, '').split(' ')[0]);
        assert.ok(copied.includes('scripts/packages.sh'));
        assert.ok(copied.every((path) => existsSync(root + path)), copied.join());
        const commands = of(build, 'RUN').map((rest) => rest.split(' ')[0]);
        assert.deepEqual(commands, ['scripts/packages.sh', 'scripts/package']);
        assert.ok(commands.every((path) => existsSync(root + path)));
    });

    step('the commands of its last stage install the gateway', () => {
        const [command] = of(final, 'RUN');
        const mount = /^--mount=type=bind,from=build,source=\/source\/build\/package,target=(\/\w+) +/.exec(command);
        mkdirSync(`${tree.path}${mount[1]}`);
        copyFileSync(packageFile, `${tree.path}${mount[1]}/${basename(packageFile)}`);
        output('chroot', [tree.path, 'sh', '-c', command.slice(mount[0].length)]);
        const [flag, source, target] = of(final, 'COPY')[0].split(' ');
        assert.equal(flag, '--chmod=755');
        copyFileSync(root + source, tree.path + target);
        output('chmod', ['755', tree.path + target]);
    });

    step('it runs as nobody, and its health check tells whether it is ready', async (t) => {
        const nats = await startNatsServer();
        t.after(() => nats.stop());
        const [user] = of(final, 'USER');
        const [entry] = of(final, 'ENTRYPOINT').map((text) => JSON.parse(text));
        const [check] = of(final, 'HEALTHCHECK').map((text) => JSON.parse(/CMD (.*)$/.exec(text)[1]));
        assert.deepEqual([check[1], entry.slice(1)], ['8090', ['--metricsport', '8090']]);
        const [port, metricsPort] = [await freePort(), String(await freePort())];
        const health = () => run('chroot', [`--userspec=${user}`, tree.path, check[0], metricsPort]);
        assert.equal(health().status, 1);

        const options = ['--nats', nats.url, '--port', String(port), '--metricsport', metricsPort];
        const gateway = new Process('chroot', [`--userspec=${user}`, tree.path, ...entry, ...options]);
        await gateway.line(/ \[INF\] Server ready$/);
        assert.deepEqual(health(), { status: 0, out: 'ready\n', err: '' });

        // A request that waits for its service keeps the shutdown from ending.
        const service = await Service.start(nats);
        t.after(() => service.stop());
        const pending = http({ port }, 'GET', '/api/test/model');
        const access = await service.expect('access.test.model');
        const get = await service.expect('get.test.model');
        gateway.child.kill('SIGTERM');
        await gateway.line(/ \[INF\] Stopping server\.\.\.$/);
        assert.deepEqual(health(), { status: 1, out: 'shutting down\n', err: '' });
        access.result({ get: true });
        get.result({ model: {} });
        assert.equal((await pending).status, 200);
        assert.equal(await gateway.ended, 0);
    });

    step('its health check works with TLS', async (t) => {
        const nats = await startNatsServer();
        t.after(() => nats.stop());
        const certificates = mkdtempSync(`${tree.path}/tmp/certificates-`);
        const { cert, key } = new CertificateAuthority(certificates).issue('gateway', 'DNS:gateway.example');
        output('chmod', ['-R', 'a+rX', certificates]);
        const [user] = of(final, 'USER');
        const [entry] = of(final, 'ENTRYPOINT').map((text) => JSON.parse(text));
        const [port, metricsPort] = [await freePort(), String(await freePort())];
        const health = () => run('chroot', [`--userspec=${user}`, tree.path, 'resgate-healthcheck', metricsPort]);
        const inside = (path) => path.slice(tree.path.length);
        const options = ['--nats', nats.url, '--port', String(port), '--metricsport', metricsPort];
        const tls = ['--tls', '--tlscert', inside(cert), '--tlskey', inside(key)];
        const gateway = new Process('chroot', [`--userspec=${user}`, tree.path, ...entry, ...options, ...tls]);
        await gateway.line(/ \[INF\] Server ready$/);
        assert.deepEqual(health(), { status: 0, out: 'ready\n', err: '' });
        assert.equal(await gateway.stop(), 0);
        assert.equal(health().status, 1);
    });

    test('the compose file starts it next to a NATS server', (t) => {
        if (!hasYaml) {
            return t.skip('python3-yaml is not installed');
        }
        const { services } = yaml(`${directory}docker-compose.yml`);
        assert.deepEqual(Object.keys(services), ['nats', 'resgate']);
        const { build: source, command, depends_on: needs } = services.resgate;
        assert.ok(existsSync(`${directory}${source.context}/${source.dockerfile}`));
        assert.deepEqual(needs, ['nats']);
        assert.deepEqual(command, ['--nats', 'nats://nats:4222']);
        // The options are some of the gateway's: it fails only because there is no such server here.
        const { status, err } = run(`${root}build/release/resgate`, [command[0], command[1].replace('//nats:', '//127.0.0.1:').replace('4222', '1')]);
        assert.equal(status, 1);
        assert.match(err, /no servers available for connection/);
    });
});
