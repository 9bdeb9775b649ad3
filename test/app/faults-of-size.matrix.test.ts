/** More of something than anybody reckons with: loopscope and the service stay small, and the figures right. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { endOf, startProgram } from '../support/program.ts';
import { startSelfObserving } from '../support/self-observing.ts';
import { startScript, startTarget, type TargetProcess } from '../support/target-process.ts';

const LONG_MS = 120_000;
const MB = 2 ** 20;
const URLS = 100_000;
const SOCKETS = 10_000;
/** In both processes: one end of each socket, and what a process needs for itself. */
const DESCRIPTORS = SOCKETS + 500;

const rssOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

const portOf = (service: TargetProcess): string => /ready (\d+)/.exec(service.stdout())?.[1] ?? '';

/** Asks for another URL each time, in a process of its own: eight at once over connections that stay. */
const askForAll = (port: string, count: number): Promise<TargetProcess> =>
  startScript(
    `const http = require('node:http'), agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
     let asked = 0, answered = 0;
     const ask = () => {
       if (asked === ${count}) return;
       const n = (asked++).toString(36).padStart(4, '0');
       const path = '/' + n[0] + n[3] + 'x/' + n[1] + n[2] + 'y/' + n + '?q=' + n;
       http.get({ agent, port: ${port}, path }, (response) => response.resume().on('end', () => {
         if (++answered === ${count}) { console.log('asked for all'); agent.destroy(); }
         ask();
       }));
     };
     for (let i = 0; i < 8; i++) ask();`,
  );

it(
  'of 100,000 distinct URLs the memory of neither grows, and no request is lost',
  { timeout: LONG_MS * 2 },
  async () => {
    const service = await startSelfObserving(
      `const v8 = require('node:v8'); v8.setFlagsFromString('--expose-gc');
     const collect = require('node:vm').runInNewContext('gc');
     process.on('SIGUSR2', () => { collect(); console.log('heap ' + process.memoryUsage().heapUsed + ' '); });`,
    );
    const heapUsed = async (time: number): Promise<number> => {
      process.kill(service.pid, 'SIGUSR2');
      const all = new RegExp(`(?:heap (\\d+) [^]*){${time}}`);
      return Number((await service.printed(all))[1]);
    };
    const program = await startProgram([
      'check',
      String(service.pid),
      '--json',
      '--duration',
      '30m',
      '--fail-on',
      'never',
    ]);
    await expect.poll(async () => (await service.ask()).subscribed, { timeout: LONG_MS }).not.toEqual([]);

    const warmUp = await askForAll(portOf(service), URLS / 10);
    await warmUp.printed(/asked for all/, LONG_MS);
    const [before, ownBefore] = [await heapUsed(1), rssOf(program.pid)];
    const rest = await askForAll(portOf(service), URLS);
    await rest.printed(/asked for all/, LONG_MS);
    const [after, ownAfter] = [await heapUsed(2), rssOf(program.pid)];

    program.child.kill('SIGINT');
    const { metrics } = JSON.parse((await endOf(program)).stdout) as Report;
    console.log(
      `heap of the service ${(before / MB).toFixed(1)} -> ${(after / MB).toFixed(1)} MB, ` +
        `loopscope ${(ownBefore / MB).toFixed(0)} -> ${(ownAfter / MB).toFixed(0)} MB, ${metrics.requests?.routes.length} routes`,
    );
    expect(after - before).toBeLessThan(4 * MB);
    expect(ownAfter - ownBefore).toBeLessThan(64 * MB);
    expect(metrics.requests?.count).toBeGreaterThanOrEqual(URLS * 1.1);
    expect(metrics.requests?.routes.length).toBeLessThanOrEqual(210);
  },
);

/** A process with room for all of them. */
const withDescriptors = (script: string): Promise<TargetProcess> =>
  startTarget(['-c', `ulimit -n ${DESCRIPTORS} && exec "$0" "$@"`, process.execPath, '-e', script], {
    executable: '/bin/bash',
    readyWithinMs: LONG_MS,
  });

it(
  'a service that holds 10,000 sockets keeps them, and answers while it is watched',
  { timeout: LONG_MS * 2 },
  async () => {
    const service = await withDescriptors(
      `const http = require('node:http');
     const server = http.createServer((request, response) =>
       server.getConnections((_, count) => response.end(JSON.stringify([count, require('node:inspector').url() ?? null]))));
     server.keepAliveTimeout = 0;
     server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => console.log('ready ' + server.address().port));`,
    );
    const port = portOf(service);
    // From several addresses, or the local ports would run short.
    const client = await withDescriptors(
      `const net = require('node:net'); const held = []; let open = 0;
     const more = () => {
       if (held.length === ${SOCKETS}) return;
       const socket = net.connect({ port: ${port}, host: '127.0.0.1', localAddress: '127.0.0.' + (2 + held.length % 4) });
       held.push(socket.once('connect', () => { if (++open === ${SOCKETS}) console.log('ready'); more(); }));
     };
     for (let i = 0; i < 100; i++) more();`,
    );
    const ask = async (): Promise<[number, string | null]> =>
      (await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).json()) as [
        number,
        string | null,
      ];
    expect(await ask()).toEqual([SOCKETS + 1, null]);

    const program = await startProgram([
      'check',
      String(service.pid),
      '--json',
      '--duration',
      '10s',
      '--fail-on',
      'never',
    ]);
    let slowestMs = 0;
    let asked = 0;
    const ended = endOf(program);
    while ((await Promise.race([ended, sleep(20)])) === undefined) {
      const askedAtMs = performance.now();
      expect((await ask())[0]).toBe(SOCKETS + 1);
      slowestMs = Math.max(slowestMs, performance.now() - askedAtMs);
      asked++;
    }
    const { code, stdout, stderr } = await ended;
    expect(code, stderr).toBe(0);
    const { overhead, requests } = (JSON.parse(stdout) as Report).metrics;
    console.log(`slowest of ${asked} answers ${slowestMs.toFixed(0)} ms, ${JSON.stringify(overhead)}`);
    expect(requests?.count).toBeGreaterThan(50);
    expect(slowestMs).toBeLessThan(2_000);
    expect(await ask()).toEqual([SOCKETS + 1, null]);
    await client.kill();
  },
);
