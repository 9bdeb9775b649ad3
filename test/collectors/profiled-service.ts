/** A service under test with the CPU collector attached to it. */
import { vi } from 'vitest';
import { attachTo } from '../../src/inspector/attach.ts';
import type { Attachment } from '../../src/inspector/attachment.ts';
import { createCpuCollector } from '../../src/collectors/cpu-collector.ts';
import type { CpuCollector } from '../../src/collectors/cpu-collector.ts';
import { createSourceKnowledge } from '../../src/collectors/cpu-profile.ts';
import { rootOfProcess } from '../../src/collectors/source-files.ts';
import type { Span } from '../../src/model/cause-attribution.ts';
import type { CpuProfileEvent, TimelineEvent } from '../../src/model/timeline-event.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { startTarget } from '../support/target-process.ts';
import type { TargetProcess } from '../support/target-process.ts';

export interface ProfiledService {
  readonly target: TargetProcess;
  readonly attachment: Attachment;
  readonly collector: CpuCollector;
  readonly events: readonly TimelineEvent[];
  profiles(): readonly CpuProfileEvent[];
  /** Asks for a path; the answer tells when the service began and ended its work. */
  request(path: string): Promise<Span>;
  /** Ends the profile and leaves. */
  leave(): Promise<void>;
}

interface ProfiledServiceOptions {
  readonly executable?: string;
  /** A request that is made a few times before the profile starts, until V8 has optimised what it does. */
  readonly warmedUpBy?: string;
  /** A request (and function) that the service is caught in for good before the profile starts. */
  readonly blockedIn?: string;
}

/** Starts a service that prints `ready <port>`, attaches, and profiles it. */
export async function profileService(
  args: readonly string[],
  { blockedIn, warmedUpBy, ...options }: ProfiledServiceOptions = {},
): Promise<ProfiledService> {
  const target = await startTarget(args, { ...options, ready: /ready \d+/, readyWithinMs: 60_000 });
  const [, port = ''] = await target.printed(/ready (\d+)/);
  const attached = await attachTo(target.pid);
  if (!attached.ok) throw new Error(attached.error.message);
  const attachment = attached.value;
  const events: TimelineEvent[] = [];
  const sources = createSourceKnowledge(rootOfProcess(target.pid), attachment.target.cwd);
  const context = { attachment, clock: systemClock, emit: (event: TimelineEvent) => events.push(event) };
  const collector = createCpuCollector(context, sources);
  const request = async (path: string): Promise<Span> => {
    const answer = await fetch(`http://127.0.0.1:${port}/${path}`);
    return (await answer.json()) as Span;
  };
  for (const path of Array<string>(warmedUpBy === undefined ? 0 : 3).fill(warmedUpBy ?? ''))
    await request(path);
  if (blockedIn !== undefined) {
    request(blockedIn).catch(() => null);
    const isCaught = async (): Promise<boolean> => {
      const stack = await attachment.session.evaluate<string>('new Error().stack');
      return stack.ok && stack.value.includes(blockedIn);
    };
    await vi.waitUntil(isCaught, { timeout: 10_000, interval: 20 });
  }
  await collector.start();
  return {
    target,
    attachment,
    collector,
    events,
    profiles: () => events.filter((event) => event.kind === 'cpu-profile'),
    request,
    async leave() {
      await collector.stop();
      await attachment.detach();
    },
  };
}
