/**
 * What must be undone in a service before this program ends, however it ends. An open session registers how to
 * leave; a signal, a crash and a normal end all pass through `leaveEverything`. After `kill -9` none of this runs,
 * and the lease inside the probe does it.
 */

/** A service that does not answer must not keep us from leaving; its lease then does the rest. */
const LEAVE_TIMEOUT_MS = 3_000;

const leavers = new Set<() => Promise<void>>();

/** Registers how to leave one service; the return value takes it back once that has been done. */
export function onLeave(leave: () => Promise<void>): () => void {
  leavers.add(leave);
  return () => leavers.delete(leave);
}

/** Leaves every service, at most once each, in bounded time. Never rejects. */
export async function leaveEverything(): Promise<void> {
  const pending = [...leavers];
  leavers.clear();
  if (pending.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LEAVE_TIMEOUT_MS);
  });
  await Promise.race([Promise.allSettled(pending.map((leave) => leave())), timeout]);
  clearTimeout(timer);
}
