// Bare node:http: a child process is waited for synchronously.
import { exec, execSync } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';

const command = 'sleep 0.2';

// culprit
function renderThumbnail() {
  execSync(command);
}

const render = process.env.MENDED ? () => promisify(exec)(command) : renderThumbnail;

const server = createServer(async (request, response) => {
  if (request.url.startsWith('/thumbnails/')) await render();
  response.end('ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
