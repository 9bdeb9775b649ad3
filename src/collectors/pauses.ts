/** Waiting that can be ended at once: what a collector does between two looks at the service. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Pauses {
  readonly ended: boolean;
  /** Resolves after `ms`, or as soon as `end` is called. */
  pause(ms: number): Promise<void>;
  end(): void;
}

export function createPauses(): Pauses {
  const controller = new AbortController();
  const { signal } = controller;
  return {
    get ended() {
      return signal.aborted;
    },
    async pause(ms) {
      // Only an end rejects it.
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    },
    end: () => controller.abort(),
  };
}
