/**
 * Closing an inspector that was opened by a loopscope that is gone. Until a probe with its lease is in the service,
 * nothing in it could: the signal is on its way, or the inspector open, and nobody is there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { takeDebugPortTurn } from './debug-port-turn.ts';
import { openInspectorOf } from './debug-port.ts';
import type { OpenInspector } from './debug-port.ts';
import { askOwnFacts, connectTo } from './inspector-connection.ts';
import { IDLE_MEANS_NO_MS } from './inspector-opening.ts';
import { releaseInspector } from './inspector-release.ts';
import { isIdle, readKernelState } from './kernel-state.ts';
import { isStill } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import type { InspectorSession } from './session.ts';
import { countConnectionsTo } from './socket-table.ts';

const LOOK_EVERY_MS = 50;
/** Another loopscope that is attaching connects sooner to what it has opened or moved, also on a busy machine. */
const UNUSED_FOR_MS = 500;
/** Until it is seen that nothing follows what was closed: it may just have been moving to another port. */
const SETTLES_WITHIN_MS = 500;

/**
 * Waits for the inspector of a process that had none before the signal, and closes it. Resolves when none is open and
 * none will be, when somebody else has the duty, when the process has ended, or after `withinMs`.
 * @param isCaredFor whether something in the service closes it by itself
 */
export async function closeAbandonedInspector(
  subject: ProcessRecord,
  withinMs: number,
  isCaredFor: (session: InspectorSession) => Promise<boolean>,
): Promise<void> {
  const giveUpAtMs = performance.now() + withinMs;
  let [unusedFromMs, idleFromMs] = [Infinity, Infinity];
  let endsAfterMs = IDLE_MEANS_NO_MS;
  for (; isStill(subject) && performance.now() < giveUpAtMs; await sleep(LOOK_EVERY_MS)) {
    // Whoever attaches meanwhile has the turn, and is not cut off.
    const endTurn = await takeDebugPortTurn(subject.pid, 0);
    if (endTurn === null) continue;
    try {
      const nowMs = performance.now();
      const inspector = openInspectorOf(subject);
      const isUnused = inspector !== null && countConnectionsTo(subject.pid, inspector.port) === 0;
      unusedFromMs = isUnused ? Math.min(unusedFromMs, nowMs) : Infinity;
      // A call that just returned leaves the loop idle a moment before the inspector is there.
      if (inspector !== null) idleFromMs = Infinity;
      else if (isIdleNow(subject.pid)) idleFromMs = Math.min(idleFromMs, nowMs);
      if (nowMs - idleFromMs >= endsAfterMs) return;
      if (inspector === null || nowMs - unusedFromMs < UNUSED_FOR_MS) continue;
      if ((await close(subject, inspector, giveUpAtMs, isCaredFor, endTurn)) === 'cared-for') return;
      endsAfterMs = SETTLES_WITHIN_MS;
    } finally {
      endTurn();
    }
  }
}

/** Whether it was closed shows at the next look: it may just be moving to another port, as it was asked before. */
async function close(
  subject: ProcessRecord,
  inspector: OpenInspector,
  untilMs: number,
  isCaredFor: (session: InspectorSession) => Promise<boolean>,
  onWaiting: () => void,
): Promise<'asked' | 'cared-for'> {
  const { address, port, inode } = inspector;
  const connected = await connectTo({ host: address, port, asSeenBy: subject.pid });
  if (!connected.ok) return 'asked';
  const session = connected.value;
  const facts = await askOwnFacts(session, subject.pid, {
    waitMs: untilMs - performance.now(),
    onProgress: onWaiting,
    interrupted: new AbortController().signal,
  });
  if (facts.ok && facts.value.pid === subject.ownPid) {
    if (await isCaredFor(session)) {
      session.close();
      return 'cared-for';
    }
    await releaseInspector(session, { subject, port, inode, originalDebugPort: facts.value.debugPort });
  }
  session.close();
  return 'asked';
}

function isIdleNow(pid: number): boolean {
  const kernel = readKernelState(pid);
  return kernel === null || isIdle(kernel);
}
