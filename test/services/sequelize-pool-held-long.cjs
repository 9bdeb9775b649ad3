// Bare node:http with Sequelize: a managed transaction waits for something slow.
const { createServer } = require('node:http');
const { setTimeout: sendMail } = require('node:timers/promises');
const { Sequelize } = require('sequelize');

const sequelize = new Sequelize({
  dialect: 'postgres',
  host: process.env.PGHOST,
  port: Number(process.env.PGPORT),
  username: process.env.PGUSER,
  database: process.env.PGDATABASE,
  logging: false,
  pool: { max: 4, acquire: 10_000 },
});

// culprit
async function registerUser() {
  await sequelize.transaction(async (transaction) => {
    await sequelize.query('select 1', { transaction });
    if (!process.env.MENDED) await sendMail(1_500);
  });
}

const server = createServer(async (request, response) => {
  if (request.url === '/users') await registerUser();
  response.end('ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
