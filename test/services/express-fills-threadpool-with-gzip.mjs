// Express 5: every answer is compressed at the highest level, on the threads that files and DNS need, too.
import { randomBytes } from 'node:crypto';
import { gzip } from 'node:zlib';
import express from 'express';

const text = Buffer.from(randomBytes(process.env.MENDED ? 500 : 1_000_000).toString('hex'));

// culprit
function compressReport(done) {
  gzip(text, { level: 9 }, done);
}

const app = express();
app.get('/reports/:id', (_request, response) => {
  compressReport((_error, packed) => response.json({ bytes: packed.length }));
});
app.get('/health', (_request, response) => response.json({ ok: true }));

const server = app.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
