import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { attachTo } from '../../src/inspector/attach.ts';
import type { AttachOptions, AttachTarget } from '../../src/inspector/attach.ts';
import type { Attachment } from '../../src/inspector/attachment.ts';
import { isMovedPort } from '../../src/inspector/debug-port.ts';
import { pollUntil } from '../../src/inspector/polling.ts';
import { listeningSocketsOf } from '../../src/inspector/socket-table.ts';
import { nodeBinary } from '../node-versions.ts';
import { startScript, startTarget } from '../support/target-process.ts';
import type { TargetProcess } from '../support/target-process.ts';

const IDLE = 'setInterval(() => {}, 1000);';
/** Namespaces can be made by root, and not in every container. */
const canUnshare = spawnSync('unshare', ['--net', '--pid', '--fork', 'true']).status === 0;
/** Serves /for-ever, which never returns, and /derive and /run, which are long native calls. */
const BLOCKS_WHEN_TOLD = `
  process.stdin.on('data', () => {});
  const http = require('http');
  const server = http.createServer((request, response) => {
    if (request.url === '/for-ever') { console.log('blocking'); for (;;); }
    if (request.url === '/for-a-while') { console.log('blocking'); const end = Date.now() + 1500; while (Date.now() < end); }
    if (request.url === '/derive') { console.log('blocking'); require('crypto').pbkdf2Sync('a', 'b', Number(process.env.ROUNDS), 64, 'sha512'); }
    if (request.url === '/run') { console.log('blocking'); require('child_process').execSync('sleep 4'); }
    response.end();
  });
  server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port + ' ready'));`;
/** 2 to 4 seconds on the machines this runs on. */
const ROUNDS = '4000000';

