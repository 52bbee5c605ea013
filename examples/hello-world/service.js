import { connect } from 'nats';
import { servePage } from 'page-server';

const model = { message: 'Hello, World!' };

const nats = await connect({ servers: process.env.NATS_URL ?? 'localhost:4222' });

nats.subscribe('get.example.model', {
    callback: (error, request) => request.respond(JSON.stringify({ result: { model } })),
});

nats.subscribe('access.example.model', {
    callback: (error, request) => request.respond(JSON.stringify({ result: { get: true } })),
});

servePage(import.meta.url, 8081);
