// What is in the Debian package, without installing it.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { isInstalled, optionsOf, output, packageFile, run } from './package.js';

describe('the package', () => {
    let directory;
    let help;
    const file = (name) => `${directory}/${name}`;
    before(() => {
        directory = mkdtempSync(`${tmpdir()}/resgate-package-`);
        output('dpkg-deb', ['-R', packageFile, directory]);
        help = output(file('usr/bin/resgate'), ['--help']);
    });
    after(() => rmSync(directory, { recursive: true }));

    test('holds these files, owned by root, changed by nobody else', () => {
        const lines = output('dpkg-deb', ['-c', packageFile]).trim().split('\n');
        const modes = Object.fromEntries(
            lines.map((line) => line.split(/\s+/)).map((words) => [words[5].slice(1), words.slice(0, 2)]),
        );
        const expected = {
            '/usr/bin/resgate': '-rwxr-xr-x',
            '/etc/resgate/resgate.json': '-rw-r-----',
            '/lib/systemd/system/resgate.service': '-rw-r--r--',
            '/usr/share/man/man1/resgate.1.gz': '-rw-r--r--',
            '/usr/share/bash-completion/completions/resgate': '-rw-r--r--',
            '/usr/share/zsh/vendor-completions/_resgate': '-rw-r--r--',
            '/usr/share/doc/resgate/copyright': '-rw-r--r--',
            '/usr/share/doc/resgate/changelog.gz': '-rw-r--r--',
            '/usr/share/doc/resgate/operations.md': '-rw-r--r--',
            '/usr/share/doc/resgate/metrics.md': '-rw-r--r--',
            '/usr/share/doc/resgate/spec/70-configuration.md': '-rw-r--r--',
            '/usr/share/doc/resgate/examples/grafana/resgate.json': '-rw-r--r--',
            '/usr/share/doc/resgate/examples/prometheus/rules.yml': '-rw-r--r--',
        };
        for (const [name, mode] of Object.entries(expected)) {
            assert.equal(modes[name]?.[0], mode, name);
        }
        assert.ok(Object.values(modes).every(([, owner]) => owner === 'root/root'));
        assert.ok(Object.values(modes).every(([mode]) => mode[8] !== 'w' && mode[5] !== 'w'));
    });

    test('names the libraries it needs and its configuration file', () => {
        const depends = output('dpkg-deb', ['-f', packageFile, 'Depends']);
        for (const library of ['libc6', 'libssl3', 'libstdc++6', 'zlib1g']) {
            assert.match(depends, new RegExp(`(^|, )${library.replaceAll('+', '\\+')} \\(>= `), depends);
        }
        assert.equal(readFileSync(file('DEBIAN/conffiles'), 'utf8'), '/etc/resgate/resgate.json\n');
    });

    test('the program is stripped, has a build id, and takes 6 MB at most', () => {
        const program = file('usr/bin/resgate');
        const sections = output('readelf', ['-SW', program]);
        assert.doesNotMatch(sections, / \.(symtab|debug_info) /);
        assert.match(output('readelf', ['-n', program]), /Build ID: [0-9a-f]{40}/);
        assert.ok(readFileSync(program).length <= 6_000_000);
        // Addresses are random, and tables of functions cannot be written to after the start.
        assert.match(output('readelf', ['-hW', program]), /Type: +DYN/);
        assert.match(output('readelf', ['-dW', program]), /BIND_NOW|FLAGS.* NOW/);
    });

    test('CONF-26: the configuration file is the one the program creates', () => {
        const created = file('created.json');
        // The server is one that cannot be there, so that nothing is started.
        const nowhere = 'nats://127.0.0.1:1';
        const { status } = run(file('usr/bin/resgate'), ['-c', created, '-n', nowhere]);
        assert.equal(status, 1);
        const text = readFileSync(created, 'utf8').replace(nowhere, 'nats://127.0.0.1:4222');
        assert.equal(readFileSync(file('etc/resgate/resgate.json'), 'utf8'), text);
    });

    test('CONF-15: the manual page renders without warnings and has all options with their texts', (t) => {
        if (!isInstalled('man')) {
            return t.skip('man is not installed');
        }
        const { status, out, err } = run('man', ['--warnings', '-P', 'cat', '-l', file('usr/share/man/man1/resgate.1.gz')], {
            env: { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '1000', MAN_KEEP_FORMATTING: '' },
        });
        assert.equal(status, 0, err);
        assert.equal(err, '');
        const page = out.replaceAll(/.\x08/g, '');
        assert.match(page, new RegExp(`resgate ${output(file('usr/bin/resgate'), ['--version']).match(/v(\S+)/)[1]} `));
        const options = optionsOf(help);
        assert.ok(options.length > 50);
        // Every line of the help text: the option, and its description.
        for (const line of help.replaceAll(/>\n +/g, '> ').split('\n').filter((each) => /^ +-/.test(each))) {
            const [, description] = line.match(/ {2}-.*?(?:>| {2,})\s*([^-<].*)$/);
            assert.ok(page.includes(description.trim()), description);
        }
        for (const option of options) {
            assert.match(page, new RegExp(`^ .*(?<![\\w-])${option}\\b`, 'm'), option);
        }
    });

    /** What bash would offer for a line whose last word is the one being completed. */
    const completions = (...words) => {
        const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }
            _resgate; printf '%s\\n' "\${COMPREPLY[@]}"`;
        const completion = file('usr/share/bash-completion/completions/resgate');
        const args = ['--norc', '-c', script, 'bash', completion, 'resgate', ...words];
        return output('bash', args, { cwd: file('DEBIAN') }).split('\n').filter((word) => word !== '');
    };

    test('bash completes all options of --help, files, and values', () => {
        assert.deepEqual(completions('-').sort(), optionsOf(help).sort());
        assert.deepEqual(completions('--metr'), ['--metricsport']);
        assert.deepEqual(completions('--config', 'contr'), ['control']);
        assert.deepEqual(completions('-c', 'contr'), ['control']);
        assert.deepEqual(completions('--tlscert', '=', 'contr'), ['control']);
        assert.deepEqual(completions('--natsrootca', '='), completions('--natsrootca', ''));
        assert.deepEqual(completions('--apiencoding', 'json'), ['json', 'jsonflat']);
        assert.deepEqual(completions('--port', ''), []);
    });

    test('zsh completes all options of --help', (t) => {
        if (!isInstalled('zsh')) {
            return t.skip('zsh is not installed');
        }
        // A shell on a terminal of its own, where the Tab key is pressed.
        const script = `
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell "PS1=; fpath=($1 \\$fpath); autoload -Uz compinit; compinit -u -d $2"
            zpty -w shell "LISTMAX=1000; stty rows 200 columns 200; zstyle ':completion:*' list-prompt ''; print DO''NE"
            zpty -r shell before '*DONE*'
            zpty -w -n shell $'resgate -\\t\\t'
            zpty -r shell listed '*--wspath*'
            zpty -r shell rest '*-DV*'
            print -r -- $listed$rest`;
        const args = ['-f', '-c', script, 'zsh', file('usr/share/zsh/vendor-completions'), file('zcompdump')];
        const listed = output('zsh', args, { env: { ...process.env, TERM: 'dumb', LC_ALL: 'C.UTF-8' }, timeout: 20000 });
        for (const option of optionsOf(help)) {
            assert.ok(new RegExp(`(^|\\s)${option}\\b`, 'm').test(listed), `${option} in\n${listed}`);
        }
    });

    test('lintian finds no fault', (t) => {
        if (!isInstalled('lintian')) {
            return t.skip('lintian is not installed');
        }
        const args = ['--profile', 'debian', '--fail-on', 'error,warning', '--allow-root', packageFile];
        const { status, out } = run('lintian', args);
        assert.equal(status, 0, out);
    });
});
