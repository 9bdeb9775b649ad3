/* oxlint-disable no-underscore-dangle -- the driver gives its server no other way to say its port */
// One pool of each driver, each used once; then a server whose handler knows them all.
import http from 'node:http';
import { once } from 'node:events';
import genericPool from 'generic-pool';
import Redis from 'ioredis';
import knexOf from 'knex';
import mysql from 'mysql2';
import pg from 'pg';
import { Pool as SequelizePool } from 'sequelize-pool';
import { Pool as UndiciPool } from 'undici';
import { createClientPool } from '@redis/client';

const connect = async () => {
  const client = new pg.Client();
  await client.connect();
  return client;
};
const close = (client) => client.end();

// The driver's own server side, since there is no MySQL: it answers every query with one row.
const mysqlServer = mysql.createServer();
mysqlServer.on('connection', (connection) => {
  connection.serverHandshake({
    protocolVersion: 10,
    serverVersion: 'fake',
    connectionId: 1,
    statusFlags: 2,
    characterSet: 8,
    capabilityFlags: 0xffffff ^ 0x0800,
  });
  connection.on('query', () => connection.writeOk());
  connection.on('error', () => {});
});
mysqlServer.listen(0, '127.0.0.1');
const neighbour = http.createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
await Promise.all([once(mysqlServer._server, 'listening'), once(neighbour, 'listening')]);

const redisPort = Number(process.env.REDIS_PORT);
const pools = {
  knex: knexOf({
    client: 'pg',
    connection: { host: process.env.PGHOST, port: process.env.PGPORT, user: 'postgres' },
    pool: { min: 0, max: 4 },
  }),
  generic: genericPool.createPool({ create: connect, destroy: close }, { max: 5 }),
  sequelize: new SequelizePool({
    name: 'own',
    create: connect,
    destroy: close,
    validate: () => true,
    max: 6,
    min: 0,
    acquireTimeoutMillis: 60_000,
    idleTimeoutMillis: 60_000,
    reapIntervalMillis: 60_000,
  }),
  mysql: mysql
    .createPool({ host: '127.0.0.1', port: mysqlServer._server.address().port, connectionLimit: 7 })
    .promise(),
  undici: new UndiciPool(`http://127.0.0.1:${neighbour.address().port}`, { connections: 8 }),
  agent: new http.Agent({ keepAlive: true, maxSockets: 9 }),
  ioredis: new Redis(redisPort, '127.0.0.1'),
  redis: createClientPool({ url: `redis://127.0.0.1:${redisPort}` }),
};
await pools.redis.connect();

async function keepGeneric() {
  return pools.generic.acquire();
}
async function keepMysql() {
  return pools.mysql.getConnection();
}
async function keepSequelize() {
  return pools.sequelize.acquire();
}
async function useAll() {
  await pools.knex.raw('select 1');
  await pools.generic.use((client) => client.query('select 1'));
  pools.sequelize.release(await pools.sequelize.acquire());
  await pools.mysql.query('select 1');
  await (await pools.undici.request({ path: '/', method: 'GET' })).body.dump();
  const [answer] = await once(http.get({ port: neighbour.address().port, agent: pools.agent }), 'response');
  answer.resume();
  await once(answer, 'end');
  await pools.ioredis.get('key');
  await pools.redis.get('key');
}

const handlers = {
  '/use': useAll,
  '/keep': () => Promise.all([keepGeneric(), keepMysql(), keepSequelize()]),
};
const server = http.createServer((request, response) => {
  handlers[request.url]().then(
    () => response.end('done'),
    (error) => response.writeHead(500).end(String(error)),
  );
});
await useAll();
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
