// Koa 3 with Knex: a pool of two for a route that needs six connections.
import Koa from 'koa';
import createKnex from 'knex';

const knex = createKnex({ client: 'pg', connection: {}, pool: { min: 0, max: process.env.MENDED ? 20 : 2 } });

// culprit
async function loadBasket() {
  const { rows } = await knex.raw('select pg_sleep(0.1)');
  return rows.length;
}

const app = new Koa();
app.use(async (context) => {
  context.body = context.path === '/basket' ? String(await loadBasket()) : 'ok';
});

const server = app.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
