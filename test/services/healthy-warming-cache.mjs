// A bounded cache that fills up after the start: it grows, and stops.
import { createServer } from 'node:http';

const LIMIT = 400;
const cache = new Map();
let next = 0;

function cached(key) {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = Array.from({ length: 1_000 }, (_, line) => ({ line, text: `entry ${key}` }));
  cache.set(key, value);
  if (cache.size > LIMIT) cache.delete(cache.keys().next().value);
  return value;
}

const server = createServer((request, response) => {
  const size = request.url === '/entries' ? cached(next++ % (LIMIT * 2)).length : 0;
  response.end(String(size));
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
