// Keeps the libuv pool full with the kind of work that is asked for: /crypto or /zlib. /once uses it for a moment,
// and /timers keeps the loop full instead.
const fs = require('node:fs');
const crypto = require('node:crypto');
const http = require('node:http');
const zlib = require('node:zlib');

const text = crypto.randomBytes(2e6);
const work = {
  '/crypto': (done) => crypto.pbkdf2('secret', 'salt', 150_000, 64, 'sha512', done),
  '/zlib': (done) => zlib.deflate(text, { level: 9, chunkSize: 4 * 1024 * 1024 }, done),
};

function goOn(task) {
  task(() => goOn(task));
}

function holdUp() {
  for (const until = performance.now() + 100; performance.now() < until;);
  setTimeout(holdUp, 3);
}

const server = http.createServer((request, response) => {
  if (request.url === '/once') return fs.stat('/', () => response.end('done'));
  if (request.url === '/timers') setTimeout(holdUp, 3);
  else for (let i = 0; i < 40; i++) goOn(work[request.url]);
  response.end('begun');
});
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
