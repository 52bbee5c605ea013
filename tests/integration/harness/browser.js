import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

/** A browser on a busy machine takes its time. */
const patienceMs = 15000;

const flags = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
];

/** Opens a page in as many tabs of a browser, until the end of the test, which their script errors fail. */
export async function browserTabs(stage, url, count) {
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: flags,
    });
    stage.cleanup(() => browser.close());
    const context = await browser.newContext();
    context.setDefaultTimeout(patienceMs);
    const tabs = [];
    const errors = [];
    for (let i = 0; i < count; ++i) {
        const tab = await context.newPage();
        tab.on('pageerror', (error) => errors.push(error));
        await tab.goto(url);
        tabs.push(tab);
    }
    stage.cleanup(() => assert.deepEqual(errors, []));
    return tabs;
}
