// Express 5, ES module: bcryptjs is JavaScript, and its synchronous form computes on the event loop.
import bcrypt from 'bcryptjs';
import express from 'express';

const rounds = process.env.MENDED ? 4 : 11;

// culprit
function hashPassword(password) {
  return bcrypt.hashSync(password, rounds);
}

const app = express();
app.post('/users/:id/password', (_request, response) => response.json({ hash: hashPassword('secret') }));
app.get('/health', (_request, response) => response.json({ ok: true }));

const server = app.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
