// Koa 3 with its router: a nested repetition backtracks on an address that almost matches.
import Router from '@koa/router';
import Koa from 'koa';

const nested = /^([a-z0-9]+[.-]?)+@shop\.test$/;
const flat = /^[a-z0-9.-]+@shop\.test$/;

// culprit
function validateEmail(email) {
  return (process.env.MENDED ? flat : nested).test(email);
}

const router = new Router();
router.get('/subscribers/:email', (context) => {
  context.body = { valid: validateEmail(context.params.email) };
});
router.get('/health', (context) => {
  context.body = { ok: true };
});

const server = new Koa()
  .use(router.routes())
  .listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
