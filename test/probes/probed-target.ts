/** A service under test with its inspector open from the start, a session to it, and the probe's client. */
import { onTestFinished } from 'vitest';
import { openSession } from '../../src/inspector/protocol-session.ts';
import type { InspectorSession } from '../../src/inspector/session.ts';
import { connectWebSocket } from '../../src/inspector/websocket-transport.ts';
import { createProbeClient } from '../../src/probes/probe-client.ts';
import type { ProbeClient, ProbeClientOptions } from '../../src/probes/probe-client.ts';
import type { ProbeReading } from '../../src/probes/probe-reading.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { nodeBinary } from '../node-versions.ts';
import type { TargetProcess } from '../support/target-process.ts';
import { startTarget } from '../support/target-process.ts';

export interface ProbedTarget {
  readonly target: TargetProcess;
  readonly session: InspectorSession;
  readonly inspectorUrl: string;
  /** What the script printed after `ready`, if it did: usually its port. */
  readonly port: number;
  readonly evaluate: <T>(expression: string) => Promise<T>;
  readonly probe: (options?: Partial<ProbeClientOptions>) => ProbeClient;
}

/** Starts `script` (which prints `ready PORT`) on a Node version, with its inspector open on any port. */
export async function startProbedTarget(script: string, major = 20): Promise<ProbedTarget> {
  const target = await startTarget(['--inspect=127.0.0.1:0', '-e', script], {
    executable: await nodeBinary(major),
    cwd: process.cwd(),
    ready: /ready \d+/,
  });
  const inspectorUrl = /ws:\S+/.exec(target.stderr())?.[0] ?? '';
  const session = await connect(inspectorUrl);
  return {
    target,
    session,
    inspectorUrl,
    port: Number(/ready (\d+)/.exec(target.stdout())?.[1]),
    async evaluate<T>(expression: string): Promise<T> {
      const answer = await session.evaluate<T>(expression);
      if (!answer.ok) throw new Error(JSON.stringify(answer.error));
      return answer.value;
    },
    probe(options = {}) {
      const client = createProbeClient({ session, clock: systemClock, opened: null, ...options });
      onTestFinished(() => client.uninstall());
      return client;
    },
  };
}

export async function connect(inspectorUrl: string): Promise<InspectorSession> {
  const wire = await connectWebSocket(inspectorUrl, 5000);
  if (!wire.ok) throw new Error(`no inspector at ${inspectorUrl}: ${wire.error.kind}`);
  const session = openSession(wire.value);
  onTestFinished(() => session.close());
  return session;
}

/** The first reading that fits, now or later. */
export function readingThat(
  client: ProbeClient,
  fits: (reading: ProbeReading) => boolean,
  withinMs = 20_000,
): Promise<ProbeReading> {
  return new Promise((resolve, reject) => {
    const seen: ProbeReading[] = [];
    const deadline = setTimeout(
      () => reject(new Error(`no such reading; last: ${JSON.stringify(seen.at(-1))}`)),
      withinMs,
    );
    const unsubscribe = client.onReading((reading) => {
      seen.push(reading);
      if (!fits(reading)) return;
      clearTimeout(deadline);
      unsubscribe();
      resolve(reading);
    });
  });
}

/** Waits until a condition of the outside world holds, where no event tells of it. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const giveUpAt = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error(`not so within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
