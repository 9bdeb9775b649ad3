import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { attachTo } from '../../src/inspector/attach.ts';
import type { AttachTarget } from '../../src/inspector/attach.ts';
import { listeningSocketsOf } from '../../src/inspector/socket-table.ts';
import type { CodedError } from '../../src/shared/coded-error.ts';
import { nodeBinary } from '../node-versions.ts';
import { startScript, startTarget } from '../support/target-process.ts';
import type { TargetProcess } from '../support/target-process.ts';

const IDLE = 'setInterval(() => {}, 1000);';

/** The target must be refused; what is printed about it is one line, and says what can be done. */
async function refusalOf(target: AttachTarget): Promise<CodedError> {
  const attached = await attachTo(target, { waitMs: 5000 });
  if (attached.ok) {
    await attached.value.detach();
    throw new Error('it was attached to');
  }
  expect(attached.error).toMatchObject({ exitCode: 3 });
  expect(attached.error.message).toMatch(/^[^\n]{10,}$/);
  expect(attached.error.hint).toMatch(/^[^\n]{5,}$/);
  return attached.error;
}

/** Refused, alive, and without an inspector. */
async function expectUnharmed(target: TargetProcess): Promise<void> {
  // A signal that was sent all the same would end it or open a port by now.
  await sleep(100);
  expect(target.child.exitCode ?? target.child.signalCode).toBeNull();
  expect(target.stderr()).not.toContain('Debugger listening');
}

/** Namespaces can be made by root, and not in every container. */
const canUnshare = spawnSync('unshare', ['--net', '--pid', '--fork', 'true']).status === 0;

let stopped: number | null = null;
afterEach(() => {
  if (stopped !== null) process.kill(stopped, 'SIGCONT');
  stopped = null;
});

test('a process that is not Node is refused: the signal would end it', async () => {
  const bash = await startTarget(['-c', 'echo ready; sleep 60; :'], { executable: 'bash' });
  expect(await refusalOf(bash.pid)).toMatchObject({ code: 'not-node' });
  await expectUnharmed(bash);
});

test('a process that only calls itself node is refused', async () => {
  const impostor = await startTarget(['-c', 'exec -a node bash -c "echo ready; sleep 60; :"'], {
    executable: 'bash',
  });
  expect(await refusalOf(impostor.pid)).toMatchObject({ code: 'not-node' });
  await expectUnharmed(impostor);
});

test('a pid that no process has is refused', async () => {
  const largest = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
  expect(await refusalOf(largest + 1)).toMatchObject({ code: 'no-such-process' });
});

test('loopscope does not attach to itself', async () => {
  expect(await refusalOf(process.pid)).toMatchObject({ code: 'own-process' });
});

test('a zombie is refused, and told from a process of another user', async () => {
  const parent = await startTarget(['-c', 'sleep 0 & echo "child $! ready"; exec sleep 60'], {
    executable: 'bash',
  });
  const [, child] = await parent.printed(/child (\d+)/);
  const isZombie = (): boolean => /^State:\s+Z/m.test(readFileSync(`/proc/${child}/status`, 'utf8'));
  while (!isZombie()) await sleep(10);
  expect(await refusalOf(Number(child))).toMatchObject({ code: 'zombie' });
});

