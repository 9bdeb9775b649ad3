import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import {
  agentPlaces,
  agentSocketName,
  clearAgentFolder,
  pidOfAgentSocket,
  provideAgentFolder,
} from '../../src/inspector/agent-folder.ts';

const USER = process.geteuid?.() ?? -1;
/** Above the highest pid of a kernel as it comes. */
const NOBODYS_PID = 4_194_999;

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it('the folder is made for its user alone, and used again', () => {
  const base = place();
  const made = provideAgentFolder(base, USER);
  expect(made).toEqual({ ok: true, value: join(base, `loopscope-${USER}`) });
  expect(statSync(join(base, `loopscope-${USER}`)).mode & 0o777).toBe(0o700);
  expect(provideAgentFolder(base, USER)).toEqual(made);
});

it('a folder that others can enter, a link, a file, and one of another user are refused', () => {
  const open = place();
  mkdirSync(join(open, `loopscope-${USER}`));
  chmodSync(join(open, `loopscope-${USER}`), 0o755);
  expect(provideAgentFolder(open, USER)).toMatchObject({
    ok: false,
    error: expect.stringMatching(/open to other users$/),
  });

  const linked = place();
  symlinkSync(place(), join(linked, `loopscope-${USER}`));
  expect(provideAgentFolder(linked, USER)).toMatchObject({
    ok: false,
    error: expect.stringMatching(/no folder$/),
  });

  const file = place();
  writeFileSync(join(file, `loopscope-${USER}`), '');
  expect(provideAgentFolder(file, USER)).toMatchObject({
    ok: false,
    error: expect.stringMatching(/no folder$/),
  });

  const foreign = place();
  mkdirSync(join(foreign, `loopscope-${USER + 1}`), { mode: 0o700 });
  expect(provideAgentFolder(foreign, USER + 1)).toMatchObject({
    ok: false,
    error: expect.stringContaining('another user'),
  });
});

it('a place whose socket would have too long a path is refused, because the kernel cuts it off', () => {
  const deep = join(place(), 'x'.repeat(60));
  mkdirSync(deep);
  expect(provideAgentFolder(deep, USER)).toMatchObject({
    ok: false,
    error: expect.stringContaining('too long'),
  });
});

it('the place that the user names is the only one; else the run-time folder comes first', () => {
  expect(agentPlaces({ LOOPSCOPE_AGENT_DIR: '/var/a', XDG_RUNTIME_DIR: '/run/user/7' })).toEqual(['/var/a']);
  expect(agentPlaces({ XDG_RUNTIME_DIR: '/run/user/7' })).toEqual(['/run/user/7', '/tmp', '/dev/shm']);
  expect(agentPlaces({ TMPDIR: '/tmp' })).toEqual(['/tmp', '/dev/shm']);
});

it('a socket on which somebody listens stays, whatever its pid says here, and so do other files', async () => {
  const folder = provideAgentFolder(place(), USER);
  if (!folder.ok) throw new Error(folder.error);
  const path = join(folder.value, agentSocketName(NOBODYS_PID));
  expect(pidOfAgentSocket(path)).toBe(NOBODYS_PID);
  const server = createServer().listen(path);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const other = join(folder.value, 'notes.txt');
  writeFileSync(other, '');
  await clearAgentFolder(folder.value, USER);
  expect([existsSync(path), existsSync(other)]).toEqual([true, true]);
});
