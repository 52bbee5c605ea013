import { after, before, describe, test } from 'node:test';
import { startNatsServer } from './nats-server.js';
import { startGateway } from './gateway.js';
import { RawClient } from './raw-client.js';
import { Service } from './service.js';

/** The numbers of event loops the suites run with (THD-1). RESGATE_THREADS, as `1,3`, chooses others. */
export const threadCounts = (process.env.RESGATE_THREADS ?? '1,3').split(',').map(Number);

/** What one test works with: a fresh gateway, the services behind it, and clients. */
export class Stage {
    constructor(nats) {
        this.nats = nats;
        this.cleanups = [];
        this.expectedErrors = 0;
    }

    async set({ args = [], subjects, threads } = {}) {
        this.args = threads ? ['--threads', String(threads), ...args] : args;
        this.service = await Service.start(this.nats, subjects);
        this.cleanups.push(() => this.service.stop());
        this.gateway = await this.startGateway();
    }

    /** Starts a gateway, which is stopped, and its error lines are counted, at the end of the test. */
    async startGateway(port) {
        const gateway = await startGateway(this.nats, this.args, port);
        this.cleanups.push(() =>
            gateway.stop({ errors: gateway === this.gateway ? this.expectedErrors : 0 }),
        );
        return gateway;
    }

    connect(options) {
        return RawClient.connect(this.gateway, options);
    }

    /** Registers what is to be undone at the end of the test, in reverse order. */
    cleanup(action) {
        this.cleanups.push(action);
    }

    async strike() {
        const failures = [];
        for (const action of this.cleanups.reverse()) {
            try {
                await action();
            } catch (error) {
                failures.push(error);
            }
        }
        if (failures.length > 0) {
            throw failures[0];
        }
    }
}

/**
 * A group of tests with one NATS server, run once per number of threads. `define` is given a function like
 * `test`, whose body gets a Stage: `scenario(title, options, async (stage) => …)`.
 */
export function scenarios(name, define, counts = threadCounts) {
    for (const threads of counts) {
        describe(`${name}, ${threads} thread(s)`, () => {
            let nats;
            before(async () => {
                nats = await startNatsServer();
            });
            after(() => nats?.stop());

            define((title, options, body) => {
                if (typeof options === 'function') {
                    [options, body] = [{}, options];
                }
                test(title, { timeout: 60000 }, async () => {
                    const stage = new Stage(nats);
                    let failure;
                    try {
                        await stage.set({ threads, ...options });
                        await body(stage);
                    } catch (error) {
                        failure = error;
                        // The log of the gateway tells what the assertion does not.
                        const log = stage.gateway?.log.slice(-60).join('\n');
                        error.stack += `\n--- the gateway's log ---\n${log}`;
                    }
                    try {
                        await stage.strike();
                    } catch (error) {
                        failure ??= error;
                    }
                    if (failure) {
                        throw failure;
                    }
                });
            });
        });
    }
}
