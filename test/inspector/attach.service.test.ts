import { expect, test } from 'vitest';
import { attachTo } from '../../src/inspector/attach.ts';
import { startScript } from '../support/target-process.ts';

test('an idle service is attached to, answers, and is left without a listener', async () => {
  const target = await startScript('setInterval(() => {}, 1000)');
  const attached = await attachTo(target.pid);
  if (!attached.ok) throw new Error(attached.error.message);
  expect(await attached.value.session.evaluate('process.pid')).toEqual({ ok: true, value: target.pid });
  expect(await attached.value.detach()).toEqual({ ok: true, value: undefined });
});
