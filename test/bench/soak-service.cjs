// The service of the soak: healthy and busy, its memory flat by itself. Says its own figures on /figures.
const http = require('node:http');
const { readdirSync } = require('node:fs');

const recent = Array.from({ length: 1000 }, () => null);
let served = 0;

function price(id) {
  const rows = Array.from({ length: 200 }, (_, row) => ({ id: row, total: (row * 7919 + id) % 1009 }));
  return rows.toSorted((a, b) => a.total - b.total).slice(0, 20);
}

/** Its clients' connections are theirs: they are no part of its descriptors. */
function figures(connections) {
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  const descriptors = readdirSync('/proc/self/fd').length - connections;
  return { rss, heapUsed, external, descriptors, served, inspector: require('node:inspector').url() ?? null };
}

const server = http
  .createServer((request, response) => {
    served++;
    if (request.url === '/figures') {
      return server.getConnections((_, count) => response.end(JSON.stringify(figures(count))));
    }
    const body = JSON.stringify(price(served));
    recent[served % recent.length] = body;
    setTimeout(() => response.end(body), 5);
  })
  .listen(0, '127.0.0.1', function () {
    console.log(`ready ${this.address().port}`);
  });
