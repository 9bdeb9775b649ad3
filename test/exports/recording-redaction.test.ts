/** What is handed on tells no secrets that stood in routes, command lines, addresses, heap paths and source. */
import { describe, expect, it } from 'vitest';
import { redactEvent } from '../../src/exports/recording-redaction.ts';
import { EVERY_EVENT } from './every-event.ts';

const { blocked, requests, outgoing } = EVERY_EVENT;
const started = EVERY_EVENT['session-started'];

function command(text: string): string {
  const event = redactEvent({ ...started, target: { ...started.target, command: text } });
  return event.kind === 'session-started' ? event.target.command : '';
}

function route(text: string): string {
  const event = redactEvent({
    ...requests,
    routes: requests.routes.map((each) => ({ ...each, route: text })),
  });
  return event.kind === 'requests' ? (event.routes[0]?.route ?? '') : '';
}

function source(text: string): string {
  const event = redactEvent({ ...EVERY_EVENT['cpu-profile'], lineTexts: [[1, 13, text]] });
  return event.kind === 'cpu-profile' ? (event.lineTexts[0]?.[2] ?? '') : '';
}

function heapPath(text: string): string {
  const comparison = EVERY_EVENT['heap-comparison'];
  const event = redactEvent({
    ...comparison,
    holders: comparison.holders.map((holder) => ({ ...holder, path: text })),
  });
  return event.kind === 'heap-comparison' ? (event.holders[0]?.path ?? '') : '';
}

describe('redaction', () => {
  it.each([
    ['node server.js --port 3000', 'node server.js --port 3000'],
    ['node auth.js', 'node auth.js'],
    ['node a.js --token=abc --name=x', 'node a.js --token=… --name=x'],
    ['node a.js --api-key abc -v', 'node a.js --api-key … -v'],
    ['env PGPASSWORD=hunter2 node a.js', 'env PGPASSWORD=… node a.js'],
    ["node a.js --secret='a b'", 'node a.js --secret=…'],
    ['node a.js postgres://ada:hunter2@db:5432/orders', 'node a.js postgres://…@db:5432/orders'],
    ['curl -H "Authorization: Bearer abcdefgh"', 'curl -H "Authorization: …"'],
    ['curl https://api/users?email=ada@example.com&x=1', 'curl https://api/users?…'],
  ])('of the command line %s leaves %s', (given, left) => {
    expect(command(given)).toBe(left);
  });

  it.each([
    ['/search?q=ada', '/search'],
    ['/search?', '/search?'],
    ['/users/:id?', '/users/:id?'],
    ['/users/:id?/orders', '/users/:id?/orders'],
    ['/users/:id', '/users/:id'],
  ])('of the route %s leaves %s', (given, left) => {
    expect(route(given)).toBe(left);
  });

  it.each([
    ['const token = JSON.parse(body);', 'const token = JSON.parse(body);'],
    ["const apiKey = 'sk_live_1';", 'const apiKey = …;'],
    ['connect("mysql://root:pw@db")', 'connect("mysql://…@db")'],
  ])('of the source %s leaves %s', (given, left) => {
    expect(source(given)).toBe(left);
  });

  it.each([
    ['globalThis.users["ada@example.com"].orders[0]', 'globalThis.users["…"].orders[0]'],
    ['globalThis.users["a\\"]b"].x', 'globalThis.users["…"].x'],
    ['globalThis.a["ada@exam ... ple.com"].b', 'globalThis.a["…"].b'],
    ['globalThis.a["ada@exam', 'globalThis.a["…"]'],
    ['globalThis.a ... ple.com"].b', 'globalThis.a ... …"].b'],
    ['globalThis.tracker.pending > variable handle', 'globalThis.tracker.pending > variable handle'],
  ])('of the heap path %s leaves %s', (given, left) => {
    expect(heapPath(given)).toBe(left);
  });

  it('reaches routes wherever they stand, so that they are still the same route', () => {
    const told = 'GET /search?q=ada';
    const text = JSON.stringify([
      redactEvent({ ...blocked, route: told }),
      redactEvent({ ...EVERY_EVENT['request-starts'], routes: [told] }),
      redactEvent({
        ...EVERY_EVENT['context-samples'],
        samples: [{ atMs: 1, route: told, finished: false, stack: [] }],
      }),
      redactEvent({ ...outgoing, peers: outgoing.peers.map((peer) => ({ ...peer, routes: [told] })) }),
      redactEvent({
        ...EVERY_EVENT['large-responses'],
        routes: EVERY_EVENT['large-responses'].routes.map((each) => ({ ...each, route: told })),
      }),
      redactEvent({
        ...EVERY_EVENT.pools,
        pools: EVERY_EVENT.pools.pools.map((pool) => ({
          ...pool,
          holders: pool.holders.map((holder) => ({ ...holder, route: told })),
          waiters: pool.waiters?.map((waiter) => ({ ...waiter, route: told })) ?? [],
        })),
      }),
    ]);
    expect(text).not.toContain('ada');
    expect(text.match(/"GET \/search"/g)).toHaveLength(7);
  });

  it('leaves events alone that hold none of it', () => {
    for (const [kind, event] of Object.entries(EVERY_EVENT)) {
      if (kind !== 'heap-comparison') expect(redactEvent(event)).toEqual(event);
    }
  });
});
