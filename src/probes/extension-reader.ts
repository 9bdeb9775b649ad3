/**
 * Reads all extensions of the probe that have something to tell with one question: each question costs the service
 * 0.2 ms, whatever it asks.
 *
 *   every 500 ms -> { pools: {…}, outgoing: {…}, jobs: {…} } -> each to whom it concerns
 */
import type { InspectorSession } from '../inspector/session.ts';
import { extendProbe, ownScript, PROBE_EXPRESSION, removeExtension } from './extension.ts';

export interface ExtensionReader {
  /** Puts the extension in, and hands on each of its readings; puts it in again where the probe came anew. */
  follow(name: string, create: string, hear: (reading: unknown) => void): FollowedExtension;
}

export interface FollowedExtension {
  /** Takes the extension out. Safe to call twice, and when the service is gone. */
  leave(): Promise<void>;
}

/** Twice a second shows a queue that builds up within a second. */
const READ_EVERY_MS = 500;

const EXTENSION_READ = `((all) => {
  const readings = {};
  for (const name in all) if (typeof all[name].read === 'function') readings[name] = all[name].read();
  return readings;
})(${PROBE_EXPRESSION}?.extensions ?? {})${ownScript('extensions')}`;

/** An extension comes with the loop's next turn; one that is missing for longer went with a probe that was replaced. */
const MISSING_READS = 4;

interface Follower {
  readonly create: string;
  readonly hear: (reading: unknown) => void;
  missing: number;
}

export function createExtensionReader(session: InspectorSession): ExtensionReader {
  const followers = new Map<string, Follower>();
  let timer: NodeJS.Timeout | null = null;
  let reading: Promise<void> | null = null;

  const read = async (): Promise<void> => {
    const answer = await session.evaluate<Readonly<Record<string, unknown>>>(EXTENSION_READ);
    if (!answer.ok) return;
    for (const [name, follower] of followers) {
      const told = answer.value[name];
      if (told !== undefined) {
        follower.missing = 0;
        follower.hear(told);
      } else if (++follower.missing >= MISSING_READS) {
        follower.missing = 0;
        await extendProbe(session, name, follower.create);
      }
    }
  };
  const tick = (): void => {
    // A blocked service answers when it can: questions do not pile up.
    if (reading !== null || session.closed) return;
    reading = read().finally(() => {
      reading = null;
    });
  };
  const halt = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };

  return {
    follow(name: string, create: string, hear: (reading: unknown) => void) {
      followers.set(name, { create, hear, missing: 0 });
      timer ??= setInterval(tick, READ_EVERY_MS);
      const extended = extendProbe(session, name, create);
      let leaving: Promise<void> | null = null;
      return {
        leave() {
          leaving ??= extended.then(async () => {
            followers.delete(name);
            if (followers.size === 0) halt();
            await removeExtension(session, name);
          });
          return leaving;
        },
      };
    },
  };
}
