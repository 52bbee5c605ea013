import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Process } from './process.js';

const directory = (name) => fileURLToPath(new URL(`../../../examples/${name}/`, import.meta.url));

/** Starts an example's service and page; its packages are installed first if they are not yet. */
export async function startExample(name, { nats, gateway }) {
    const cwd = directory(name);
    if (!existsSync(`${cwd}node_modules`)) {
        const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd });
        if (status !== 0) {
            throw new Error(`npm ci in ${name}: ${stderr}`);
        }
    }
    const env = {
        ...process.env,
        NATS_URL: nats.url,
        PORT: '0',
        GATEWAY_URL: gateway?.wsUrl ?? '',
    };
    const service = new Process(process.execPath, ['service.js'], { cwd, env });
    const [, pageUrl] = await service.line(/^Page: (http:.*)$/);
    // Killed by the signal: the examples have no way to stop of their own.
    return { pageUrl, stop: () => service.stop() };
}
