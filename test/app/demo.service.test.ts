import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { DEMO_SYMPTOMS, startDemo, type Demo, type DemoSymptomName } from '../../src/app/demo.ts';

let folder = '';
let script = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopscope-demo-'));
  script = join(folder, 'demo-service.mjs');
  const entry = join(import.meta.dirname, '..', '..', 'src', 'app', 'demo-service.ts');
  await build({ entryPoints: [entry], outfile: script, bundle: true, format: 'esm', platform: 'node' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(symptom: DemoSymptomName): Promise<Demo> {
  const demo = await startDemo({ symptom, script });
  if (!demo.ok) throw new Error(demo.error.message);
  onTestFinished(() => demo.value.stop());
  return demo.value;
}

/** A zombie has ended: nobody may be there to reap it in a container. */
const lives = (pid: number): boolean => {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
};

const answering = Object.keys(DEMO_SYMPTOMS).filter((symptom) => symptom !== 'frozen') as DemoSymptomName[];

it.each(answering)('answers every request that shows the symptom %s', async (symptom) => {
  const { routes } = await start(symptom);
  for (const { method, url } of routes) {
    // One after another: the faults would wait for each other.
    // eslint-disable-next-line no-await-in-loop
    const response = await fetch(url, { method });
    expect({ url, status: response.status }).toEqual({ url, status: 200 });
  }
});

it('is stopped also while it is frozen', async () => {
  const demo = await start('frozen');
  const exported = demo.routes.find(({ url }) => url.endsWith('/export'));
  const answer = fetch(exported?.url ?? '').catch((error: unknown) => error);
  await demo.stop();
  expect(lives(demo.pid)).toBe(false);
  expect(await answer).toBeInstanceOf(Error);
});

it('ends when the program that started it was killed', async () => {
  const parent = `
    const service = require('node:child_process').spawn(process.execPath, [${JSON.stringify(script)}]);
    service.stdout.on('data', () => console.log(service.pid));
    setInterval(() => {}, 1000);
  `;
  const starter = spawn(process.execPath, ['-e', parent], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void starter.kill('SIGKILL'));
  const [line] = (await once(starter.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(lives(pid)).toBe(true);
  starter.kill('SIGKILL');
  await expect.poll(() => lives(pid), { timeout: 10_000 }).toBe(false);
});

it('says so when it does not start', async () => {
  const demo = await startDemo({ symptom: 'login', script: join(folder, 'not-there.mjs') });
  expect(demo).toMatchObject({ ok: false, error: { code: 'demo-not-started', exitCode: 3 } });
});
