/**
 * What the extensions of the probe tell, each to whom it concerns. It comes with the probe's own readings: a question
 * of its own would cost the service 0.2 to 0.7 ms, whatever it asks.
 *
 *   every second reading -> { pools: {…}, outgoing: {…}, jobs: {…} } -> each to its follower
 */
import type { InspectorSession } from '../inspector/session.ts';
import { extendProbe, removeExtension } from './extension.ts';
import type { ProbeClient } from './probe-client.ts';
import type { ProbeReading } from './probe-reading.ts';

export interface ExtensionReader {
  /** Puts the extension in, and hands on each of its readings; puts it in again where the probe came anew. */
  follow(name: string, create: string, hear: (reading: unknown) => void): FollowedExtension;
}

export interface FollowedExtension {
  /** Takes the extension out. Safe to call twice, and when the service is gone. */
  leave(): Promise<void>;
}

/** An extension comes with the loop's next turn; one that is missing for longer went with a probe that was replaced. */
const MISSING_READS = 4;

interface Follower {
  readonly create: string;
  readonly hear: (reading: unknown) => void;
  missing: number;
}

export function createExtensionReader(
  session: InspectorSession,
  probe: Pick<ProbeClient, 'onReading'>,
): ExtensionReader {
  const followers = new Map<string, Follower>();
  let stopListening: (() => void) | null = null;

  const hear = ({ extensions }: ProbeReading): void => {
    if (extensions === null) return;
    for (const [name, follower] of followers) {
      if (extensions.has(name)) {
        follower.missing = 0;
        follower.hear(extensions.get(name));
      } else if (++follower.missing >= MISSING_READS) {
        follower.missing = 0;
        void extendProbe(session, name, follower.create);
      }
    }
  };

  return {
    follow(name, create, hearOne) {
      followers.set(name, { create, hear: hearOne, missing: 0 });
      stopListening ??= probe.onReading(hear);
      const extended = extendProbe(session, name, create);
      let leaving: Promise<void> | null = null;
      return {
        leave() {
          leaving ??= extended.then(async () => {
            followers.delete(name);
            if (followers.size === 0) {
              stopListening?.();
              stopListening = null;
            }
            await removeExtension(session, name);
          });
          return leaving;
        },
      };
    },
  };
}
