// node heap-generator.mjs MEGABYTES FILE: a heap like a service's, written as a snapshot of about that size. Users,
// sessions, orders, closures with contexts, strings of all kinds, maps, weak maps, buffers, lists. Deterministic.
import v8 from 'node:v8';

const [megabytes, file] = process.argv.slice(2);
let seed = 0x9e3779b9;
const random = (below) => {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) % below;
};

class User {
  constructor(id) {
    this.id = id;
    this.name = `user-${id}`;
    this.mail = `u${id}@example.test`;
    this.tags = ['a', 'b', id % 7];
    this.session = id % 3 === 0 ? new Session(this) : null;
  }
  get isGuest() {
    return this.session === null;
  }
}
class Session {
  #token = Symbol('token');
  constructor(user) {
    this.user = user;
    this.startedAt = new Date(1.7e12 + user.id);
    this.data = { cart: [], flags: { seen: true, odd: user.id & 1 } };
    this.onEnd = () => [user, this.#token];
  }
}
class ListNode {
  constructor(value, next) {
    this.value = value;
    this.next = next;
  }
  get isLast() {
    return this.next === null;
  }
}

/** About one megabyte of snapshot. */
function part(index) {
  const users = Array.from({ length: 380 }, (_, at) => new User(index * 380 + at));
  const records = [];
  for (let id = 0; id < 300; id++) {
    const previous = id > 0 ? records[random(records.length)] : null;
    records.push({
      id,
      kind: ['get', 'put'][id % 2],
      request: { path: `/p/${index}/${id}`, host: `h${id % 50}` },
      previous,
    });
  }
  let list = null;
  for (let value = 0; value < 1200; value++) list = new ListNode(value, list);
  const details = new WeakMap(users.slice(0, 60).map((user) => [user, { since: user.id * 1.5 }]));
  return {
    users,
    records,
    list,
    details,
    byName: new Map(users.map((user) => [user.name, user])),
    handlers: Array.from({ length: 250 }, (_, at) => () => index + at),
    lines: Array.from({ length: 120 }, (_, at) => `line ${index}\n"${at}" ${'x'.repeat(random(200))} \u6f22`),
    numbers: Array.from({ length: 40 }, () => Float64Array.from({ length: 20 }, () => random(1000) / 7)),
    buffers: Array.from({ length: 15 }, () => Buffer.alloc(500 + random(3000))),
    waiting: Array.from({ length: 20 }, () => new Promise(() => {}).then(() => index)),
  };
}

globalThis.service = Array.from(
  { length: Math.max(1, Math.round((Number(megabytes) - 9) * 1.6)) },
  (_, index) => part(index),
);
v8.writeHeapSnapshot(file);
console.log(JSON.stringify({ peakMb: 0 }));
