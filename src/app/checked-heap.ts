/** `check --snapshots`: one at the start and one at the end. The flag is the consent; each price is said. */
import { EXIT, type CommandIo } from './command-io.ts';
import { createHeapComparer, type ComparedSnapshot } from './heap-comparer.ts';
import type { LiveSession } from './live-session.ts';
import { formatBytes, formatSeconds } from '../presentation/format.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, type Result } from '../shared/result.ts';

export interface CheckedHeap {
  /** Takes the first snapshot. Where the pre-flight check refuses it, nothing was done. */
  begin(): Promise<Result<ComparedSnapshot, CodedError>>;
  /** Takes the second one and records what grew. What fails here is said, and the rest of the report stands. */
  end(): Promise<void>;
  close(): Promise<void>;
}

const INTERRUPTED: CodedError = {
  code: 'interrupted',
  message: 'interrupted while a heap snapshot was taken',
  hint: 'V8 finishes it, and nobody reads it',
  exitCode: EXIT.interrupted,
};

/** @param worker the heap thread's code, where it is not beside the program: in tests */
export function createCheckedHeap(session: LiveSession, io: CommandIo, worker?: URL): CheckedHeap {
  const comparer = createHeapComparer(session, io.clock, worker);
  const say = (text: string): void => void io.stderr.write(`loopscope: ${text}\n`);
  const interrupted = new Promise<Result<never, CodedError>>((resolve) => {
    io.interrupted.addEventListener('abort', () => resolve(fail(INTERRUPTED)), { once: true });
  });

  const take = async (which: string): Promise<Result<ComparedSnapshot, CodedError>> => {
    const price = await comparer.price();
    if (!price.ok) return fail({ ...price.error, hint: 'check it without --snapshots' });
    const { pauseMs, extraBytes } = price.value;
    const cost = `stand still for about ${formatSeconds(pauseMs)} and take about ${formatBytes(extraBytes)} more memory`;
    say(`${which} heap snapshot: the service will ${cost}`);
    const taken = await Promise.race([comparer.take(price.value), interrupted]);
    if (taken.ok) say(`it stood still for ${formatSeconds(taken.value.pauseMs)}`);
    return taken;
  };

  return {
    begin: () => take('first'),
    async end() {
      const taken = await take('second');
      const growth = taken.ok ? await Promise.race([taken.value.growth, interrupted]) : taken;
      if (!growth.ok) say(`${growth.error.message}; ${growth.error.hint}`);
    },
    close: () => comparer.close(),
  };
}
