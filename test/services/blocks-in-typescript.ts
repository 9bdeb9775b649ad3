/** Compiled before it runs: what blocks is `scoreOrders`, and its place is the one in this file. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Order {
  readonly id: number;
  readonly total: number;
}

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

function scoreOrders(orders: readonly Order[], forMs: number): number {
  let score = 0;
  for (const untilMs = now() + forMs; now() < untilMs;) {
    for (const order of orders) score = (score * 31 + order.total + order.id) % 1_000_003;
  }
  return score;
}

const orders: readonly Order[] = Array.from({ length: 5000 }, (_, id) => ({ id, total: id % 97 }));

const server = createServer((_request, response) => {
  const startMs = now();
  const score: number = scoreOrders(orders, 400);
  response.end(JSON.stringify({ startMs, endMs: now(), score }));
});

server.listen(0, '127.0.0.1', () => {
  console.log(`ready ${(server.address() as AddressInfo).port}`);
});
