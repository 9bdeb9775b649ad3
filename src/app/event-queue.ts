/** Events on their way to a consumer that takes them at its own pace, as an async iterable. Bounded. */
import type { TimelineEvent } from '../model/timeline-event.ts';

/** Minutes of a busy service. A consumer that is further behind does not catch up. */
const MOST_WAITING = 10_000;

export class EventQueue implements AsyncIterableIterator<TimelineEvent> {
  readonly #waiting: TimelineEvent[] = [];
  readonly #onReturn: () => void;
  #lost = 0;
  #ended = false;
  #wake: () => void = () => {};

  /** @param onReturn called when the consumer breaks off */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  /** Drops the oldest when nobody takes them; the consumer hears of it by a `gap`. */
  push(event: TimelineEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.#lost++;
    }
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async next(): Promise<IteratorResult<TimelineEvent, undefined>> {
    while (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const [first] = this.#waiting;
    if (first === undefined) return { done: true, value: undefined };
    if (this.#lost > 0) {
      const lost = this.#lost;
      this.#lost = 0;
      const reason = 'the consumer of the events did not keep up';
      return { done: false, value: { kind: 'gap', atMs: first.atMs, signal: first.kind, reason, lost } };
    }
    this.#waiting.shift();
    return { done: false, value: first };
  }

  return(): Promise<IteratorResult<TimelineEvent, undefined>> {
    this.#waiting.length = 0;
    this.end();
    this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
