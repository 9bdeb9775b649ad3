/** Waiting for something that gives no event: the kernel's tables. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Looks until `look` finds something, every `everyMs`; null when it did not within `withinMs`. */
export async function pollUntil<T>(
  look: () => T | null,
  { everyMs, withinMs }: { readonly everyMs: number; readonly withinMs: number },
): Promise<T | null> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const found = look();
    if (found !== null) return found;
    if (performance.now() >= giveUpAt) return null;
    await sleep(everyMs);
  }
}
