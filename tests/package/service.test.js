// The package as a service under systemd: a Debian 12 is booted in a container, with the unit's hardening in force.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { until } from '../integration/harness/deadline.js';
import { freePort } from '../integration/harness/gateway.js';
import { http } from '../integration/harness/http.js';
import { Process } from '../integration/harness/process.js';
import { RawClient } from '../integration/harness/raw-client.js';
import { output, run } from './package.js';
import { aptGet, install, Tree } from './tree.js';

const service = 'resgate.service';

describe('the package as a service', () => {
    let tree;
    let container;
    let unable;
    let entering;
    let leader;
    let configured;
    let natsUrl;
    /** Runs a command in the container. */
    const inside = (...command) => output('nsenter', [...entering, ...command]);
    const state = (property) => inside('systemctl', 'show', '-P', property, service).trim();
    const journal = () => inside('journalctl', '--no-pager', '-o', 'cat', '-u', service);

    before(async () => {
        try {
            tree = Tree.make('container');
            const port = await freePort();
            natsUrl = `nats://127.0.0.1:${port}`;
            tree.write('/etc/nats-server.conf', `host: 127.0.0.1\nport: ${port}\n`);
            // The network is that of the machine.
            container = new Process('systemd-nspawn', [
                '--quiet', '--register=no', '--keep-unit', '--boot', '-D', tree.path,
            ]);
            const { pid } = container.child;
            await until(
                () => {
                    assert.ok(container.alive, container.lines.join('\n'));
                    // The last of the processes it starts one after the other is the container's first.
                    leader = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
                    entering = ['-t', leader, '-m', '-u', '-i', '-p', '-r', '-w'];
                    return /^(running|degraded)/.test(run('nsenter', [...entering, 'systemctl', 'is-system-running']).out);
                },
                'the container has booted',
                30_000,
            );
        } catch (error) {
            unable = `no Debian can be booted in a container here: ${error.message}`;
        }
    });
    after(async () => {
        // It outlives systemd-nspawn; with it everything in the container ends.
        if (container?.alive && /^[1-9]\d*$/.test(leader ?? '')) {
            process.kill(Number(leader), 'SIGKILL');
        }
        await container?.stop('SIGKILL');
        tree?.remove();
    });
    /** A test in the container; those after the first need what those before have left. */
    const step = (title, body) => test(title, { timeout: 60_000 }, (t) => (unable ? t.skip(unable) : body(t)));

    const ready = async () => {
        const answer = await http({ port: configured.metricsPort }, 'GET', '/readyz').catch(() => undefined);
        return answer?.status === 200;
    };

    step('installing starts and enables nothing', () => {
        install('nsenter', entering);
        assert.equal(state('ActiveState'), 'inactive');
        assert.equal(state('UnitFileState'), 'disabled');
    });

    step('starts, as nobody in particular, and serves', async () => {
        configured = await tree.configure(natsUrl);
        inside('systemctl', 'enable', '--now', service);
        await until(ready, 'the service is ready').catch((error) => {
            throw new Error(`${error.message}\n${journal()}`);
        });
        const client = await RawClient.connect(configured.gateway);
        await client.close();
        const { text } = await http({ port: configured.metricsPort }, 'GET', '/metrics');
        for (const family of ['resident_memory_bytes', 'cpu_seconds_total', 'open_fds', 'start_time_seconds']) {
            assert.match(text, new RegExp(`^process_${family} [\\d.]+$`, 'm'));
        }

        const status = inside('cat', `/proc/${state('MainPID')}/status`);
        const field = (name) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)[1];
        assert.ok(field('Uid').split('\t').every((uid) => Number(uid) >= 61184), 'a dynamic user');
        for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
            assert.equal(field(set), '0000000000000000', set);
        }
        assert.equal(field('NoNewPrivs'), '1');
        assert.equal(field('Seccomp'), '2');
        // In a container it cannot be more than the machine has allowed the container.
        assert.equal(state('LimitNOFILE'), '1048576');
    });

    step('OPS-30, OPS-5: comes back by itself when NATS is back', async () => {
        const client = await RawClient.connect(configured.gateway);
        inside('systemctl', 'stop', 'nats-server');
        assert.equal(await client.closed, 1001);
        // It has been started again and has failed at least once by then.
        await until(() => Number(state('NRestarts')) >= 2, 'the service is started again', 15_000);
        inside('systemctl', 'start', 'nats-server');
        await until(ready, 'the service is ready again', 15_000);
    });

    step('an upgrade restarts it, and it stays enabled', async () => {
        const before = state('MainPID');
        inside('dpkg', '--install', '/resgate.deb');
        await until(ready, 'the service is ready after the upgrade');
        assert.notEqual(state('MainPID'), before);
        assert.equal(state('UnitFileState'), 'enabled');
        assert.equal(tree.read('/etc/resgate/resgate.json'), configured.text);
    });

    step('stops in order', async () => {
        inside('systemctl', 'stop', service);
        assert.equal(state('Result'), 'success');
        assert.match(journal(), /Stopping server\.\.\.\n(.*\n)?.*Server stopped\n/);
    });

    step('a purge ends it and leaves nothing', () => {
        inside('systemctl', 'start', service);
        inside(...aptGet('purge', 'resgate'));
        assert.equal(run('nsenter', [...entering, 'pgrep', '-x', 'resgate']).out, '');
        assert.equal(state('LoadState'), 'not-found');
        const left = tree.traces().filter((path) => !path.includes('/var/log/journal/'));
        assert.deepEqual(left, []);
    });
});
