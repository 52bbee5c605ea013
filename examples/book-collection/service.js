import { connect } from 'nats';
import { servePage } from 'page-server';

const notFound = { code: 'system.notFound', message: 'Not found' };
const invalidParams = (message) => ({ code: 'system.invalidParams', message });

const isText = (value) => typeof value === 'string' && value.trim() !== '';

/** The models by resource ID, and the collection of references to them. */
const books = new Map();
const list = [];
let lastId = 0;

function store(title, author) {
    const rid = `library.book.${++lastId}`;
    books.set(rid, { id: lastId, title, author });
    return { rid };
}

list.push(store('Animal Farm', 'George Orwell'));
list.push(store('Brave New World', 'Aldous Huxley'));
list.push(store('Coraline', 'Neil Gaiman'));

const nats = await connect({ servers: process.env.NATS_URL ?? 'localhost:4222' });
const publish = (subject, payload) => nats.publish(subject, JSON.stringify(payload));

/**
 * Answers the requests on a subject. `handle` is given the resource ID and the params of the request;
 * it returns an object with one of the members `result`, `resource`, `error`.
 */
function answer(subject, handle) {
    nats.subscribe(subject, {
        callback: (error, request) => {
            const [type, ...parts] = request.subject.split('.');
            if (type === 'call') {
                parts.pop();
            }
            const params = type === 'call' ? request.json().params : null;
            request.respond(JSON.stringify(handle(parts.join('.'), params ?? {})));
        },
    });
}

answer('access.library.>', () => ({ result: { get: true, call: '*' } }));

answer('get.library.books', () => ({ result: { collection: list } }));

answer('get.library.book.*', (rid) =>
    books.has(rid) ? { result: { model: books.get(rid) } } : { error: notFound },
);

answer('call.library.book.*.set', (rid, params) => {
    const book = books.get(rid);
    if (!book) {
        return { error: notFound };
    }
    const values = {};
    for (const [property, name] of [
        ['title', 'Title'],
        ['author', 'Author'],
    ]) {
        const value = params[property];
        if (value === undefined || value === book[property]) {
            continue;
        }
        if (typeof value !== 'string') {
            return { error: invalidParams(`${name} must be a string`) };
        }
        if (value.trim() === '') {
            return { error: invalidParams(`${name} must not be empty`) };
        }
        values[property] = value;
    }
    if (Object.keys(values).length > 0) {
        Object.assign(book, values);
        publish(`event.${rid}.change`, { values });
    }
    return { result: null };
});

answer('call.library.books.new', (rid, { title, author }) => {
    if (!isText(title) || !isText(author)) {
        return { error: invalidParams('Must provide both title and author') };
    }
    const reference = store(title, author);
    publish('event.library.books.add', { value: reference, idx: list.length });
    list.push(reference);
    return { resource: reference };
});

answer('call.library.books.delete', (rid, { id }) => {
    if (typeof id !== 'number') {
        return { error: invalidParams('Book ID must be a number') };
    }
    const bookRid = `library.book.${id}`;
    if (books.delete(bookRid)) {
        const idx = list.findIndex((reference) => reference.rid === bookRid);
        list.splice(idx, 1);
        publish('event.library.books.remove', { idx });
    }
    return { result: null };
});

// Whatever a gateway remembers of an earlier run of this service is out of date.
publish('system.reset', { resources: ['library.>'] });

servePage(import.meta.url, 8083);
