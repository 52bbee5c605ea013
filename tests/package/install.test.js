// The package installed into a fresh Debian 12, and its program run there, in a chroot: without systemd.
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { startNatsServer } from '../integration/harness/nats-server.js';
import { http } from '../integration/harness/http.js';
import { Process } from '../integration/harness/process.js';
import { RawClient } from '../integration/harness/raw-client.js';
import { Service } from '../integration/harness/service.js';
import { output, packageFile, run } from './package.js';
import { aptGet, install, Tree } from './tree.js';

describe('the package in a fresh Debian 12', () => {
    let tree;
    let nats;
    let unable;
    const inside = (...command) => output('chroot', [tree.path, ...command]);
    before(async () => {
        try {
            tree = Tree.make('chroot');
        } catch (error) {
            unable = `no tree to install into: ${error.message}`;
            return;
        }
        nats = await startNatsServer();
    });
    after(async () => {
        await nats?.stop();
        tree?.remove();
    });
    /** A test that needs the tree; those after the first need what those before have left. */
    const step = (title, body) => test(title, (t) => (unable ? t.skip(unable) : body(t)));

    step('installs with what it depends on, and starts nothing', () => {
        install('chroot', [tree.path]);
        assert.equal(inside('dpkg-query', '-W', '-f', '${Status}', 'resgate'), 'install ok installed');
        assert.match(inside('resgate', '--version'), /^resgate {2}v\d+\.\d+\.\d+\nprotocol v1\.2\.3\n$/);
        const file = statSync(`${tree.path}/etc/resgate/resgate.json`);
        assert.deepEqual([file.mode & 0o777, file.uid, file.gid], [0o640, 0, 0]);
        assert.ok(!existsSync(`${tree.path}/etc/systemd/system/multi-user.target.wants/resgate.service`));
    });

    step('its unit is sound, and well shut off', () => {
        const { status, out, err } = run('systemd-analyze', ['verify', `--root=${tree.path}`, '--man=no', 'resgate.service']);
        const faults = (out + err).split('\n').filter((line) => /resgate/.test(line));
        assert.deepEqual(faults, [], `status ${status}`);
        // An exposure of 10 is a service without any protection; most of Debian's are at 9.
        output('systemd-analyze', ['security', '--offline=true', `--root=${tree.path}`, '--threshold=20', 'resgate.service']);
    });

    let configured;
    step('the program serves with the installed configuration file', async () => {
        configured = await tree.configure(nats.url);
        const { gateway, metricsPort } = configured;
        const service = await Service.start(nats);
        service.serve({ 'test.model': { model: { a: 1 } } });
        const started = Date.now();
        const process = new Process('chroot', [tree.path, '/usr/bin/resgate', '--config', '/etc/resgate/resgate.json']);
        await process.line(/ \[INF\] Server ready$/);
        assert.ok(Date.now() - started < 2000);

        assert.equal((await http({ port: metricsPort }, 'GET', '/readyz')).status, 200);
        assert.deepEqual((await http(gateway, 'GET', '/api/test/model')).json, { a: 1 });
        const client = await RawClient.connect(gateway);
        const id = client.request('subscribe.test.model');
        await client.expectResult(id, { models: { 'test.model': { a: 1 } } });
        service.event('test.model.change', { values: { a: 2 } });
        await client.expectEvent('test.model.change', { values: { a: 2 } });

        assert.equal(await process.stop(), 0);
        assert.equal(await client.closed, 1001);
        await service.stop();
    });

    step('CONF-27: a changed configuration file survives start, upgrade and removal', () => {
        const name = '/etc/resgate/resgate.json';
        assert.equal(tree.read(name), configured.text);
        inside('dpkg', '--install', '/resgate.deb');
        assert.equal(tree.read(name), configured.text);
        inside(...aptGet('remove', 'resgate'));
        assert.equal(tree.read(name), configured.text);
        assert.ok(!existsSync(`${tree.path}/usr/bin/resgate`));
    });

    step('nothing is left after a purge, also of a service that was enabled', () => {
        inside('dpkg', '--install', '/resgate.deb');
        inside('systemctl', 'enable', 'resgate.service');
        assert.ok(tree.traces().some((path) => path.endsWith('multi-user.target.wants/resgate.service')));
        inside(...aptGet('purge', 'resgate'));
        assert.deepEqual(tree.traces(), []);
    });

    step('what it left behind could be found', () => {
        // Or the step before would prove nothing.
        assert.ok(output('dpkg-deb', ['-c', packageFile]).split('\n').some((line) => line.endsWith('/resgate.service')));
    });
});
