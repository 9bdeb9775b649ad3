// Koa 3 with its router, CommonJS: the tag of a large file is computed anew for each request.
const { createHash } = require('node:crypto');
const Router = require('@koa/router');
const Koa = require('koa');

const file = Buffer.alloc(process.env.MENDED ? 20_000 : 100_000_000, 'x');

// culprit
function tagOf(bytes) {
  return createHash('sha512').update(bytes).digest('base64');
}

const router = new Router();
router.get('/files/:name', (context) => {
  context.set('etag', tagOf(file));
  context.body = context.params.name;
});
router.get('/health', (context) => {
  context.body = 'ok';
});
const app = new Koa();
app.use(router.routes());

const server = app.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
