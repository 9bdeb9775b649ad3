// Koa 3 without a router, CommonJS: a session key is stretched synchronously.
const { scrypt, scryptSync } = require('node:crypto');
const { promisify } = require('node:util');
const Koa = require('koa');

const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 28 };

// culprit
function stretchKey(secret) {
  return scryptSync(secret, 'salt', 64, cost).toString('hex');
}

const stretch = process.env.MENDED
  ? async (secret) => (await promisify(scrypt)(secret, 'salt', 64, { N: 2 ** 10 })).toString('hex')
  : stretchKey;

const app = new Koa();
app.use(async (context) => {
  context.body = context.path === '/sessions' ? await stretch('secret') : 'ok';
});

const server = app.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
