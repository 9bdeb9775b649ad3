/** The few words the agent ever says, on the service's stderr. */
import { writeSync } from 'node:fs';

const STDERR = 2;

/** Straight to the descriptor: a thread's own streams pass through the main thread, and the service's may be anything. */
export function say(text: string): void {
  try {
    writeSync(STDERR, `loopscope agent: ${text}\n`);
  } catch {
    // Nobody reads what the service prints.
  }
}
