import { patienceMs, within } from './deadline.js';

/** Things that arrive one by one, taken out in order or by a condition. */
export class Inbox {
    constructor(name) {
        this.name = name;
        this.items = [];
        this.waiting = [];
    }

    push(item) {
        const index = this.waiting.findIndex(({ matches }) => matches(item));
        if (index >= 0) {
            this.waiting.splice(index, 1)[0].resolve(item);
        } else {
            this.items.push(item);
        }
    }

    /** Takes out the first item that `matches`, waiting for it if need be. */
    async take(what = 'anything', matches = () => true, ms = patienceMs) {
        const index = this.items.findIndex(matches);
        if (index >= 0) {
            return this.items.splice(index, 1)[0];
        }
        let waiter;
        const arrival = new Promise((resolve) => {
            waiter = { matches, resolve };
            this.waiting.push(waiter);
        });
        try {
            return await within(arrival, `${what} at ${this.name}`, ms);
        } catch (error) {
            this.waiting = this.waiting.filter((other) => other !== waiter);
            error.message += `; arrived instead: ${JSON.stringify(this.items.slice(0, 5))}`;
            throw error;
        }
    }
}
