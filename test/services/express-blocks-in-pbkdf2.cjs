// Express 5, CommonJS: a login derives its key synchronously.
const { pbkdf2, pbkdf2Sync } = require('node:crypto');
const { promisify } = require('node:util');
const express = require('express');

const users = new Map([['ada', { salt: 'salt of ada' }]]);

// culprit
function derivePassword(password, salt) {
  return pbkdf2Sync(password, salt, 150_000, 64, 'sha512').toString('hex');
}

const derive = process.env.MENDED
  ? async (password, salt) => (await promisify(pbkdf2)(password, salt, 20_000, 64, 'sha512')).toString('hex')
  : derivePassword;

const accounts = express.Router();
accounts.post('/:user/login', async (request, response) => {
  const { salt } = users.get('ada');
  response.json({ user: request.params.user, token: await derive('secret', salt) });
});

const app = express();
app.use('/accounts', accounts);
app.get('/health', (_request, response) => response.json({ ok: true }));

const server = app.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
