import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { attachTo } from '../../src/inspector/attach.ts';
import { pollUntil } from '../../src/inspector/polling.ts';
import { listeningSocketsOf } from '../../src/inspector/socket-table.ts';
import { nodeBinary } from '../node-versions.ts';
import { endOf, PROGRAM, runProgram, startProgram, type ProgramEnd } from '../support/program.ts';
import { strippedNode } from '../support/stripped-node.ts';
import { startScript, startTarget } from '../support/target-process.ts';
import type { TargetOptions, TargetProcess } from '../support/target-process.ts';

/** Answers every request; what else a test wants of it stands before. */
const SERVES = `require('http').createServer((request, response) => response.end('served'))
  .listen(0, '127.0.0.1', function () { console.log('port ' + this.address().port + ' ready'); });`;

const startService = (
  setUp: string,
  options: TargetOptions & { readonly flags?: readonly string[] } = {},
): Promise<TargetProcess> => startScript(`${setUp};${SERVES}`, { ...options, announce: false });

interface ErrorDocument {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** The program must refuse: exit code 3, one line for people, and the same as data. */
function refusalFrom({ code, stdout, stderr }: ProgramEnd): ErrorDocument {
  expect(code, stderr).toBe(3);
  expect(stderr).toMatch(/^loopscope: [^\n]{20,}; [^\n]{5,}\n$/);
  const error = JSON.parse(stdout) as ErrorDocument & { readonly schema: string };
  expect(error.schema).toBe('loopscope.error/1');
  expect(stderr).toBe(`loopscope: ${error.message}; ${error.hint}\n`);
  return error;
}

const refusalOf = async (target: number | string): Promise<ErrorDocument> =>
  refusalFrom(await runProgram(['check', String(target), '--json', '--duration', '1s']));

/** Refused, alive, serving, and without an inspector. */
async function expectUnharmed(target: TargetProcess): Promise<void> {
  // A signal that was sent all the same would end it or open a port by now.
  await sleep(100);
  expect(target.child.exitCode ?? target.child.signalCode).toBeNull();
  expect(target.stderr()).not.toContain('Debugger listening');
  const [, port] = /port (\d+)/.exec(target.stdout()) ?? [];
  if (port === undefined) return;
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('served');
}

const stateOf = (pid: number): string =>
  /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';

/** Waits for a state of the kernel's; the letter is that of `ps`. */
const untilState = (pid: number, state: string): Promise<true | null> =>
  pollUntil(() => (stateOf(pid) === state ? true : null), { everyMs: 5, withinMs: 10_000 });

/** Namespaces can be made by root, and not in every container. */
const canUnshare = spawnSync('unshare', ['--net', '--pid', '--fork', 'true']).status === 0;
const isRoot = process.getuid?.() === 0;

describe('a service is refused and unharmed', () => {
  test.each([
    [
      'that has a SIGUSR1 handler of its own',
      'own-sigusr1-handler',
      { setUp: "process.on('SIGUSR1', () => console.log('HANDLED'))" },
    ],
    [
      'that added a SIGUSR1 handler and removed it: the signal would kill it',
      'sigusr1-unhandled',
      { setUp: "const f = () => {}; process.on('SIGUSR1', f); process.off('SIGUSR1', f)" },
    ],
    ['with --disable-sigusr1, Node 22', 'sigusr1-disabled', { major: 22, flags: ['--disable-sigusr1'] }],
    ['with --disable-sigusr1, Node 24', 'sigusr1-disabled', { major: 24, flags: ['--disable-sigusr1'] }],
    [
      'with --experimental-permission, Node 20',
      'sigusr1-disabled',
      { major: 20, flags: ['--experimental-permission', '--allow-fs-read=*'] },
    ],
    [
      'with --permission, Node 24',
      'sigusr1-disabled',
      { major: 24, flags: ['--permission', '--allow-fs-read=*'] },
    ],
  ] as const)(
    '%s',
    async (_, code, service: { setUp?: string; major?: number; flags?: readonly string[] }) => {
      const { setUp = '', major, flags = [] } = service;
      const executable = major === undefined ? process.execPath : await nodeBinary(major);
      const target = await startService(setUp, { executable, flags });
      expect(await refusalOf(target.pid)).toMatchObject({ code });
      await expectUnharmed(target);
      expect(target.stdout()).not.toContain('HANDLED');
    },
  );

  let stopped: number | null = null;
  afterEach(() => {
    if (stopped !== null) process.kill(stopped, 'SIGCONT');
    stopped = null;
  });

  test('that is stopped: its inspector would open only when it runs on', async () => {
    const target = await startService('');
    stopped = target.pid;
    target.child.kill('SIGSTOP');
    await untilState(target.pid, 'T');
    expect(await refusalOf(target.pid)).toMatchObject({ code: 'stopped' });
    target.child.kill('SIGCONT');
    stopped = null;
    await expectUnharmed(target);
  });

  test('whose debug port the inspector of another holds, which is named and not touched either', async () => {
    const holder = await startService('', { flags: ['--inspect=127.0.0.1:9391'] });
    const target = await startService('', { flags: ['--inspect-port=9391'] });
    const error = await refusalOf(target.pid);
    expect(error).toMatchObject({ code: 'debug-port-taken' });
    expect(error.message).toContain(`the inspector of process ${holder.pid}`);
    await expectUnharmed(target);
    expect(listeningSocketsOf(holder.pid).map(({ port }) => port)).toContain(9391);
    expect(holder.stderr()).not.toContain('Debugger attached');
  });

  test('whose debug port a frozen service holds that a loopscope watches, and both are named', async () => {
    const frozen = await startScript(
      "setTimeout(() => { console.log('frozen'); for (;;); }, 10); console.log('ready')",
      { announce: false, flags: ['--inspect-port=9393'] },
    );
    await frozen.printed(/frozen/);
    const watcher = await startProgram(['check', String(frozen.pid), '--duration', '60s']);
    const isWatched = (): true | null => (/Debugger attached/.test(frozen.stderr()) ? true : null);
    await pollUntil(isWatched, { everyMs: 20, withinMs: 20_000 });
    const target = await startService('', { flags: ['--inspect-port=9393'] });
    const error = await refusalOf(target.pid);
    expect(error).toMatchObject({ code: 'debug-port-taken' });
    expect(error.message).toContain(`process ${frozen.pid} (`);
    expect(error.message).toContain(`which loopscope ${watcher.pid} attached to while its loop was blocked`);
    await expectUnharmed(target);
  });

  test('whose debug port something holds that is no inspector, and nothing is sent to that', async () => {
    const holder = await startScript(
      `require('net').createServer(() => console.log('CONNECTED')).listen(9392, '0.0.0.0', () => console.log('ready'));`,
      { announce: false },
    );
    const target = await startService('', { env: { NODE_OPTIONS: '--inspect-port=9392' } });
    const error = await refusalOf(target.pid);
    expect(error).toMatchObject({ code: 'debug-port-taken' });
    expect(error.message).toContain(`held by process ${holder.pid}`);
    await expectUnharmed(target);
    expect(holder.stdout()).not.toContain('CONNECTED');
  });

  test.runIf(isRoot)('that belongs to another user, who is told what to do', async () => {
    const target = await startService('');
    const asNobody = ['--reuid=12345', '--regid=12345', '--clear-groups'];
    const stranger = await startTarget(
      [...asNobody, await nodeBinary(24), PROGRAM, 'check', String(target.pid), '--json'],
      { executable: 'setpriv', ready: /(?:)/ },
    );
    expect(refusalFrom(await endOf(stranger))).toMatchObject({ code: 'other-user' });
    await expectUnharmed(target);
  });

  test.runIf(canUnshare)('in a network of its own without a loopback address, with the way out', async () => {
    const target = await startTarget(
      ['--net', process.execPath, '-e', "setInterval(() => {}, 1000); console.log('ready')"],
      { executable: 'unshare' },
    );
    expect(await refusalOf(target.pid)).toMatchObject({
      code: 'loopback-down',
      hint: expect.stringContaining(`nsenter -t ${target.pid} -n`),
    });
    await expectUnharmed(target);
  });
});

describe('where it cannot be seen whether the application handles SIGUSR1', () => {
  test('it is refused, and attached to on the word of the user', async () => {
    const target = await startService('', { executable: strippedNode() });
    const error = await refusalOf(target.pid);
    expect(error).toMatchObject({ code: 'own-sigusr1-handler-unknown' });
    expect(error.hint).toContain('--assume-no-handler');
    await expectUnharmed(target);

    const watching = ['check', String(target.pid), '--json', '--duration', '1s', '--fail-on', 'never'];
    const trusted = await runProgram([...watching, '--assume-no-handler']);
    expect(trusted.code, trusted.stderr).toBe(0);
    expect(JSON.parse(trusted.stdout)).toMatchObject({ target: { pid: target.pid } });
  });
});

describe('a process is refused', () => {
  test('that is not Node: the signal would end it', async () => {
    const bash = await startTarget(['-c', 'echo ready; sleep 60; :'], { executable: 'bash' });
    expect(await refusalOf(bash.pid)).toMatchObject({ code: 'not-node' });
    await expectUnharmed(bash);
  });

  test('that only calls itself node, and has a script of many lines for a command', async () => {
    const script = `echo ready\nsleep 60\n${': a long line\n'.repeat(20)}`;
    const impostor = await startTarget(['-c', `exec -a node bash -c "${script}"`], { executable: 'bash' });
    const error = await refusalOf(impostor.pid);
    expect(error).toMatchObject({ code: 'not-node' });
    expect(error.message.length).toBeLessThan(200);
    await expectUnharmed(impostor);
  });

  test('that does not exist', async () => {
    const largest = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
    expect(await refusalOf(largest + 1)).toMatchObject({ code: 'no-such-process' });
  });

  test('that is a zombie', async () => {
    const parent = await startTarget(['-c', 'sleep 0.3 & echo "child $! ready"; exec sleep 60'], {
      executable: 'bash',
    });
    const [, child] = await parent.printed(/child (\d+)/);
    await untilState(Number(child), 'Z');
    expect(await refusalOf(Number(child))).toMatchObject({ code: 'zombie' });
  });

  test('that is the one which attaches', async () => {
    expect(await attachTo(process.pid)).toMatchObject({ ok: false, error: { code: 'own-process' } });
  });
});

test('an address where nothing listens, and one where no inspector listens, are told apart', async () => {
  expect(await refusalOf('127.0.0.1:1')).toMatchObject({
    code: 'inspector-unreachable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
  const mute = await startScript(
    `require('net').createServer((socket) => socket.end('220 mail\\r\\n')).listen(0, '127.0.0.1', function () { console.log('port ' + this.address().port + ' ready'); });`,
    { announce: false },
  );
  const [, port] = await mute.printed(/port (\d+)/);
  expect(await refusalOf(`127.0.0.1:${port}`)).toMatchObject({
    code: 'inspector-unreachable',
    message: expect.stringContaining('does not speak HTTP'),
  });
});
