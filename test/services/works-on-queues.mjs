// Works on a queue of each library, and serves nothing but the question how it is.
// QUEUE=bullmq|pg-boss|amqplib; EVERY_MS: one job in that time; MENDED=1 spares the loop;
// SCORES=1 computes in JavaScript, a little at a time.
import { createServer } from 'node:http';
import { pbkdf2, pbkdf2Sync } from 'node:crypto';
import { promisify } from 'node:util';

const ROUNDS = 1_200_000;
const EVERY_MS = Number(process.env.EVERY_MS ?? 600);

function sealInvoice() {
  return pbkdf2Sync('invoice', 'salt', ROUNDS, 32, 'sha256');
}

async function scoreInvoice() {
  let score = 0;
  for (let round = 0; round < 8; round++) {
    for (let i = 0; i < 8_000_000; i++) score = (score * 31 + i) % 1_000_003;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return score;
}

async function work({ number }) {
  if (number % 5 === 4) throw new Error('no such invoice');
  if (process.env.SCORES) await scoreInvoice();
  else if (process.env.MENDED) await promisify(pbkdf2)('invoice', 'salt', 1000, 32, 'sha256');
  else sealInvoice();
}

const STARTS = {
  async bullmq() {
    const { Queue, Worker } = await import('bullmq');
    const connection = {
      host: '127.0.0.1',
      port: Number(process.env.REDIS_PORT),
      maxRetriesPerRequest: null,
    };
    const queue = new Queue('invoices', { connection });
    const worker = new Worker('invoices', (job) => work(job.data), { connection });
    worker.on('failed', () => {});
    return (data) => queue.add('seal', data);
  },
  async 'pg-boss'() {
    const { default: PgBoss } = await import('pg-boss');
    const { PGHOST: host, PGPORT: port, PGUSER: user, PGDATABASE: database } = process.env;
    const boss = new PgBoss({ host, port: Number(port), user, database });
    boss.on('error', () => {});
    await boss.start();
    await boss.createQueue('invoices');
    await boss.work('invoices', { pollingIntervalSeconds: 0.5 }, ([job]) => work(job.data));
    return (data) => boss.send('invoices', data);
  },
  async amqplib() {
    const { connect } = await import('amqplib');
    const connection = await connect(`amqp://127.0.0.1:${process.env.AMQP_PORT}`);
    const channel = await connection.createChannel();
    await channel.assertQueue('invoices', { durable: false });
    await channel.prefetch(1);
    await channel.consume('invoices', async (message) => {
      try {
        await work(JSON.parse(message.content.toString()));
        channel.ack(message);
      } catch {
        channel.nack(message, false, false);
      }
    });
    return (data) => channel.sendToQueue('invoices', Buffer.from(JSON.stringify(data)));
  },
};

const send = await STARTS[process.env.QUEUE]();
let number = 0;
setInterval(() => send({ number: number++ }), EVERY_MS);

const server = createServer((request, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
