// Bare node:http with generic-pool over pg clients: one path acquires and does not release.
import { createServer } from 'node:http';
import genericPool from 'generic-pool';
import pg from 'pg';

const factory = {
  async create() {
    const client = new pg.Client();
    await client.connect();
    return client;
  },
  destroy: (client) => client.end(),
};
const pool = genericPool.createPool(factory, { max: 4, acquireTimeoutMillis: 3_000 });
let requests = 0;

// culprit
async function countVisits() {
  const client = await pool.acquire();
  await client.query('select 1');
  if (!process.env.MENDED && ++requests % 4 === 0) return;
  await pool.release(client);
}

const server = createServer(async (request, response) => {
  try {
    if (request.url === '/visits') await countVisits();
  } catch {
    response.statusCode = 503;
  }
  response.end();
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
