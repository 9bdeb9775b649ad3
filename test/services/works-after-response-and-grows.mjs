// Two faults at once: work after the response, and a map that nobody clears.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const mended = Boolean(process.env.MENDED);
const audit = new Map();
let index = 0;

// culprit
function rebuildIndex() {
  for (let round = 0; round < (mended ? 1_000 : 4_000_000); round++) index = (index * 31 + round) % 1_000_003;
}

// culprit
function recordAudit() {
  const entry = Array.from({ length: 500 }, (_, line) => ({ line, note: `audit ${line}` }));
  audit.set(mended ? 'last' : randomUUID(), entry);
}

const server = createServer((request, response) => {
  if (request.url === '/audit') recordAudit();
  response.end('ok');
  if (request.url === '/orders') setTimeout(rebuildIndex, 3);
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
