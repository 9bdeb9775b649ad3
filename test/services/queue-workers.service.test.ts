import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import { hasRabbit } from '../support/rabbitmq.ts';
import { useQueueServers } from '../support/queue-servers.ts';
import { startTarget } from '../support/target-process.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'loopscope.js');
const SERVICE = join(import.meta.dirname, 'works-on-queues.mjs');

const addresses = useQueueServers();

interface CheckedWorker {
  readonly report: Report;
  readonly serious: readonly Finding[];
}

/** Checks a worker that was started without any preparation; `requestsPerSecond` go to its web server. */
async function checkWorker(
  queue: string,
  env: Readonly<Record<string, string>>,
  requestsPerSecond = 0,
): Promise<CheckedWorker> {
  const target = await startTarget(['--inspect-port=0', SERVICE], {
    env: { ...addresses(), QUEUE: queue, ...env },
    ready: /ready \d+/,
  });
  const [, port] = await target.printed(/ready (\d+)/);
  const load =
    requestsPerSecond > 0
      ? setInterval(() => {
          void fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
        }, 1000 / requestsPerSecond)
      : undefined;
  try {
    const args = [PROGRAM, 'check', String(target.pid), '--json', '--fail-on', 'never', '--duration', '5s'];
    const { stdout } = await run(process.execPath, args, { timeout: 60_000, maxBuffer: 1 << 26 });
    const report = JSON.parse(stdout) as Report;
    return { report, serious: report.findings.filter(({ severity }) => severity !== 'info') };
  } finally {
    clearInterval(load);
  }
}

describe.each([
  ['bullmq', 'JOB invoices/seal'],
  ['pg-boss', 'JOB invoices'],
  ['amqplib', 'JOB invoices'],
])('a worker of %s', (queue, route) => {
  test('that blocks the loop is named with the function and the job', async ({ skip }) => {
    skip(queue === 'amqplib' && !hasRabbit(), 'RabbitMQ is not installed: apt-get install rabbitmq-server');
    const { report, serious } = await checkWorker(queue, {});
    expect(serious).toMatchObject([
      {
        kind: 'event-loop-blocked',
        cause: 'sync-crypto',
        routes: [route],
        culprits: [{ function: 'sealInvoice', file: SERVICE }],
      },
    ]);
    expect(report.metrics.requests).toMatchObject({ count: 0 });
    expect(report.metrics.requests?.routes.map((each) => `${each.method} ${each.route}`)).toContain(route);
    expect(report.metrics.queues).toMatchObject([{ kind: queue, name: 'invoices' }]);
  });

  test('that waits for its work gives no finding', async ({ skip }) => {
    skip(queue === 'amqplib' && !hasRabbit(), 'RabbitMQ is not installed: apt-get install rabbitmq-server');
    const { report, serious } = await checkWorker(queue, { MENDED: '1' });
    expect(serious).toEqual([]);
    expect(report.metrics.queues?.[0]?.completed).toBeGreaterThan(0);
  });
});

test('a worker inside a web process is named as work that competes with requests', async () => {
  const { report, serious } = await checkWorker('bullmq', { EVERY_MS: '300', SCORES: '1' }, 20);
  expect(serious.find(({ kind }) => kind === 'background-work')).toMatchObject({
    cause: 'queue-worker',
    routes: ['JOB invoices/seal'],
    culprits: [{ function: 'scoreInvoice' }],
  });
  expect(report.metrics.requests?.count).toBeGreaterThan(0);
});
