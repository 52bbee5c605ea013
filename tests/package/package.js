import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The package to test: RESGATE_PACKAGE, or what scripts/package has built. */
export const packageFile = process.env.RESGATE_PACKAGE ?? builtPackage();

function builtPackage() {
    const directory = `${root}build/package/`;
    const [name] = readdirSync(directory).filter((file) => file.endsWith('.deb'));
    return directory + name;
}

/** Runs a program to its end: `{ status, out, err }`. A failure to run at all is thrown. */
export function run(command, args, options = {}) {
    const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...options });
    if (result.error) {
        throw result.error;
    }
    return { status: result.status ?? result.signal, out: result.stdout, err: result.stderr };
}

/** The output of a program that must succeed. */
export function output(command, args, options) {
    const { status, out, err } = run(command, args, options);
    if (status !== 0) {
        throw new Error(`${command} ${args.join(' ')}: status ${status}\n${out}${err}`);
    }
    return out;
}

export const isInstalled = (command) => run('sh', ['-c', `command -v ${command}`]).status === 0;

/** All options as the help text writes them, such as `-p` and `--port`. */
export function optionsOf(help) {
    const lines = help.split('\n').filter((line) => /^ {2}( {4}--|-)/.test(line));
    return lines.flatMap((line) => line.slice(0, 35).match(/(?<=\s)--?[A-Za-z]+/g));
}
