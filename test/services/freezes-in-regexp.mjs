// A regular expression that would take years.
import { createServer } from 'node:http';

const nested = /^(([a-z])+.)+[A-Z]([a-z])+$/;

// culprit
function checkName(name) {
  return nested.test(name);
}

const server = createServer((request, response) => {
  const valid = request.url === '/names' && checkName('a'.repeat(80));
  response.end(String(valid));
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
