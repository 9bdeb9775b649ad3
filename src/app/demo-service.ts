/**
 * The small web shop that `loopscope demo` attaches to. Every fault that can be shown is in it; which of them is
 * seen depends on the requests that come. It stands for somebody's service, so it uses nothing of loopscope.
 *
 * Listens on a free port of the loopback interface, prints `ready <port>`, and ends with its standard input: it
 * never outlives the program that started it.
 */
import { pbkdf2, pbkdf2Sync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>;

const products = Array.from({ length: 40 }, (_, id) => ({ id, name: `product ${id}`, price: 10 + id }));
const salt = randomBytes(16);

const routes: Readonly<Record<string, Handler>> = {
  'GET /products': (_request, response) => sendJson(response, products),
  'GET /orders': async (_request, response, url) => {
    await sleep(5);
    sendJson(response, { id: url.pathname.split('/')[2], items: products.slice(0, 3) });
  },
  'POST /login': (_request, response) => sendJson(response, { token: derivePassword('correct horse') }),
  'GET /reports': (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(serializeReport().slice(0, 2_000));
  },
  'GET /subscribe': (_request, response, url) => {
    sendJson(response, { valid: validateEmail(url.searchParams.get('email') ?? '') });
  },
  'GET /terms': (_request, response) => sendJson(response, { bytes: readTerms().length }),
  'GET /sessions': (_request, response) => sendJson(response, { sessions: rememberSession() }),
  'POST /orders': (_request, response) => {
    sendJson(response, { accepted: true });
    setTimeout(updateStatistics, 2);
  },
  'POST /signup': (_request, response) => {
    pbkdf2('correct horse', salt, 400_000, 64, 'sha512', (_error, key) =>
      sendJson(response, key.toString('hex')),
    );
  },
  'GET /export': (_request, response) => sendJson(response, { rows: exportCatalogue() }),
};

/** Synchronous key derivation: a fifth of a second or so in which no other request is answered. */
function derivePassword(password: string): string {
  return pbkdf2Sync(password, salt, 200_000, 64, 'sha512').toString('hex');
}

/** One large document, turned into text in one go. */
function serializeReport(): string {
  const rows = Array.from({ length: 120_000 }, (_, id) => ({ id, name: `row ${id}`, values: [id, id * 2] }));
  return JSON.stringify(rows);
}

/** Nested repetition: the time doubles with every further letter that does not match. */
function validateEmail(email: string): boolean {
  return /^([a-z0-9]+\.?)+@shop\.test$/.test(email);
}

/** The largest file that is surely there is Node itself. */
function readTerms(): Buffer {
  return readFileSync(process.execPath);
}

/** Enough to be seen growing, and too little to fill a machine on which the demo was forgotten. */
const SESSIONS_LIMIT = 20_000;
const sessions = new Map<string, unknown>();

/** A cache without an end: every request leaves a session behind. */
function rememberSession(): number {
  if (sessions.size < SESSIONS_LIMIT) {
    const cart = products.map((product, index) => ({
      ...product,
      quantity: index,
      note: `cart line ${index}`,
    }));
    sessions.set(randomBytes(8).toString('hex'), { startedAt: new Date(), cart });
  }
  return sessions.size;
}

/** Work that nobody waits for, and that everybody waits behind. */
function updateStatistics(): number {
  let sum = 0;
  for (let i = 0; i < 4_000_000; i++) sum += Math.sqrt(i) * products.length;
  return sum;
}

/** A freeze that ends: should the demo be killed in it, this process ends after it and not never. */
const EXPORT_MS = 20_000;

/** A loop that gives nothing else a turn. */
function exportCatalogue(): number {
  let rows = 0;
  for (const until = Date.now() + EXPORT_MS; Date.now() < until;) rows++;
  return rows;
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://shop.test');
  const handler = routes[`${request.method} /${url.pathname.split('/')[1]}`];
  if (handler === undefined) {
    response.statusCode = 404;
    response.end();
    return;
  }
  void handler(request, response, url);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`);
});

process.stdin.on('end', () => process.exit(0)).resume();
