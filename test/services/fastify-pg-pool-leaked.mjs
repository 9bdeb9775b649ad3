// Fastify 5 with pg: an early return forgets the connection.
import Fastify from 'fastify';
import pg from 'pg';

const pool = new pg.Pool({ max: 5, connectionTimeoutMillis: 3_000 });
let requests = 0;

// culprit
async function findInvoice() {
  const client = await pool.connect();
  const { rows } = await client.query('select 1 as id');
  // Every fourth invoice is paid already, and its connection never comes back.
  if (!process.env.MENDED && ++requests % 4 === 0) return { paid: true };
  client.release();
  return rows[0];
}

const app = Fastify();
app.get('/invoices/:id', findInvoice);
app.get('/health', async () => ({ ok: true }));

await app.listen({ port: 0, host: '127.0.0.1' });
console.log('ready', app.server.address().port);
