// The resources of spec 60.11 and 90.2, by name.
const to = (name, extra = {}) => ({ rid: `test.${name}`, ...extra });

const model = { string: 'foo', int: 42, bool: true, null: null };
const collection = ['foo', 42, true, null];
const data = {
    primitive: { data: 12 },
    object: { data: { foo: ['bar'] } },
    array: { data: [{ foo: 'bar' }] },
};

const models = {
    'model': model,
    'model.parent': { name: 'parent', child: to('model') },
    'model.secondparent': { name: 'secondparent', child: to('model') },
    'model.grandparent': { name: 'grandparent', child: to('model.parent') },
    'model.brokenchild': { name: 'brokenchild', child: to('err.notFound') },
    'model.soft': { name: 'soft', child: to('model', { soft: true }) },
    'model.soft.parent': { name: 'softparent', child: to('model.soft', { soft: false }) },
    'model.data': { name: 'data', ...data },
    'model.data.parent': { name: 'dataparent', child: to('model.data') },
};

const collections = {
    'collection': collection,
    'collection.parent': ['parent', to('collection')],
    'collection.secondparent': ['secondparent', to('collection')],
    'collection.grandparent': ['grandparent', to('collection.parent')],
    'collection.brokenchild': ['brokenchild', to('err.notFound')],
    'collection.soft': ['soft', to('collection', { soft: true })],
    'collection.soft.parent': ['softparent', to('collection.soft', { soft: false })],
    'collection.data': ['data', ...Object.values(data)],
    'collection.data.parent': ['dataparent', to('collection.data')],
};

/** Groups that refer to each other: the targets of each. */
const cycles = {
    a: ['a'],
    b: ['c'],
    c: ['b'],
    d: ['e', 'f'],
    e: ['d'],
    f: ['d'],
    g: ['e', 'f'],
    h: ['e'],
};
for (const [name, targets] of Object.entries(cycles)) {
    models[`m.${name}`] = Object.fromEntries(targets.map((target) => [target, to(`m.${target}`)]));
    collections[`c.${name}`] = targets.map((target) => to(`c.${target}`));
}

/** The get results by resource name. */
export const fixtures = {
    'test.err.notFound': { error: { code: 'system.notFound', message: 'Not found' } },
};
for (const [name, content] of Object.entries(models)) {
    fixtures[`test.${name}`] = { model: content };
}
for (const [name, content] of Object.entries(collections)) {
    fixtures[`test.${name}`] = { collection: content };
}

export const M = model;
export const C = collection;
