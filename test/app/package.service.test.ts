import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { version } from '../../src/app/version.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');

it('runs from its packed tarball in an empty folder, and installs nothing beside itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'loopscope-package-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // The build is there already: the scripts would make it anew under the feet of other tests.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  const tarball = `loopscope-${version}.tgz`;
  expect(await readdir(folder)).toEqual([tarball]);
  await run('npm', [
    'install',
    '--offline',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    join(folder, tarball),
  ]);
  expect((await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual([
    'loopscope',
  ]);

  const program = join(folder, 'node_modules', '.bin', 'loopscope');
  const printed = await run(program, ['--version'], { cwd: folder });
  expect(printed.stdout).toBe(`${version}\n`);
  const processes = await run(program, ['ps', '--json'], { cwd: folder });
  const { processes: list } = JSON.parse(processes.stdout) as { processes: { pid: number }[] };
  expect(list.map(({ pid }) => pid)).toContain(process.pid);
  const shown = await run(program, ['demo', '--list'], { cwd: folder });
  expect(shown.stdout).toContain('login');
});
