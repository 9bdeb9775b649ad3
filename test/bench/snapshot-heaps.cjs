// node snapshot-heaps.cjs KIND MEGABYTES: a process with a heap of one kind, for the price of its snapshot. Prints
// `ready` and stays.
const { readFileSync } = require('node:fs');
const v8 = require('node:v8');

class Order {
  constructor(id) {
    this.id = id;
    this.lines = [{ article: id * 3, count: 2 }];
    this.next = null;
  }
  get isLast() {
    return this.next === null;
  }
}

/** Each makes a few hundred KB a call. */
const KINDS = {
  // To calibrate by.
  objects: () =>
    Array.from({ length: 4000 }, (_, id) => ({ id, name: 'n', at: { x: id, y: 0.5 }, tags: [id] })),
  strings: (part) => Array.from({ length: 500 }, (_, id) => Buffer.alloc(1024, `${part}-${id}`).toString()),
  doubles: () => Array.from({ length: 40 }, (_, at) => Array.from({ length: 2000 }, (__, x) => x + at / 7)),
  maps: (part) => [
    new Map(Array.from({ length: 3000 }, (_, id) => [`${part}/${id}`, { id }])),
    new Set(Array.from({ length: 4000 }, (_, id) => id + part)),
  ],
  program: (part) =>
    require('acorn').parse(programText(part), { ecmaVersion: 'latest', sourceType: 'script' }),
  // To validate with.
  closures: () =>
    Array.from({ length: 3000 }, (_, id) =>
      (
        (own) => () =>
          own
      )({ id }),
    ),
  classes: (part) => {
    let last = null;
    for (let id = 0; id < 3000; id++) {
      const order = new Order(part * 3000 + id);
      order.next = last;
      last = order;
    }
    return last;
  },
  documents: (part) =>
    JSON.parse(
      JSON.stringify(
        Array.from({ length: 1200 }, (_, id) => ({
          id: `${part}-${id}`,
          title: `a title of some length ${id}`,
          text: 'y'.repeat(300 + (id % 50)),
          flags: [true, false, id],
          price: id / 7,
        })),
      ),
    ),
  sparse: () => [
    Array.from({ length: 2000 }, (_, id) => new Float64Array([id])),
    Array.from({ length: 2000 }, (_, id) => new Date(id)),
    Array.from({ length: 60_000 }, () => 0),
  ],
  libraries: (part) => [
    part === 0 &&
      [
        'express',
        'fastify',
        'koa',
        '@hapi/hapi',
        'mysql2',
        'pg',
        'knex',
        'ioredis',
        'bullmq',
        'fast-check',
        'publint',
      ].map(load),
    new Map(
      Array.from({ length: 400 }, (_, id) => [id, Buffer.from(`body ${id}`).toString('base64').repeat(20)]),
    ),
    Array.from({ length: 400 }, (_, id) => ({
      user: { id, roles: new Set([id % 3]) },
      seenAt: new Date(id),
    })),
  ],
};

function load(name) {
  try {
    return require(name);
  } catch {
    return null;
  }
}

let source = null;
/** Other names in each copy, so that nothing is shared. */
function programText(part) {
  source ??= readFileSync(require.resolve('fast-check'), 'utf8');
  return `var part${part};\n${source}`;
}

const [kind, megabytes] = process.argv.slice(2);
const kept = [];
const enough = Number(megabytes) * 2 ** 20;
for (let part = 0; v8.getHeapStatistics().used_heap_size < enough; part++) kept.push(KINDS[kind](part));
globalThis.kept = kept;
/** How long the loop stood still at the longest, since it was asked last. */
let longestMs = 0;
let tickedMs = performance.now();
const tick = () => {
  const nowMs = performance.now();
  longestMs = Math.max(longestMs, nowMs - tickedMs);
  tickedMs = nowMs;
};
setInterval(tick, 5);
globalThis.longestPauseMs = () => {
  tick();
  const toldMs = longestMs;
  longestMs = 0;
  return toldMs;
};
console.log('ready');
