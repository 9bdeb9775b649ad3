// pg: two connections for a route that needs six.
import { createServer } from 'node:http';
import pg from 'pg';

const pool = new pg.Pool({ max: process.env.MENDED ? 20 : 2 });

// culprit
async function loadOrder() {
  const { rows } = await pool.query('select pg_sleep(0.1)');
  return rows.length;
}

const server = createServer(async (request, response) => {
  response.end(request.url === '/orders/1' ? String(await loadOrder()) : 'ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
