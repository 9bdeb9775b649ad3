/** What becomes of a caretaker whose loopscope is gone: `caretaker-program.mjs PID START_TICKS`. */
import { closeAbandonedInspector } from '../inspector/abandoned-inspector.ts';
import { readProcess } from '../inspector/process-record.ts';
import { isProbeInstalled } from '../probes/extension.ts';

/** As long as attaching itself waits for a native call to return. */
const WAITS_MS = 600_000;

const [pid, startTicks] = process.argv.slice(2).map(Number);
const subject = readProcess(Number(pid));
if (subject !== null && subject.startTicks === startTicks) {
  await closeAbandonedInspector(subject, WAITS_MS, isProbeInstalled);
}
// A connection may be closing still.
process.exit(0);
