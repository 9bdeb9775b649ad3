import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallFailure, InspectorSession } from '../../src/inspector/session.ts';
import { createProbeClient } from '../../src/probes/probe-client.ts';
import type { ProbeGap, Silence } from '../../src/probes/probe-client.ts';
import type { ProbeReading } from '../../src/probes/probe-reading.ts';
import { READ_EXPRESSION } from '../../src/probes/probe-source.ts';
import { fail, ok } from '../../src/shared/result.ts';
import type { Result } from '../../src/shared/result.ts';

type Answer = Result<unknown, CallFailure> | 'never';

const installed = ok({ state: 'installed', nowMs: 0 });
const reading = (sequence: number): Answer =>
  ok(JSON.stringify({ sequence, nowMs: 5_000_000, state: 'live' }));

/** A service that answers its polls by a script; a silent one cannot be had from a real process at a given poll. */
function scriptedClient(installs: Answer[], polls: Answer[]) {
  const evaluate = (expression: string): Promise<unknown> => {
    const answer = (expression === READ_EXPRESSION ? polls : installs).shift() ?? 'never';
    return answer === 'never' ? new Promise(() => {}) : Promise.resolve(answer);
  };
  const session = { evaluate, closed: false } as InspectorSession;
  const clock = { monotonicMs: () => performance.now(), wallMs: () => 0 };
  const client = createProbeClient({ session, clock, opened: null });
  const told = { readings: [] as ProbeReading[], silences: [] as Silence[], gaps: [] as ProbeGap[] };
  client.onReading((each) => told.readings.push(each));
  client.onSilence((each) => told.silences.push(each));
  client.onGap((each) => told.gaps.push(each));
  return { client, told };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the client of the probe', () => {
  it('tells each reading once, and a hole in their sequence as a gap', async () => {
    const { client, told } = scriptedClient([installed], [reading(1), reading(2), reading(5)]);
    expect(await client.install()).toEqual(ok(undefined));
    await vi.advanceTimersByTimeAsync(600);
    expect(told.readings.map(({ sequence }) => sequence)).toEqual([1, 2, 5]);
    expect(told.gaps).toEqual([{ reason: expect.any(String), lost: 2 }]);
  });

  it('tells a silence after 250 ms and every 250 ms while it lasts, and sends no second poll', async () => {
    const { client, told } = scriptedClient([installed], [reading(1), 'never', reading(2)]);
    await client.install();
    await vi.advanceTimersByTimeAsync(1010);
    expect(told.silences.map(({ pendingMs }) => Math.round(pendingMs / 250))).toEqual([1, 2, 3]);
    expect(told.readings).toHaveLength(1);
  });

  it('tells a silence while it is still being put in', async () => {
    const { client, told } = scriptedClient(['never'], []);
    void client.install();
    await vi.advanceTimersByTimeAsync(510);
    expect(told.silences).toHaveLength(2);
  });

  it('puts the probe in again when it has gone', async () => {
    const { client, told } = scriptedClient([installed, installed], [ok(null), reading(1)]);
    await client.install();
    await vi.advanceTimersByTimeAsync(300);
    expect(told.readings).toHaveLength(1);
    expect(told.gaps).toEqual([{ reason: 'the probe had been removed and is put in again', lost: null }]);
  });

  it('knows the time of a service with another clock', async () => {
    const { client } = scriptedClient([installed], [reading(1)]);
    await client.install();
    await vi.advanceTimersByTimeAsync(10);
    expect(client.serviceNowMs()).toBeGreaterThan(4_999_000);
  });

  it('survives what is no reading', async () => {
    const { client, told } = scriptedClient([installed], [ok(7), ok('{'), ok('{"sequence":"1"}')]);
    await client.install();
    await vi.advanceTimersByTimeAsync(600);
    expect(told.gaps.map(({ lost }) => lost)).toEqual([1, 1, 1]);
  });

  it('says why the service refuses', async () => {
    const thrown: CallFailure = { kind: 'exception', description: 'TypeError: not extensible' };
    const { client } = scriptedClient([fail(thrown)], []);
    expect(await client.install()).toMatchObject({
      ok: false,
      error: { code: 'probe-refused', message: expect.stringContaining('not extensible'), exitCode: 3 },
    });
    const lost = scriptedClient([fail({ kind: 'closed', reason: 'gone' })], []);
    expect(await lost.client.install()).toMatchObject({
      ok: false,
      error: { code: 'connection-lost', exitCode: 4 },
    });
  });
});