test('a stopped process is refused: its inspector would open only when it runs on', async () => {
  const target = await startScript(IDLE);
  stopped = target.pid;
  target.child.kill('SIGSTOP');
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${target.pid}/status`, 'utf8'))) await sleep(5);
  expect(await refusalOf(target.pid)).toMatchObject({ code: 'stopped' });
  target.child.kill('SIGCONT');
  stopped = null;
  await expectUnharmed(target);
});

test('a service with its own SIGUSR1 handler is refused, and the handler does not run', async () => {
  const target = await startScript(`process.on('SIGUSR1', () => console.log('HANDLED')); ${IDLE}`);
  expect(await refusalOf(target.pid)).toMatchObject({ code: 'own-sigusr1-handler' });
  await expectUnharmed(target);
  expect(target.stdout()).not.toContain('HANDLED');
});

test('a service that watches other signals is attached to', async () => {
  const target = await startScript(
    `for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => {}); ${IDLE}`,
  );
  const attached = await attachTo(target.pid);
  if (!attached.ok) throw new Error(attached.error.message);
  expect((await attached.value.detach()).ok).toBe(true);
});

test('a service that added and removed a SIGUSR1 handler is refused: the signal would kill it', async () => {
  const target = await startScript(
    `const handle = () => {}; process.on('SIGUSR1', handle); process.off('SIGUSR1', handle); ${IDLE}`,
  );
  expect(await refusalOf(target.pid)).toMatchObject({ code: 'sigusr1-unhandled' });
  await expectUnharmed(target);
});

test.each([
  [22, ['--disable-sigusr1']],
  [24, ['--disable-sigusr1']],
  [24, ['--permission', '--allow-fs-read=*']],
  [20, ['--experimental-permission', '--allow-fs-read=*']],
] as const)('Node %i with %j is refused: it opens no inspector on a signal', async (major, flags) => {
  const target = await startScript(IDLE, { executable: await nodeBinary(major), flags });
  expect(await refusalOf(target.pid)).toMatchObject({ code: 'sigusr1-disabled' });
  await expectUnharmed(target);
});

test('the debug port held by the inspector of another service: the holder is named, neither is touched', async () => {
  const holder = await startScript(IDLE, { flags: ['--inspect=127.0.0.1:9391'] });
  const target = await startScript(IDLE, { flags: ['--inspect-port=9391'] });
  const error = await refusalOf(target.pid);
  expect(error).toMatchObject({ code: 'debug-port-taken' });
  expect(error.message).toContain(`the inspector of process ${holder.pid}`);
  await expectUnharmed(target);
  expect(listeningSocketsOf(holder.pid).map(({ port }) => port)).toEqual([9391]);
});

test('the debug port held by something that is no inspector: it is named and nothing is sent to it', async () => {
  const holder = await startScript(
    `require('net').createServer(() => console.log('CONNECTED')).listen(9392, '0.0.0.0', () => console.log('ready'));`,
    { announce: false },
  );
  const target = await startScript(IDLE, { env: { NODE_OPTIONS: '--inspect-port=9392' } });
  const error = await refusalOf(target.pid);
  expect(error).toMatchObject({ code: 'debug-port-taken' });
  expect(error.message).toContain(`held by process ${holder.pid}`);
  await expectUnharmed(target);
  expect(holder.stdout()).not.toContain('CONNECTED');
});

test('an address where nothing listens, and one where no inspector listens, are told apart', async () => {
  expect(await refusalOf({ host: '127.0.0.1', port: 1 })).toMatchObject({
    code: 'inspector-unreachable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
  const mute = await startScript(
    `require('net').createServer((socket) => socket.end('220 mail\\r\\n')).listen(0, '127.0.0.1', function () { console.log('port ' + this.address().port + ' ready'); });`,
    { announce: false },
  );
  const [, port] = await mute.printed(/port (\d+)/);
  expect(await refusalOf({ host: '127.0.0.1', port: Number(port) })).toMatchObject({
    code: 'inspector-unreachable',
    message: expect.stringContaining('does not speak HTTP'),
  });
});

test.runIf(process.getuid?.() === 0)('another user is told so, and told what to do', async () => {
  const target = await startScript(IDLE);
  const script = `
    const { attachTo } = await import(${JSON.stringify(new URL('../../src/inspector/attach.ts', import.meta.url).href)});
    const attached = await attachTo(${target.pid});
    console.log('answer ' + JSON.stringify(attached) + ' ready');
  `;
  const stranger = await startTarget(
    [
      '--reuid=12345',
      '--regid=12345',
      '--clear-groups',
      await nodeBinary(24),
      '--input-type=module',
      '-e',
      script,
    ],
    { executable: 'setpriv', ready: /answer .* ready/ },
  );
  const [, answer] = await stranger.printed(/answer (.*) ready/);
  expect(JSON.parse(answer ?? '')).toMatchObject({ ok: false, error: { code: 'other-user', exitCode: 3 } });
  await expectUnharmed(target);
});

test.runIf(canUnshare)(
  'a process in a network namespace of its own is refused, with the way in',
  async () => {
    const target = await startTarget(['--net', process.execPath, '-e', `${IDLE} console.log('ready')`], {
      executable: 'unshare',
    });
    expect(await refusalOf(target.pid)).toMatchObject({
      code: 'other-network-namespace',
      hint: expect.stringContaining(`nsenter -t ${target.pid} -n`),
    });
    await expectUnharmed(target);
  },
);

test.runIf(canUnshare)(
  'a process that knows itself by another pid is attached to by the one it has here',
  async () => {
    const script = `${IDLE} console.log('I am ' + process.pid + ' ready')`;
    const parent = await startTarget(['--pid', '--fork', '--kill-child', process.execPath, '-e', script], {
      executable: 'unshare',
    });
    await parent.printed(/I am 1 /);
    const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8');
    const attached = await attachTo(Number(children));
    if (!attached.ok) throw new Error(attached.error.message);
    expect(attached.value.target.pid).toBe(Number(children));
    expect(await attached.value.session.evaluate('process.pid')).toEqual({ ok: true, value: 1 });
    expect((await attached.value.detach()).ok).toBe(true);
  },
);
