// node:sqlite (Node 22.5 and later) runs its queries on the event loop.
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';

const count = process.env.MENDED ? 100 : 1_000_000;
const database = new DatabaseSync(':memory:');
const query = database.prepare(
  `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count}) select sum(i) as total from n`,
);

// culprit
function sumOrders() {
  return query.get().total;
}

const server = createServer((request, response) => {
  response.end(request.url === '/orders/total' ? String(sumOrders()) : 'ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
