import { describe, expect, test } from 'vitest';
import { attachTo } from '../../src/inspector/attach.ts';
import type { Attachment } from '../../src/inspector/attachment.ts';
import { nodeBinary } from '../node-versions.ts';
import { startScript } from '../support/target-process.ts';
import type { TargetProcess } from '../support/target-process.ts';

const IDLE = 'globalThis.idle = setInterval(() => {}, 1000);';
/** Without a debugger an exit takes milliseconds; one that is held up waits for ever. */
const NOT_HELD_UP_MS = 5000;

async function attachedTo(script: string, major: number): Promise<[TargetProcess, Attachment]> {
  const target = await startScript(script, { executable: await nodeBinary(major) });
  const attached = await attachTo(target.pid);
  if (!attached.ok) throw new Error(attached.error.message);
  return [target, attached.value];
}

/** Ends when the process has; an exit that waits for its debugger fails the test. */
const exitOf = (target: TargetProcess): Promise<unknown> =>
  Promise.race([
    target.exited,
    new Promise((_, reject) => {
      setTimeout(() => reject(new Error('the exit is held up')), NOT_HELD_UP_MS).unref();
    }),
  ]);

describe.each([18, 20, 24])('on Node %i, while attached', (major) => {
  test.each([
    ['process.exit', 'setTimeout(() => process.exit(3), 0)', { code: 3 }],
    ['an uncaught exception', "setTimeout(() => { throw new Error('planned') }, 0)", { code: 1 }],
    ['a loop that runs empty', 'clearInterval(idle)', { code: 0 }],
  ])('%s is not held up, and is told', async (_how, expression, expected) => {
    const [target, attachment] = await attachedTo(IDLE, major);
    await attachment.session.evaluate(expression);
    expect(await exitOf(target)).toMatchObject(expected);
    expect(await attachment.ended).toMatchObject({
      state: 'ended',
      how: expect.stringMatching(/^the process /),
    });
    expect(await attachment.detach()).toEqual({ ok: true, value: undefined });
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('%s is not held up, and is told', async (signal) => {
    const [target, attachment] = await attachedTo(IDLE, major);
    target.child.kill(signal);
    expect(await exitOf(target)).toMatchObject({ signal });
    expect(await attachment.ended).toMatchObject({ state: 'ended' });
  });

  test('a loop that runs empty while it is polled without the command-line API ends well', async () => {
    const [target, attachment] = await attachedTo(IDLE, major);
    const { session } = attachment;
    await session.evaluate('setTimeout(() => clearInterval(idle), 50)');
    while (!session.closed)
      await session.evaluate('process.uptime()', { commandLineApi: false, timeoutMs: 500 });
    expect(await exitOf(target)).toMatchObject({ code: 0 });
  });
});

test('a connection that breaks while the service runs on is lost, not ended', async () => {
  const [target, attachment] = await attachedTo(IDLE, 20);
  await attachment.session.evaluate(
    "{ const inspector = require('inspector'); setTimeout(() => inspector.close(), 0) }",
  );
  expect(await attachment.ended).toMatchObject({ state: 'lost' });
  expect(target.child.exitCode).toBeNull();
});