async function attached(target: AttachTarget, options?: AttachOptions): Promise<Attachment> {
  const result = await attachTo(target, options);
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

async function valueOf<T>(attachment: Attachment, expression: string): Promise<T> {
  const answer = await attachment.session.evaluate<T>(expression);
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value;
}

const portsOf = (target: TargetProcess): readonly number[] =>
  listeningSocketsOf(target.pid).map((socket) => socket.port);

/** Starts a service and makes it block; the request is never answered, or late. */
async function startBlocked(path: string): Promise<TargetProcess> {
  const target = await startScript(BLOCKS_WHEN_TOLD, { announce: false, env: { ROUNDS } });
  await block(target, path);
  return target;
}

async function block(target: TargetProcess, path: string): Promise<void> {
  const [, port] = await target.printed(/port (\d+)/);
  fetch(`http://127.0.0.1:${port}${path}`).catch(() => {});
  await target.printed(/blocking/);
}

describe.each([18, 20, 22, 24, 26])('a service on Node %i', (major) => {
  test('is attached to away from the debug port, left without a listener, and attached to again', async () => {
    const target = await startScript(`${IDLE} globalThis.debugPort = () => process.debugPort;`, {
      executable: await nodeBinary(major),
      flags: ['--inspect-port=9301'],
    });
    for (const time of ['first', 'second']) {
      const attachment = await attached(target.pid);
      expect(attachment).toMatchObject({ local: true, opened: { originalDebugPort: 9301 } });
      expect(attachment.target).toMatchObject({ pid: target.pid, attachedBy: 'sigusr1' });
      expect(attachment.target.node).toMatch(new RegExp(`^v${major}\\.`));
      expect(await valueOf(attachment, 'process.pid')).toBe(target.pid);
      expect(portsOf(target).map(isMovedPort)).toEqual([true]);
      expect(await attachment.detach()).toEqual({ ok: true, value: undefined });
      expect(portsOf(target), `after the ${time} time`).toEqual([]);
    }
    expect(target.child.exitCode).toBeNull();
  });
});

test('what is known of the target is told: command, folder, cores, heap limit, start', async () => {
  const before = Date.now();
  const target = await startScript(IDLE, { flags: ['--max-old-space-size=100'], cwd: '/tmp' });
  const attachment = await attached(target.pid);
  expect(attachment.target).toMatchObject({
    cwd: '/tmp',
    command: expect.stringContaining('--max-old-space-size=100'),
  });
  expect(attachment.target.cores).toBeGreaterThan(0);
  expect(attachment.target.heapLimitBytes).toBeGreaterThanOrEqual(100 * 2 ** 20);
  expect(Math.abs((attachment.target.startedAtWallMs ?? 0) - before)).toBeLessThan(5000);
  await attachment.detach();
});

test('three services attached to at once are each reached rightly', async () => {
  const targets = await Promise.all([1, 2, 3].map(() => startScript(IDLE)));
  const attachments = await Promise.all(targets.map((target) => attached(target.pid)));
  for (const [index, attachment] of attachments.entries()) {
    expect(await valueOf(attachment, 'process.pid')).toBe(targets[index]?.pid);
  }
  const left = await Promise.all(attachments.map((attachment) => attachment.detach()));
  expect(left.every((outcome) => outcome.ok)).toBe(true);
  expect(targets.flatMap(portsOf)).toEqual([]);
  expect(targets.map((target) => /address already in use/.test(target.stderr()))).toEqual([
    false,
    false,
    false,
  ]);
});

test('an inspector that was open before is used where it is and stays open', async () => {
  const target = await startScript(IDLE, { flags: ['--inspect=127.0.0.1:0'] });
  const before = portsOf(target);
  const attachment = await attached(target.pid);
  expect(attachment).toMatchObject({ opened: null, target: { attachedBy: 'inspector' } });
  expect((await attachment.detach()).ok).toBe(true);
  expect(portsOf(target)).toEqual(before);
});

test('an inspector is attached to by its address and by its URL, and known to be local', async () => {
  const target = await startScript(IDLE, { flags: ['--inspect=127.0.0.1:0'] });
  const [port] = portsOf(target);
  const [, url] = /listening on (ws:\S+)/.exec(target.stderr()) ?? [];
  for (const address of [{ host: 'localhost', port: port ?? 0 }, { webSocketUrl: url ?? '' }]) {
    const attachment = await attached(address);
    expect(attachment).toMatchObject({ opened: null, local: true, target: { pid: target.pid } });
    await attachment.detach();
  }
});

test('two on one service: the first that leaves does not take the inspector from the other', async () => {
  const target = await startScript(IDLE);
  const first = await attached(target.pid);
  const second = await attached(target.pid);
  expect((await first.detach()).ok).toBe(true);
  expect(await valueOf(second, 'process.pid')).toBe(target.pid);
  expect((await second.detach()).ok).toBe(true);
  expect(portsOf(target)).toEqual([]);
});

test('a service that is still starting is attached to when it can be', async () => {
  const target = await startScript(`console.log('ready'); ${IDLE}`, { announce: false, ready: /^/ });
  const attachment = await attached(target.pid);
  expect(await valueOf(attachment, 'process.pid')).toBe(target.pid);
  await attachment.detach();
});

test('a service that is in an endless loop is attached to, and says where it is', async () => {
  const target = await startBlocked('/for-ever');
  const attachment = await attached(target.pid);
  expect(await valueOf(attachment, 'new Error().stack')).toMatch(/Server\.<anonymous>/);
  const left = await attachment.detach();
  expect(left).toMatchObject({ ok: false, error: { code: 'detach-incomplete' } });
});

test('a service that is frozen in its very first turn is attached to', async () => {
  const target = await startScript(`console.log('ready'); for (;;);`, { announce: false });
  const attachment = await attached(target.pid);
  expect(await valueOf(attachment, 'process.pid')).toBe(target.pid);
  await attachment.detach();
});

test('attached to while a loop blocks it, the inspector is closed when the loop turns again', async () => {
  const target = await startBlocked('/for-a-while');
  const attachment = await attached(target.pid);
  const left = await attachment.detach();
  expect(left.ok || left.error.code === 'detach-incomplete').toBe(true);
  const closed = (): true | null => (portsOf(target).length === 1 ? true : null);
  expect(await pollUntil(closed, { everyMs: 20, withinMs: 20_000 })).toBe(true);
});

test('a native call is waited for, and what the kernel says of it is told meanwhile', async () => {
  const target = await startBlocked('/derive');
  const told: string[] = [];
  const attachment = await attached(target.pid, {
    waitMs: 60_000,
    onProgress: ({ kernelState }) => told.push(kernelState),
  });
  expect(told).toContain('on CPU');
  expect(await valueOf(attachment, 'process.pid')).toBe(target.pid);
  expect((await attachment.detach()).ok).toBe(true);
});

test('a child is waited for, and named, by a service that has another one all its life', async () => {
  const target = await startScript(
    `require('child_process').spawn('sleep', ['61']).unref();${BLOCKS_WHEN_TOLD}`,
    { announce: false },
  );
  await block(target, '/run');
  const told: string[] = [];
  const attachment = await attached(target.pid, { onProgress: ({ kernelState }) => told.push(kernelState) });
  expect(new Set(told)).toEqual(new Set(['waiting for its child: sleep 4']));
  expect(await valueOf(attachment, 'process.pid')).toBe(target.pid);
  expect((await attachment.detach()).ok).toBe(true);
  expect(portsOf(target)).toHaveLength(1);
});

test('interrupted while an open inspector does not answer, it leaves at once, and the inspector stays', async () => {
  const target = await startScript(BLOCKS_WHEN_TOLD, { announce: false, flags: ['--inspect=127.0.0.1:0'] });
  const before = portsOf(target);
  await block(target, '/run');
  const interruption = new AbortController();
  const result = await attachTo(target.pid, {
    interrupted: interruption.signal,
    onProgress: () => interruption.abort(),
  });
  expect(result).toMatchObject({ ok: false, error: { code: 'no-answer' } });
  expect(portsOf(target)).toEqual(before);
});

test('left while a native call blocks it, the inspector is closed when the call returns', async () => {
  const target = await startScript(BLOCKS_WHEN_TOLD, { announce: false, env: { ROUNDS } });
  const attachment = await attached(target.pid);
  await block(target, '/derive');
  expect(await attachment.detach()).toMatchObject({ ok: false, error: { code: 'detach-incomplete' } });
  const closed = (): true | null => (portsOf(target).length === 1 ? true : null);
  expect(await pollUntil(closed, { everyMs: 20, withinMs: 20_000 })).toBe(true);
});

test('a native call that takes too long is refused with what the kernel says', async () => {
  const target = await startBlocked('/derive');
  const result = await attachTo(target.pid, { waitMs: 700 });
  expect(result).toMatchObject({ ok: false, error: { code: 'blocked-in-native-call', exitCode: 3 } });
});

test('a service that does not stop at a debugger statement while it is attached to', async () => {
  const target = await startScript(`setInterval(() => { debugger; console.log('turned'); }, 20);`);
  const attachment = await attached(target.pid);
  const turns = target.stdout().length;
  await pollUntil(() => (target.stdout().length > turns + 50 ? true : null), {
    everyMs: 20,
    withinMs: 20_000,
  });
  expect(target.stdout().length).toBeGreaterThan(turns + 50);
  await attachment.detach();
});

test('nothing of the service is left changed', async () => {
  const target = await startScript(`
    const before = Object.getOwnPropertyNames(globalThis).concat(Object.getOwnPropertySymbols(globalThis)).map(String);
    setInterval(() => {
      const now = Object.getOwnPropertyNames(globalThis).concat(Object.getOwnPropertySymbols(globalThis)).map(String);
      console.log('state ' + JSON.stringify({ added: now.filter((name) => !before.includes(name)), port: process.debugPort,
        handles: process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap' && kind !== 'TTYWrap'), exit: process.listenerCount('exit') }) + ';');
    }, 50);`);
  const clean = await target.printed(/state (.*);/);
  const attachment = await attached(target.pid);
  await attachment.detach();
  const leftAt = target.stdout().length;
  // The first line after leaving may be the second half of one that was begun before.
  const later = (): string | null => /\n.*\nstate (.*);\n/.exec(target.stdout().slice(leftAt))?.[1] ?? null;
  expect(await pollUntil(later, { everyMs: 20, withinMs: 10_000 })).toBe(clean[1]);
});

test('a service that watches other signals is attached to', async () => {
  const target = await startScript(
    `for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => {}); ${IDLE}`,
  );
  const attachment = await attached(target.pid);
  expect((await attachment.detach()).ok).toBe(true);
});

test.runIf(canUnshare)(
  'a process that knows itself by another pid is attached to by the one it has here',
  async () => {
    const script = `${IDLE} console.log('I am ' + process.pid + ' ready')`;
    const parent = await startTarget(['--pid', '--fork', '--kill-child', process.execPath, '-e', script], {
      executable: 'unshare',
    });
    await parent.printed(/I am 1 /);
    const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8');
    const attachment = await attached(Number(children));
    expect(attachment.target.pid).toBe(Number(children));
    expect(await attachment.session.evaluate('process.pid')).toEqual({ ok: true, value: 1 });
    expect((await attachment.detach()).ok).toBe(true);
  },
);
