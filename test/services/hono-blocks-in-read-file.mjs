// Hono on Node: a large file is read synchronously for every request.
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

// The largest file that is surely there is Node itself: about 100 MB.
const archive = process.execPath;

// culprit
function readArchive() {
  return readFileSync(archive).length;
}

const app = new Hono();
app.get('/downloads/:name', async (context) =>
  context.json({ bytes: process.env.MENDED ? (await stat(archive)).size : readArchive() }),
);
app.get('/health', (context) => context.json({ ok: true }));

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log('ready', port));
