// A pool that lies beside an object with a million properties.
import http from 'node:http';
import pg from 'pg';

const table = {};
for (let i = 0; i < 1_000_000; i++) table[`key ${i}`] = i;
const context = { table, pool: new pg.Pool({ max: 2 }) };

const server = http.createServer(async (request, response) => {
  await context.pool.query('select 1');
  response.end(String(table[request.url]));
});
await context.pool.query('select 1');
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
