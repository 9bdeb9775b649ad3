// Express 5, two faults at once: a login blocks the loop, and a lookup leaks connections of pg.
import { pbkdf2Sync } from 'node:crypto';
import express from 'express';
import pg from 'pg';

const mended = Boolean(process.env.MENDED);
const pool = new pg.Pool({ max: 5, connectionTimeoutMillis: 3_000 });
let lookups = 0;

// culprit
function derivePassword(password) {
  return pbkdf2Sync(password, 'salt', mended ? 1_000 : 150_000, 64, 'sha512').toString('hex');
}

// culprit
async function findCustomer() {
  const client = await pool.connect();
  await client.query('select 1');
  if (!mended && ++lookups % 4 === 0) return null;
  client.release();
  return { name: 'ada' };
}

const app = express();
app.post('/login', (_request, response) => response.json({ token: derivePassword('secret') }));
app.get('/customers/:id', async (_request, response) => response.json(await findCustomer()));
app.use((error, _request, response, _next) => response.status(503).json({ error: error.message }));

const server = app.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
