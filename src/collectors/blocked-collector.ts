/**
 * Says that the loop is blocked while it is, and by what.
 *
 *   reading: blocked for 740 ms, stack derive < handler   -> blocked, in javascript, the stack
 *   silence for 500 ms: a native call takes no questions  -> blocked, in native, what the kernel says
 *   reading: not blocked                                  -> unblocked
 */
import { formatKernelState, isIdle, readKernelState } from '../inspector/kernel-state.ts';
import { watchRunning } from '../inspector/main-thread-times.ts';
import { OWN_FRAME } from '../model/code-frame.ts';
import type { CodeFrame, TimelineEvent } from '../model/timeline-event.ts';
import type { ProbeClient, Silence } from '../probes/probe-client.ts';
import type { BlockedReading, ProbeReading } from '../probes/probe-reading.ts';
import { sanitise } from '../shared/sanitiser.ts';
import { parseStack } from './blocked-stack.ts';
import type { Collector, CollectorContext } from './collector.ts';
import type { SourceLocator } from './source-locator.ts';

/** People take 200 ms for "at once" (Nielsen: 0.1 s); shorter blocks are stalls to be told afterwards. */
const ANNOUNCED_FROM_MS = 200;
export interface BlockedSources {
  readonly probe: Pick<ProbeClient, 'onReading' | 'onSilence'>;
  readonly locator: SourceLocator;
}

export function createBlockedCollector(context: CollectorContext, sources: BlockedSources): Collector {
  return new BlockedCollector(context, sources);
}

class BlockedCollector implements Collector {
  readonly name = 'blocked';
  readonly #context: CollectorContext;
  readonly #sources: BlockedSources;
  readonly #removeListeners: (() => void)[] = [];
  /** The block that has been announced and not ended yet. */
  #announcedSinceMs: number | null = null;
  /** How much of that block the main thread ran, from its first silence on. */
  #ranShare: (() => number | null) | null = null;
  /** Locating a stack reads files; events leave in the order in which they were seen. */
  #telling = Promise.resolve();

  constructor(context: CollectorContext, sources: BlockedSources) {
    this.#context = context;
    this.#sources = sources;
  }

  start(): Promise<void> {
    const { probe } = this.#sources;
    this.#removeListeners.push(
      probe.onReading((reading) => this.#hear(reading)),
      probe.onSilence((silence) => this.#hearSilence(silence)),
    );
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    for (const remove of this.#removeListeners.splice(0)) remove();
    await this.#telling;
  }

  #hear({ nowMs, blocked }: ProbeReading): void {
    if (blocked !== null && blocked.ageMs >= ANNOUNCED_FROM_MS) {
      // A native call before this may have been noticed later than it began; the probe knows when the loop stopped.
      this.#announcedSinceMs ??= blocked.sinceMs;
      const sinceMs = Math.min(this.#announcedSinceMs, blocked.sinceMs);
      this.#tell(async () => ({
        kind: 'blocked',
        atMs: nowMs,
        sinceMs,
        in: 'javascript',
        stack: await this.#locate(blocked),
        route: blocked.route === null ? null : sanitise(blocked.route),
        nativeState: null,
      }));
    } else if (blocked === null && this.#announcedSinceMs !== null) {
      const sinceMs = this.#announcedSinceMs;
      this.#announcedSinceMs = null;
      this.#ranShare = null;
      this.#tell(() => ({ kind: 'unblocked', atMs: nowMs, sinceMs }));
    }
  }

  #hearSilence({ sinceMs, pendingMs }: Silence): void {
    if (pendingMs < ANNOUNCED_FROM_MS) return;
    const { local, target } = this.#context.attachment;
    const kernel = local ? readKernelState(target.pid) : null;
    // A loop that has nothing to do is not blocked: then it is the connection that is slow.
    if (kernel !== null && isIdle(kernel)) return;
    this.#announcedSinceMs ??= sinceMs;
    const ranShare = this.#ranShare?.() ?? null;
    this.#ranShare ??= local ? watchRunning(target.pid) : null;
    const blockedSinceMs = this.#announcedSinceMs;
    this.#tell(() => ({
      kind: 'blocked',
      atMs: sinceMs + pendingMs,
      sinceMs: blockedSinceMs,
      in: 'native',
      stack: [],
      route: null,
      nativeState: kernel === null ? null : sanitise(formatKernelState(kernel, pendingMs, ranShare)),
    }));
  }

  #tell(event: () => TimelineEvent | Promise<TimelineEvent>): void {
    this.#telling = this.#telling.then(async () => this.#context.emit(await event()));
  }

  async #locate({ stack }: BlockedReading): Promise<readonly CodeFrame[]> {
    const frames: CodeFrame[] = [];
    for (const place of parseStack(stack)) {
      const frame = await this.#sources.locator.locate(place);
      if (frame !== OWN_FRAME) frames.push(frame);
    }
    return frames;
  }
}
