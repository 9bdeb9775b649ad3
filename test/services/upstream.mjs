// Another service that ours depends on, in a process of its own; it ends with its parent.
import { createServer } from 'node:http';

const delayMs = Number(process.argv[2]);
const server = createServer((_request, response) => {
  setTimeout(() => response.end('{"rate":1.1}'), delayMs);
}).listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit(0));
