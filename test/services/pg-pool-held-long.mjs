// pg: a transaction stays open while another service is asked.
import { createServer } from 'node:http';
import { setTimeout as askPaymentService } from 'node:timers/promises';
import pg from 'pg';

const pool = new pg.Pool({ max: 4 });

// culprit
async function placeOrder() {
  if (process.env.MENDED) await askPaymentService(100);
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select 1');
    if (!process.env.MENDED) await askPaymentService(1_500);
    await client.query('commit');
  } finally {
    client.release();
  }
}

const server = createServer(async (request, response) => {
  if (request.url === '/orders') await placeOrder();
  response.end('ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
