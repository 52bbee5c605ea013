import { connect } from 'nats';
import { servePage } from 'page-server';

const shared = { message: 'Edit me!' };

const nats = await connect({ servers: process.env.NATS_URL ?? 'localhost:4222' });
const publish = (subject, payload) => nats.publish(subject, JSON.stringify(payload));

/** Answers the requests on a subject with what `handle` returns for them. */
function answer(subject, handle) {
    nats.subscribe(subject, {
        callback: (error, request) => request.respond(JSON.stringify({ result: handle(request) })),
    });
}

answer('access.example.shared', () => ({ get: true, call: 'set' }));

answer('get.example.shared', () => ({ model: shared }));

answer('call.example.shared.set', (request) => {
    const message = request.json().params?.message;
    if (typeof message === 'string' && message !== shared.message) {
        shared.message = message;
        publish('event.example.shared.change', { values: { message } });
    }
    return null;
});

// Whatever a gateway remembers of an earlier run of this service is out of date.
publish('system.reset', { resources: ['example.>'] });

servePage(import.meta.url, 8082);
