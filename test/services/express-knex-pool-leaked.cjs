// Express 5 with Knex: a transaction that is neither committed nor rolled back on one path.
const express = require('express');
const createKnex = require('knex');

const knex = createKnex({
  client: 'pg',
  connection: {},
  pool: { min: 0, max: 4 },
  acquireConnectionTimeout: 3_000,
});
let requests = 0;

// culprit
async function reserveSeat() {
  const transaction = await knex.transaction();
  await transaction.raw('select 1');
  if (!process.env.MENDED && ++requests % 4 === 0) return 'sold out';
  await transaction.commit();
  return 'reserved';
}

const app = express();
app.post('/seats/:id', async (_request, response) => response.json({ seat: await reserveSeat() }));
app.get('/health', (_request, response) => response.json({ ok: true }));
app.use((error, _request, response, _next) => response.status(503).json({ error: error.name }));

const server = app.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
