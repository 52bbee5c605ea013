// The examples' pages in a real browser: docs/spec/80-examples-and-clients.md, part A.
import assert from 'node:assert/strict';
import { browserTabs } from './harness/browser.js';
import { startExample } from './harness/example.js';
import { assertJson, http } from './harness/http.js';
import { notFound } from './harness/raw-client.js';
import { scenarios } from './harness/scenario.js';

/** Starts an example and opens its page in as many tabs. */
async function openTabs(stage, name, count, addresses = stage) {
    const example = await startExample(name, addresses);
    stage.cleanup(() => example.stop());
    return { tabs: await browserTabs(stage, example.pageUrl, count), example };
}

/** Waits until `read`, run in the page, gives what is expected. */
async function assertShows(tab, read, expected) {
    const wanted = JSON.stringify(expected);
    try {
        await tab.waitForFunction(`JSON.stringify((${read})()) === ${JSON.stringify(wanted)}`);
    } catch (error) {
        const shown = JSON.stringify(await tab.evaluate(read));
        throw new Error(`expected ${wanted}, the page shows ${shown}`, { cause: error });
    }
}

const bodyText = () => document.body.innerText.trim();
const message = () => document.getElementById('message').value;
const errorText = () => document.getElementById('error').textContent;
const books = () =>
    [...document.querySelectorAll('#books > li')].map(
        (item) =>
            `${item.querySelector('[data-part=title]').textContent} ` +
            item.querySelector('[data-part=author]').textContent,
    );

const firstBooks = [
    'Animal Farm by George Orwell',
    'Brave New World by Aldous Huxley',
    'Coraline by Neil Gaiman',
];

scenarios(
    'examples over HTTP',
    (scenario) => {
        scenario(
            'EX-30 to EX-35 the methods of the book collection',
            { subjects: [] },
            async (stage) => {
                const example = await startExample('book-collection', stage);
                stage.cleanup(() => example.stop());
                const post = (path, params) =>
                    http(stage.gateway, 'POST', `/api/library/${path}`, {
                        body: JSON.stringify(params),
                    });
                const invalid = (message) => ({ code: 'system.invalidParams', message });
                const refusals = [
                    ['books/new', { title: 'T' }, invalid('Must provide both title and author')],
                    [
                        'books/new',
                        { title: ' ', author: 'A' },
                        invalid('Must provide both title and author'),
                    ],
                    ['books/new', undefined, invalid('Must provide both title and author')],
                    ['books/delete', { id: '1' }, invalid('Book ID must be a number')],
                    ['book/1/set', { title: 1 }, invalid('Title must be a string')],
                    ['book/1/set', { title: 'T', author: '' }, invalid('Author must not be empty')],
                ];
                for (const [path, params, error] of refusals) {
                    assertJson(await post(path, params), 400, error);
                }
                assertJson(await post('book/9/set', { title: 'T' }), 404, notFound);
                assertJson(await http(stage.gateway, 'GET', '/api/library/book/9'), 404, notFound);

                assert.equal((await post('books/delete', { id: 3 })).status, 204);
                assert.equal((await post('books/delete', { id: 3 })).status, 204);
                assert.equal((await post('book/2/set', { author: 'A. H.' })).status, 204);
                // Ids are not used twice.
                const created = await post('books/new', { title: 'T', author: 'A' });
                assert.equal(created.headers.location, '/api/library/book/4');
                const { json } = await http(stage.gateway, 'GET', '/api/library/books');
                assert.deepEqual(
                    json.map(({ model }) => model),
                    [
                        { id: 1, title: 'Animal Farm', author: 'George Orwell' },
                        { id: 2, title: 'Brave New World', author: 'A. H.' },
                        { id: 4, title: 'T', author: 'A' },
                    ],
                );
            },
        );
    },
    [3],
);

scenarios(
    'examples in a browser',
    (scenario) => {
        scenario('EX-11, EX-12 hello-world shows its message', { subjects: [] }, async (stage) => {
            const { tabs } = await openTabs(stage, 'hello-world', 1);
            await assertShows(tabs[0], bodyText, 'Hello, World!');
            const { json } = await http(stage.gateway, 'GET', '/api/example/model');
            assert.deepEqual(json, { message: 'Hello, World!' });
        });

        scenario('EX-4 a page without a gateway says so', { subjects: [] }, async (stage) => {
            const elsewhere = { nats: stage.nats, gateway: { wsUrl: 'ws://127.0.0.1:1' } };
            const { tabs } = await openTabs(stage, 'edit-text', 1, elsewhere);
            await assertShows(tabs[0], errorText, 'Connection error');
        });

        scenario(
            'EX-24 to EX-26 edit-text keeps two tabs in step',
            { subjects: [] },
            async (stage) => {
                const { tabs } = await openTabs(stage, 'edit-text', 2);
                for (const tab of tabs) {
                    await assertShows(tab, message, 'Edit me!');
                }
                await tabs[0].getByLabel('Message').fill('Written in the first');
                await assertShows(tabs[1], message, 'Written in the first');
                await tabs[1].getByLabel('Message').press('End');
                await tabs[1].getByLabel('Message').pressSequentially(', continued in the second');
                await assertShows(
                    tabs[0],
                    message,
                    'Written in the first, continued in the second',
                );

                const body = '{"message":"Over HTTP"}';
                const post = await http(stage.gateway, 'POST', '/api/example/shared/set', { body });
                assert.equal(post.status, 204);
                for (const tab of tabs) {
                    await assertShows(tab, message, 'Over HTTP');
                    await assertShows(tab, errorText, '');
                }
            },
        );

        scenario(
            'EX-37, EX-38 book-collection keeps two tabs in step',
            { subjects: [] },
            async (stage) => {
                const { tabs, example } = await openTabs(stage, 'book-collection', 2);
                const [first, second] = tabs;
                const assertBoth = async (expected) => {
                    for (const tab of tabs) {
                        await assertShows(tab, books, expected);
                    }
                };
                await assertBoth(firstBooks);

                const add = first.locator('#new');
                await add.getByLabel('Title').fill('Dracula');
                await add.getByLabel('Author').fill('Bram Stoker');
                await add.getByRole('button', { name: 'Add new' }).click();
                await assertBoth([...firstBooks, 'Dracula by Bram Stoker']);
                await assertShows(
                    first,
                    () => document.querySelector('#new [name=title]').value,
                    '',
                );

                await second.getByRole('button', { name: 'Edit Coraline' }).click();
                const form = second.locator('#books > li').nth(2).locator('form');
                await form.getByLabel('Title').fill('  ');
                await form.getByRole('button', { name: 'OK' }).click();
                await assertShows(second, errorText, 'Title must not be empty');
                await form.getByLabel('Title').fill('Stardust');
                await form.getByRole('button', { name: 'OK' }).click();
                const edited = [
                    ...firstBooks.slice(0, 2),
                    'Stardust by Neil Gaiman',
                    'Dracula by Bram Stoker',
                ];
                await assertBoth(edited);
                assert.equal(await form.isVisible(), false);

                await first.getByRole('button', { name: 'Delete Brave New World' }).click();
                await assertBoth(edited.filter((_, index) => index !== 1));

                // A restarted service resets: all pages return to the three books (EX-5).
                await example.stop();
                const restarted = await startExample('book-collection', stage);
                stage.cleanup(() => restarted.stop());
                await assertBoth(firstBooks);
            },
        );
    },
    [3],
);
