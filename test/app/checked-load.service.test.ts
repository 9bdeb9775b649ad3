import { expect, it } from 'vitest';
import { check, runProgram } from '../support/program.ts';
import { startTarget } from '../support/target-process.ts';

/** Carries some 40 requests a second: each takes 25 ms of the loop. */
const SLOW = `
const http = require('node:http');
function work() { const end = process.hrtime.bigint() + 25_000_000n; while (process.hrtime.bigint() < end); }
const server = http.createServer((request, response) => { work(); response.end('done'); });
server.listen(0, '127.0.0.1', () => console.log('ready ' + server.address().port));
`;

it('finds the rate that a service does not carry, and tells it from the rates that it does', async () => {
  const service = await startTarget(['-e', SLOW]);
  const [, port] = await service.printed(/ready (\d+)/);
  const url = `http://127.0.0.1:${port}/`;
  const { report } = await check(service.pid, '--duration', '9s', '--load', url, '--rate', '5,100,200');
  expect(report.load?.steps.map((step) => step.perSecond)).toEqual([5, 100]);
  expect(report.load?.breaks?.perSecond).toBe(100);
  expect(report.load?.sustainedPerSecond).toBe(5);
  const behaviour = report.readiness.find((each) => each.check === 'behaviour-under-load');
  expect(behaviour?.because).toContain('breaks at 100/s');
  expect(['warn', 'fail']).toContain(behaviour?.verdict);
});

it.each([
  [['--load', 'ftp://x/'], /http/],
  [['--load', 'http://127.0.0.1:1/', '--rate', '5,5'], /rising rates/],
  [['--load', 'http://127.0.0.1:1/', '--duration', '2s'], /do not fit into 2 s/],
])('refuses a load that means nothing before it touches the service: %j', async (options, says) => {
  const end = await runProgram(['check', String(process.pid), ...options]);
  expect(end.code).toBe(2);
  expect(end.stderr).toMatch(says);
});
