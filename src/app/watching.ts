/** Watching a service without a UI: until there is nothing more to wait for, the user interrupts, or it ends. */
import { EXIT, type CommandIo, type ExitCode } from './command-io.ts';
import type { LiveSession } from './live-session.ts';

/** The longest that a timer of Node waits, 24 days: what is watched so long is watched until it is enough. */
export const UNTIL_INTERRUPTED_MS = 2 ** 31 - 1;

export type WatchEnd =
  | { readonly kind: 'watched' }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'target-ended'; readonly how: string };

/** Waits for `work`, the user to interrupt, or the service to end, whichever comes first. */
export function watch(
  session: Pick<LiveSession, 'ended'>,
  work: Promise<unknown>,
  interrupted: AbortSignal,
): Promise<WatchEnd> {
  return new Promise((resolve, reject) => {
    if (interrupted.aborted) resolve({ kind: 'interrupted' });
    interrupted.addEventListener('abort', () => resolve({ kind: 'interrupted' }), { once: true });
    work.then(() => resolve({ kind: 'watched' }), reject);
    void session.ended.then(({ how }) => resolve({ kind: 'target-ended', how }));
  });
}

/** Leaves the service, and says on stderr what could not be removed from it. */
export async function leave(session: Pick<LiveSession, 'close'>, io: CommandIo): Promise<void> {
  const left = await session.close();
  if (!left.ok) io.stderr.write(`loopscope: ${left.error.message}; ${left.error.hint}\n`);
}

/** Says on stderr that the service ended too early. Returns the exit code of the contract: 0, 4 or 130. */
export function reportEnd(ended: WatchEnd, durationMs: number, io: CommandIo): ExitCode {
  switch (ended.kind) {
    case 'watched':
      return EXIT.done;
    case 'interrupted':
      return EXIT.interrupted;
    case 'target-ended': {
      const early = durationMs === UNTIL_INTERRUPTED_MS ? '' : ` before the ${durationMs / 1000} s were over`;
      io.stderr.write(`loopscope: the service ended${early}: ${ended.how}\n`);
      return EXIT.targetEnded;
    }
  }
}
