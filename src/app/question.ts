/** A question to the person at the terminal. */
import { createInterface } from 'node:readline/promises';
import type { CommandIo } from './command-io.ts';

/** Below `question`, which says what comes of it. Anything but yes is no; so are Ctrl-C and the end of the input. */
export async function confirm(question: string, io: CommandIo): Promise<boolean> {
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const answer = await lines.question(`loopscope: ${question} (y/N) `, { signal: io.interrupted });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    lines.close();
  }
}
