import assert from 'node:assert/strict';
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { patienceMs } from './deadline.js';

/**
 * A request without any normalisation of the path; resolves with status, headers and body text. With `ca`, a
 * certificate to trust, over TLS.
 */
export function http(gateway, method, path, { body, headers = {}, agent = false, ca } = {}) {
    return new Promise((resolve, reject) => {
        const request = (ca ? httpsRequest : httpRequest)(
            {
                ca,
                host: '127.0.0.1',
                port: gateway.port,
                method,
                path,
                headers,
                agent,
                timeout: patienceMs,
            },
            (response) => {
                const chunks = [];
                response.on('data', (chunk) => chunks.push(chunk));
                response.on('error', reject);
                response.on('end', () => {
                    const text = Buffer.concat(chunks).toString();
                    resolve({
                        status: response.statusCode,
                        headers: response.headers,
                        text,
                        get json() {
                            return JSON.parse(text);
                        },
                    });
                });
            },
        );
        request.on('timeout', () => request.destroy(new Error(`timed out: ${method} ${path}`)));
        request.on('error', reject);
        request.end(body);
    });
}

export const keepAliveAgent = () => new Agent({ keepAlive: true, maxSockets: 1 });

export const jsonType = 'application/json; charset=utf-8';

/** The response must have this status and JSON body. */
export function assertJson(response, status, json) {
    assert.equal(response.status, status, response.text);
    assert.equal(response.headers['content-type'], jsonType);
    assert.deepEqual(response.json, json);
}
