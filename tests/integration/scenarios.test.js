// The scenarios of tests/scenarios through the binary (90.2). Those with the same settings share a gateway.

import { after, describe, test } from 'node:test';
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

/** A gateway with a NATS server of its own, as system events reach every gateway and are logged by each. */
class Place {
    static async open(args) {
        const place = new Place();
        place.errors = 0;
        place.nats = await startNatsServer();
        place.services = await ScenarioServices.start(place.nats);
        place.gateway = await startGateway(place.nats, args);
        return place;
    }

    async close() {
        try {
            await this.gateway.stop({ errors: this.errors });
        } finally {
            await this.services.stop();
            await this.nats.stop();
        }
    }
}

for (const threads of threadCounts) {
    describe(`scenarios, ${threads} thread(s)`, () => {
        const places = new Map();
        after(async () => {
            const opened = await Promise.all(places.values());
            const closed = await Promise.allSettled(opened.map((place) => place.close()));
            for (const { reason } of closed.filter(({ status }) => status === 'rejected')) {
                throw reason;
            }
        });

        const playOne = async (scenario, run) => {
            const args = ['--threads', String(threads), ...argsFor(scenario, run)];
            const key = args.join(' ');
            if (!places.has(key)) {
                places.set(key, Place.open(args));
            }
            const place = await places.get(key);
            const runner = new ScenarioRunner(place.gateway, place.services);
            try {
                await runner.play(run);
            } catch (error) {
                error.message += ` [${run.row.slice(0, 300)}]`;
                throw error;
            } finally {
                place.errors += runner.errors;
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
