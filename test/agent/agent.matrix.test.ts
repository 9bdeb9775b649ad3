import { describe, expect, it } from 'vitest';
import { nodeBinary } from '../node-versions.ts';
import { attached, endsBy, DERIVES, startWithAgent } from '../support/agent-service.ts';
import { check } from '../support/program.ts';

const IDLE = 'setInterval(() => {}, 1000);';
const FIRST_NODE_WITH_SIGNAL_OPTION = 22;

describe.each([18, 20, 22, 24, 26])('the agent in a service on Node %i', (major) => {
  it.each(['--import', '--require'] as const)('is loaded by %s and attached to', async (load) => {
    const flags = major < FIRST_NODE_WITH_SIGNAL_OPTION ? [] : ['--disable-sigusr1'];
    const service = await startWithAgent(IDLE, { executable: await nodeBinary(major), flags, load });
    const attachment = await attached(service.pid);
    expect(attachment.target).toMatchObject({ pid: service.pid, attachedBy: 'agent' });
    expect(await attachment.detach()).toEqual({ ok: true, value: undefined });
  });

  it('tells in the middle of JavaScript that blocks where it is', async () => {
    const service = await startWithAgent(
      `setTimeout(() => { console.log('blocking'); (function forEver() { for (;;); })(); }, 500);`,
      { executable: await nodeBinary(major) },
    );
    await service.printed(/blocking/);
    const attachment = await attached(service.pid);
    const stack = await attachment.session.evaluate<string>('new Error().stack');
    expect(stack).toMatchObject({ ok: true, value: expect.stringContaining('at forEver ') });
    await attachment.detach();
  });

  it('lets the culprit be found', async () => {
    const service = await startWithAgent(DERIVES, { executable: await nodeBinary(major) });
    const { report } = await check(service.pid, '--duration', '5s');
    expect(report.target.attachedBy).toBe('agent');
    expect(report.findings[0]?.culprits[0]?.function).toBe('deriveHere');
  });

  it('holds up no exit while it is attached to, and removes its socket', async () => {
    const service = await startWithAgent(endsBy('process.exit(3)'), {
      executable: await nodeBinary(major),
    });
    const attachment = await attached(service.pid);
    service.child.kill('SIGUSR2');
    expect(await service.exited).toEqual({ code: 3, signal: null });
    expect(await attachment.ended).toMatchObject({ state: 'ended' });
    expect(service.sockets()).toEqual([]);
  });
});
