import { expect, test } from 'vitest';
import { recogniseNode } from '../../src/inspector/preflight.ts';
import { resolveTarget } from '../../src/inspector/target.ts';

test.each([
  ['darwin', 'kill -USR1 4711'],
  ['win32', 'node -e "process._debugProcess(4711)"'],
] as const)(
  'on %s a pid is refused with how to open its inspector: nothing is signalled unproven',
  (platform, how) => {
    expect(recogniseNode(4711, platform)).toMatchObject({
      ok: false,
      error: { code: 'other-platform', exitCode: 3, hint: expect.stringContaining(how) },
    });
  },
);

test.each(['server.js', ':3000'])('elsewhere %j cannot be looked up, and that is said', async (text) => {
  expect(await resolveTarget(text, 'darwin')).toMatchObject({
    ok: false,
    error: { code: 'other-platform', hint: expect.stringContaining('127.0.0.1:9229') },
  });
});

test('addresses and URLs of inspectors are targets everywhere', async () => {
  const url = 'ws://127.0.0.1:9229/0f2c936f-b1cd-4ac9-aab3-f63b0f33d55e';
  for (const platform of ['darwin', 'win32'] as const) {
    expect(await resolveTarget('127.0.0.1:9229', platform)).toMatchObject({
      ok: true,
      value: { port: 9229 },
    });
    expect(await resolveTarget(url, platform)).toEqual({ ok: true, value: { webSocketUrl: url } });
  }
});
