// Bare node:http: every request takes a table apart into cells, and the last of them live just long enough to be moved.
import { createServer } from 'node:http';

const table = Array.from({ length: process.env.MENDED ? 50 : 20_000 }, (_, id) => `${id};name ${id}`).join(
  '\n',
);
const recent = [];

// culprit
function splitTable() {
  const rows = table.split('\n').map((row) => row.split(';'));
  recent.push(rows);
  if (recent.length > 12) recent.shift();
  return rows.length;
}

const server = createServer((request, response) => {
  response.end(request.url === '/tables' ? String(splitTable()) : 'ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
