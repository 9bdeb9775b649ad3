// For roots that hold nothing but Node: no package, no outside load; it asks itself.
const { createServer, get } = require('node:http');

function burnCpu() {
  const until = Date.now() + 120;
  while (Date.now() < until);
}

const server = createServer((request, response) => {
  burnCpu();
  response.end('done');
});
server.listen(38713, '127.0.0.1', () => {
  setInterval(() => get('http://127.0.0.1:38713/price', (response) => response.resume()), 300);
  console.log(`ready as ${process.pid}`);
});
