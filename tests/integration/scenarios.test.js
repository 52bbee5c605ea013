// The scenarios of tests/scenarios through the binary (90.2). Those with the same settings share a gateway.

import { after, before, describe, test } from 'node:test';
import { startGateway } from './harness/gateway.js';
import { startNatsServer } from './harness/nats-server.js';
import { threadCounts } from './harness/scenario.js';
import { loadScenarios } from './harness/scenario-file.js';
import { ScenarioRunner, ScenarioServices } from './harness/scenario-runner.js';

const options = {
    resetThrottle: '--resetthrottle',
    referenceThrottle: '--referencethrottle',
    unsubscribeDelay: '--unsubdelay',
};

/** Only what lets requests time out runs with a timeout that is short. */
function argsFor({ settings }, { steps }) {
    const args = Object.entries(settings).flatMap(([name, value]) => [options[name], value]);
    const silent = steps.some((step) => step.startsWith('S! ') && step.endsWith(' timeout'));
    return silent ? [...args, '--reqtimeout', '150'] : args;
}

for (const threads of threadCounts) {
    describe(`scenarios, ${threads} thread(s)`, () => {
        const gateways = new Map();
        let nats;
        let services;
        before(async () => {
            nats = await startNatsServer();
            services = await ScenarioServices.start(nats);
        });
        after(async () => {
            try {
                for (const { gateway, errors } of gateways.values()) {
                    await gateway.stop({ errors });
                }
            } finally {
                await services?.stop();
                await nats?.stop();
            }
        });

        const playOne = async (scenario, run) => {
            const args = ['--threads', String(threads), ...argsFor(scenario, run)];
            const key = args.join(' ');
            if (!gateways.has(key)) {
                gateways.set(key, { started: startGateway(nats, args), errors: 0 });
            }
            const used = gateways.get(key);
            used.gateway = await used.started;
            const runner = new ScenarioRunner(used.gateway, services);
            try {
                await runner.play(run);
            } catch (error) {
                error.message += ` [${run.row.slice(0, 300)}]`;
                throw error;
            } finally {
                used.errors += runner.errors;
            }
        };

        for (const scenario of loadScenarios()) {
            test(scenario.title, { timeout: 60000 }, async () => {
                // Runs without error lines, which could not be told apart, need not wait for each other.
                const logging = scenario.runs.some(({ steps }) =>
                    steps.some((step) => step.startsWith('logs ')),
                );
                const atOnce = logging ? 1 : 16;
                for (let at = 0; at < scenario.runs.length; at += atOnce) {
                    const runs = scenario.runs.slice(at, at + atOnce);
                    await Promise.all(runs.map((run) => playOne(scenario, run)));
                }
            });
        }
    });
}
