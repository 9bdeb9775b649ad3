// A pool of three connections. /held keeps one for a slow query, /leaked never gives it back, /quick behaves.
import http from 'node:http';
import pg from 'pg';

const pool = new pg.Pool({ max: 3 });

async function runReport() {
  const client = await pool.connect();
  try {
    await client.query('select pg_sleep(30)');
  } finally {
    client.release();
  }
}

async function forgetClient() {
  const client = await pool.connect();
  await client.query('select 1');
}

const handlers = {
  '/held': runReport,
  '/leaked': forgetClient,
  '/quick': () => pool.query('select 1'),
};

const server = http.createServer(async (request, response) => {
  try {
    await handlers[request.url]();
    response.end('done');
  } catch {
    response.writeHead(500).end();
  }
});
await pool.query('select 1');
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
