/**
 * Samples whose work runs, at random moments, for as long as it is asked to.
 *
 *   enable(10 s) -> GET /report, finished, summarise < later …, 30 a second -> (10 s) -> nothing left in the service
 *
 * It is off by default: while it is on, each request of the service costs 5 to 20 µs more.
 */
import { OWN_FRAME } from '../model/code-frame.ts';
import type { CodeFrame, ContextSamplesEvent } from '../model/timeline-event.ts';
import { CONTEXT, CONTEXT_METER_TEXT, SAMPLE_CONTEXT_EXPRESSION } from '../probes/context-probe.ts';
import { extendProbe, ownScript, removeExtension } from '../probes/extension.ts';
import type { WireContextSample } from '../probes/in-service/context-meter.ts';
import { sanitise } from '../shared/sanitiser.ts';
import { parseStack } from './blocked-stack.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { areTooManyNoted } from './context-need.ts';
import { createPauses } from './pauses.ts';
import type { Pauses } from './pauses.ts';
import type { SourceLocator } from './source-locator.ts';

export interface ContextCollector extends Collector {
  /** Samples for this long from now on, also where it was on already. False when the probe cannot be extended. */
  enable(durationMs: number): Promise<boolean>;
  disable(): Promise<void>;
  readonly enabled: boolean;
}

/** Between two samples, evenly spread: 30 a second, in step with nothing the service does. */
const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 56;
const TELL_EVERY_MS = 500;
/** One evaluate with a stack, as the service pays it (0.1 to 0.3 ms, measured). */
const SAMPLE_COST_MS = 0.2;
/** What following a request costs it, measured on Node 24 and 20: from 24 on V8 itself carries the context. */
const NOTE_COST_MS = 0.0045;
const NOTE_COST_BEFORE_24_MS = 0.018;

export function createContextCollector(
  context: CollectorContext,
  locator: SourceLocator,
  random: () => number = Math.random,
): ContextCollector {
  return new SamplingContextCollector(context, locator, random);
}

class SamplingContextCollector implements ContextCollector {
  readonly name = 'context';
  readonly #context: CollectorContext;
  readonly #locator: SourceLocator;
  readonly #random: () => number;
  #pauses: Pauses | null = null;
  #untilMs = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(context: CollectorContext, locator: SourceLocator, random: () => number) {
    this.#context = context;
    this.#locator = locator;
    this.#random = random;
  }

  get enabled(): boolean {
    return this.#pauses !== null;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return this.disable();
  }

  async enable(durationMs: number): Promise<boolean> {
    this.#untilMs = this.#context.clock.monotonicMs() + durationMs;
    if (this.#pauses !== null) return true;
    const pauses = createPauses();
    this.#pauses = pauses;
    if (!(await extendProbe(this.#context.attachment.session, CONTEXT, CONTEXT_METER_TEXT))) {
      this.#pauses = null;
      return false;
    }
    this.#running = this.#sampleAgainAndAgain(pauses);
    return true;
  }

  async disable(): Promise<void> {
    this.#pauses?.end();
    await this.#running;
  }

  async #sampleAgainAndAgain(pauses: Pauses): Promise<void> {
    const { clock, attachment, emit } = this.#context;
    const { session } = attachment;
    const expression = SAMPLE_CONTEXT_EXPRESSION + ownScript(CONTEXT);
    let samples: WireContextSample[] = [];
    const noteCostMs =
      Number(/^v(\d+)/.exec(attachment.target.node)?.[1]) >= 24 ? NOTE_COST_MS : NOTE_COST_BEFORE_24_MS;
    let taken = 0;
    let noted = 0;
    let notedBefore = 0;
    const beganMs = clock.monotonicMs();
    let toldMs = beganMs;
    const tell = async (): Promise<void> => {
      const atMs = clock.monotonicMs();
      const told = samples;
      samples = [];
      emit({
        kind: 'context-samples',
        atMs,
        samples: await Promise.all(told.map((each) => this.#locate(each))),
      });
      const mainThreadMs = taken * SAMPLE_COST_MS + (noted - notedBefore) * noteCostMs;
      const cost = { mainThreadMs, longestPauseMs: SAMPLE_COST_MS };
      notedBefore = noted;
      emit({ kind: 'own-cost', atMs, windowMs: atMs - toldMs, ...cost, what: 'sampling whose work runs' });
      taken = 0;
      toldMs = atMs;
    };
    while (!pauses.ended && !session.closed && clock.monotonicMs() < this.#untilMs) {
      await pauses.pause(SHORTEST_PAUSE_MS + this.#random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
      const answer = await session.evaluate<WireContextSample | null>(expression);
      taken++;
      if (answer.ok && answer.value !== null) noted = answer.value.noted;
      // Nothing ran: the loop waits, which the loop's own readings tell better.
      if (answer.ok && answer.value !== null && answer.value.stack !== '') samples.push(answer.value);
      if (clock.monotonicMs() - toldMs >= TELL_EVERY_MS) await tell();
      if (areTooManyNoted(noted, clock.monotonicMs() - beganMs)) break;
    }
    await tell();
    await removeExtension(session, CONTEXT);
    this.#pauses = null;
  }

  async #locate({
    nowMs,
    route,
    finished,
    stack,
  }: WireContextSample): Promise<ContextSamplesEvent['samples'][number]> {
    const frames: CodeFrame[] = [];
    for (const place of parseStack(stack)) {
      const frame = await this.#locator.locate(place);
      if (frame !== OWN_FRAME) frames.push(frame);
    }
    return { atMs: nowMs, route: route === null ? null : sanitise(route), finished, stack: frames };
  }
}
