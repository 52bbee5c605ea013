import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { until, within } from './deadline.js';

const running = new Set();

// Whatever goes wrong in a test file, nothing it started outlives it.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** A child process with its output, line by line. */
export class Process {
    constructor(file, args, options = {}) {
        this.name = file.split('/').at(-1);
        this.lines = [];
        this.child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
        running.add(this.child);
        this.ended = new Promise((resolve) => {
            this.child.on('error', (error) => {
                this.lines.push(String(error));
                this.status = error.code;
                resolve(error.code);
            });
            // Not 'exit': the last lines are still to be read then.
            this.child.on('close', (code, signal) => {
                running.delete(this.child);
                this.status ??= code ?? signal;
                resolve(this.status);
            });
        });
        // A stream that the caller has given a descriptor for is null.
        for (const stream of [this.child.stdout, this.child.stderr].filter(Boolean)) {
            createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
        }
    }

    get alive() {
        return this.status === undefined;
    }

    /** Waits for a line of output that matches; resolves with the match. */
    line(pattern, ms) {
        const find = () => {
            const line = this.lines.find((candidate) => pattern.test(candidate));
            if (line === undefined && !this.alive) {
                throw new Error(`${this.name} ended (${this.status}):\n${this.lines.join('\n')}`);
            }
            return line?.match(pattern);
        };
        return until(find, `${this.name} prints ${pattern}`, ms);
    }

    /** Stops the process as it is (SIGSTOP), and waits until none of its threads runs: that takes a while. */
    async freeze() {
        this.child.kill('SIGSTOP');
        const tasks = `/proc/${this.child.pid}/task`;
        const stopped = (task) => /^State:\s+T/m.test(readFileSync(`${tasks}/${task}/status`, 'utf8'));
        await until(() => readdirSync(tasks).every(stopped), `${this.name} stands still`);
    }

    /** Ends the process and resolves with its exit status, or the name of the signal that killed it. */
    async stop(signal = 'SIGTERM') {
        if (this.alive) {
            this.child.kill(signal);
        }
        try {
            return await within(this.ended, `the end of ${this.name}`, 15000);
        } catch (error) {
            this.child.kill('SIGKILL');
            throw error;
        }
    }
}
