import { readdirSync, readFileSync } from 'node:fs';

/** The scenario files of tests/scenarios, which that folder's README describes. */
const folder = new URL('../../scenarios/', import.meta.url);

export const fixtures = JSON.parse(readFileSync(new URL('fixtures.json', folder), 'utf8'));

/** All scenarios in the order of the files' names: `{ id, title, settings, runs: [{ row, steps }] }`. */
export function loadScenarios() {
    return readdirSync(folder)
        .filter((name) => name.endsWith('.scenario'))
        .sort()
        .flatMap((name) => parseScenarios(readFileSync(new URL(name, folder), 'utf8')));
}

function parseScenarios(text) {
    const scenarios = [];
    for (const line of text.split('\n').map((raw) => raw.trim())) {
        if (line.startsWith('= ')) {
            scenarios.push([line]);
        } else if (line !== '' && !line.startsWith('#')) {
            scenarios.at(-1).push(line);
        }
    }
    return scenarios.map(scenarioOf);
}

function scenarioOf([head, ...lines]) {
    const title = head.slice(2).trim();
    const scenario = { id: title.split(' ')[0], title, settings: {} };
    const tables = [];
    const body = [];
    for (const line of lines) {
        const words = line.split(/\s+/);
        if (words[0] === 'set') {
            scenario.settings[words[1]] = words[2];
        } else if (words[0] === 'each') {
            tables.push({ names: words.slice(1), rows: [] });
        } else if (line.startsWith('|')) {
            const cells = line.slice(1).split(' |');
            tables.at(-1).rows.push(cells.map((cell) => cell.trim()));
        } else {
            body.push(line);
        }
    }
    scenario.runs = expand(tables, unroll(body));
    return scenario;
}

const putIn = (text, variables) =>
    variables.reduce((done, [name, value]) => done.split(`$${name}`).join(value), text);

function unroll(lines) {
    const unrolled = [];
    for (let at = 0; at < lines.length; ++at) {
        if (!lines[at].startsWith('loop ')) {
            unrolled.push(lines[at]);
            continue;
        }
        const [, name, first, last] = lines[at].split(/\s+/);
        const end = lines.indexOf('end', at);
        for (let i = Number(first); i <= Number(last); ++i) {
            const inner = lines.slice(at + 1, end);
            unrolled.push(...inner.map((line) => putIn(line, [[name, String(i)]])));
        }
        at = end;
    }
    return unrolled;
}

function expand(tables, lines) {
    let choices = [[]];
    for (const { names, rows } of tables) {
        const pairs = rows.map((row) => names.map((name, i) => [name, row[i]]));
        choices = choices.flatMap((choice) => pairs.map((row) => [...choice, ...row]));
    }
    return choices.map((variables) => ({
        row: variables.map(([, value]) => value).join(' | '),
        steps: lines
            // Twice, as a cell may itself name a variable.
            .map((line) => putIn(putIn(line, variables), variables))
            .flatMap((line) => line.split(';;'))
            .map((step) => step.trim())
            .filter((step) => step !== ''),
    }));
}
