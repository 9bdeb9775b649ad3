import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listNodeProcesses } from '../../src/inspector/process-discovery.ts';
import { resolveTarget } from '../../src/inspector/target.ts';
import { listeningSocketsOf } from '../../src/inspector/socket-table.ts';
import { fromNodeProcesses } from '../../src/presentation/process-list.ts';
import { nodeBinary } from '../node-versions.ts';
import { startScript, startTarget } from '../support/target-process.ts';

const IDLE = 'setInterval(() => {}, 1000);';
const SERVES = `require('http').createServer((request) => console.log('REQUEST ' + request.url)).listen(0, () => console.log('ready'));`;
const CLUSTER = `
  const cluster = require('cluster');
  if (cluster.isPrimary) {
    const expected = Number(process.argv[2]);
    const pids = [];
    for (let i = 0; i < expected; i++) cluster.fork();
    cluster.on('listening', (worker, { port }) => {
      pids.push(worker.process.pid);
      if (pids.length === expected) console.log('port ' + port + ' workers ' + pids + ' ready');
    });
  } else require('http').createServer(() => {}).listen(0);`;
/** A word that no other process on the machine has in its command line. */
const unique = (): string => `word-${process.pid}-${Math.random().toString(36).slice(2)}`;

describe('a target', () => {
  test('that is a number is a pid', async () => {
    expect(await resolveTarget('4711')).toEqual({ ok: true, value: 4711 });
  });

  test('that is an address or a URL is an inspector', async () => {
    expect(await resolveTarget('db7.internal:9229')).toEqual({
      ok: true,
      value: { host: 'db7.internal', port: 9229 },
    });
    expect(await resolveTarget('[::1]:9229')).toEqual({ ok: true, value: { host: '::1', port: 9229 } });
    const url = 'ws://127.0.0.1:9229/0f2c936f-b1cd-4ac9-aab3-f63b0f33d55e';
    expect(await resolveTarget(url)).toEqual({ ok: true, value: { webSocketUrl: url } });
  });

  test.each(['', '  ', ':0', ':70000', 'host:99999', 'ws://', 'wss://host/x', 'ws://127.0.0.1:9229'])(
    'that cannot be one (%j) is a fault of the command line',
    async (text) => {
      expect(await resolveTarget(text)).toMatchObject({
        ok: false,
        error: { code: 'target-invalid', exitCode: 2 },
      });
    },
  );

  test('that is part of one command line is that process; of two, the candidates are listed', async () => {
    const word = unique();
    const first = await startScript(IDLE, { flags: [`--title=${word}-a`] });
    const second = await startScript(IDLE, { flags: [`--title=${word}-b`] });
    expect(await resolveTarget(`${word}-a`)).toEqual({ ok: true, value: first.pid });
    const both = await resolveTarget(word);
    expect(both).toMatchObject({ ok: false, error: { code: 'target-ambiguous', exitCode: 3 } });
    expect(both.ok ? '' : both.error.message).toContain(`${first.pid} (`);
    expect(both.ok ? '' : both.error.message).toContain(`${second.pid} (`);
  });

  test('is never another loopscope, nor the runner that started one, nor a program that is not Node', async () => {
    const word = unique();
    await startTarget(['-c', `echo ready; sleep 60; : ${word}`], { executable: 'bash' });
    await startScript(`process.title = 'npm exec loopscope attach ${word}'; ${IDLE}`);
    expect(await resolveTarget(word)).toMatchObject({ ok: false, error: { code: 'target-not-found' } });
  });

  test('that is a port is the process that serves there, and no request is sent to it', async () => {
    const target = await startScript(SERVES, { announce: false });
    const [socket] = listeningSocketsOf(target.pid);
    expect(await resolveTarget(`:${socket?.port}`)).toEqual({ ok: true, value: target.pid });
    expect(target.stdout()).not.toContain('REQUEST');
  });

  test.each([1, 2])(
    'that is the port of a cluster of %i is its worker, or the list of them',
    async (workers) => {
      const script = join(mkdtempSync(join(tmpdir(), 'loopscope-cluster-')), 'cluster.cjs');
      onTestFinished(() => rmSync(dirname(script), { recursive: true }));
      writeFileSync(script, CLUSTER);
      // Workers end by themselves when their primary is gone.
      const target = await startTarget([script, String(workers)]);
      const [, port, pids] = await target.printed(/port (\d+) workers ([\d,]+)/);
      const resolved = await resolveTarget(`:${port}`);
      expect(resolved).toMatchObject(
        workers === 1
          ? { ok: true, value: Number(pids) }
          : {
              ok: false,
              error: { code: 'target-ambiguous', message: expect.stringContaining('fits 2 processes') },
            },
      );
    },
  );

  test('that is a port of something else is refused with its name', async () => {
    const python = `import socket,time; s=socket.socket(); s.bind(('127.0.0.1',0)); s.listen(); print('port',s.getsockname()[1],'ready',flush=True); time.sleep(60)`;
    const target = await startTarget(['-c', python], { executable: 'python3' });
    const [, port] = await target.printed(/port (\d+)/);
    const resolved = await resolveTarget(`:${port}`);
    expect(resolved).toMatchObject({ ok: false, error: { code: 'target-not-found' } });
    expect(resolved.ok ? '' : resolved.error.message).toContain(`${target.pid}`);
    expect(await resolveTarget(':1')).toMatchObject({ ok: false, error: { code: 'target-not-found' } });
  });
});

test('the list of processes tells version, use, start and how each can be attached to', async () => {
  const plain = await startScript(
    'setInterval(() => { const end = Date.now() + 45; while (Date.now() < end); }, 50)',
  );
  const open = await startScript(IDLE, { flags: ['--inspect=127.0.0.1:0'] });
  const handles = await startScript(`process.on('SIGUSR1', () => {}); ${IDLE}`, {
    executable: await nodeBinary(24),
  });
  const wallMs = Date.now();
  const processes = await listNodeProcesses(wallMs);
  const found = (pid: number): (typeof processes)[number] | undefined =>
    processes.find((candidate) => candidate.pid === pid);
  expect(found(process.pid)).toBeUndefined();
  expect(found(plain.pid)).toMatchObject({
    node: process.version,
    parentPid: process.pid,
    clusterWorker: false,
  });
  expect(found(plain.pid)?.inspector.kind).toBe('closed');
  expect(found(plain.pid)?.cpuPercent).toBeGreaterThan(10);
  expect(found(plain.pid)?.rssBytes).toBeGreaterThan(2 ** 20);
  expect(Math.abs((found(plain.pid)?.startedAtWallMs ?? 0) - wallMs)).toBeLessThan(60_000);
  const [port] = listeningSocketsOf(open.pid);
  expect(found(open.pid)?.inspector).toMatchObject({ kind: 'open', port: port?.port, openedBy: 'user' });
  expect(found(handles.pid)?.node).toMatch(/^v24\./);
  expect(found(handles.pid)?.inspector).toMatchObject({
    kind: 'unavailable',
    because: { code: 'own-sigusr1-handler' },
  });

  expect(fromNodeProcesses(processes)).toMatchObject({ schema: 'loopscope.ps/1' });
});
