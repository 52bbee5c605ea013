import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';

const own = (name) => new URL(name, import.meta.url);

/**
 * Serves an example's `index.html`, the files it refers to, and nothing else.
 *
 * The environment variable PORT replaces `port` (0 picks a free one). GATEWAY_URL is handed to the page
 * as `gatewayUrl`; without it the page takes port 8080 of the host it was loaded from, so that the
 * examples can be tried from another device.
 *
 * @param {string} example - `import.meta.url` of the example's service
 * @param {number} port - the example's web port
 */
export function servePage(example, port) {
    const gateway = process.env.GATEWAY_URL
        ? JSON.stringify(process.env.GATEWAY_URL)
        : '`ws://${location.hostname}:8080`';
    const file = (url, type) => ({ type, body: () => readFileSync(url) });
    const routes = {
        '/': file(new URL('index.html', example), 'text/html'),
        '/style.css': file(own('style.css'), 'text/css'),
        '/resclient.js': file(
            new URL('node_modules/resclient/dist/resclient.min.js', example),
            'text/javascript',
        ),
        '/gateway.js': { type: 'text/javascript', body: () => `const gatewayUrl = ${gateway};\n` },
    };

    const server = createServer((request, response) => {
        const route = routes[request.url.split('?')[0]];
        if (!route || request.method !== 'GET') {
            response.writeHead(route ? 405 : 404).end();
            return;
        }
        response.writeHead(200, { 'Content-Type': `${route.type}; charset=utf-8` });
        response.end(route.body());
    });
    server.listen(process.env.PORT ?? port, () => {
        console.log(`Page: http://localhost:${server.address().port}/`);
    });
    return server;
}
