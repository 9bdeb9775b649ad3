import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listeningSocketsOf } from '../../src/inspector/socket-table.ts';
import { startScript, startTarget } from '../support/target-process.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAMS = join(import.meta.dirname, 'library');
const LONG_MS = 60_000;

/** A folder of somebody else, with the built package installed as its files say. */
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopscope-library-'));
  const installed = join(folder, 'node_modules', 'loopscope');
  await mkdir(installed, { recursive: true });
  for (const part of ['package.json', 'dist']) {
    await cp(join(ROOT, part), join(installed, part), { recursive: true });
  }
  await mkdir(join(folder, 'node_modules', '@types'));
  await symlink(join(ROOT, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'));
  await symlink(join(ROOT, 'node_modules/undici-types'), join(folder, 'node_modules/undici-types'));
  await cp(PROGRAMS, folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function watch(pid: number, until: 'named' | 'now' | 'ended'): Promise<Record<string, unknown>> {
  const program = await startTarget(['watch.mjs', String(pid), until], { cwd: folder, ready: /(?:)/ });
  const { code } = await program.exited;
  expect(program.stderr()).toBe('');
  expect(code).toBe(0);
  return JSON.parse(program.stdout()) as Record<string, unknown>;
}

describe('the library', () => {
  it('names who blocks, hears the events, and leaves nothing behind', async () => {
    const service = await startScript(
      'function blockHere() { const end = Date.now() + 150; while (Date.now() < end); } setInterval(blockHere, 300);',
    );
    const seen = await watch(service.pid, 'named');
    expect(seen).toMatchObject({
      same: true,
      target: service.pid,
      report: { schema: 'loopscope.report/1', pid: service.pid },
      finding: { kind: 'event-loop-blocked', function: 'blockHere' },
      checks: 6,
      listeners: [],
    });
    expect(seen['longestMs']).toBeGreaterThan(100);
    expect(listeningSocketsOf(service.pid)).toEqual([]);
  });

  it('ends the events when the service ends, and says how', async () => {
    const service = await startScript('setTimeout(() => process.exit(), 4000)');
    const seen = await watch(service.pid, 'ended');
    expect(seen).toMatchObject({ ended: 'ended', report: { pid: service.pid } });
  });

  it('throws an error with a code and a hint', async () => {
    const service = await startScript("process.on('SIGUSR1', () => {}); setInterval(() => {}, 1000);");
    expect(await watch(service.pid, 'now')).toEqual({
      ours: true,
      name: 'LoopscopeError',
      code: 'own-sigusr1-handler',
      message: expect.stringContaining('handles SIGUSR1 itself'),
      hint: expect.stringMatching(/agent/),
    });
  });
});

describe('its declarations', () => {
  it.each([
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ])(
    'compile in a program with moduleResolution %s, with those of libraries checked',
    async (moduleResolution, module) => {
      const options = [
        '--noEmit',
        '--strict',
        '--target',
        'es2022',
        '--lib',
        'es2022,esnext.disposable',
        '--types',
        'node',
        '--module',
        module,
        '--moduleResolution',
        moduleResolution,
        'consumer.mts',
      ];
      const compiled = await run(join(ROOT, 'node_modules/.bin/tsc'), options, { cwd: folder }).catch(
        (error: unknown) => error as { readonly stdout: string },
      );
      expect(compiled.stdout).toBe('');
    },
    LONG_MS,
  );
});
