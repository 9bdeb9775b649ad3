/** Keeps what a service prints: all of it in a file for its owner alone, the last lines for the screen. */
import { createWriteStream, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { OutputLine, ServiceOutput } from '../presentation/service-output.ts';
import { sanitise } from '../shared/sanitiser.ts';

/** Logs hold addresses, tokens, names. */
const OWNER_ONLY = 0o600;
/** Some screens of history to scroll back through; the file has the rest. */
const LINES_KEPT = 2_000;
/** Lines are dropped in batches: to move the front of a long array costs its whole length. */
const SLACK = 200;
/** A line that does not end is cut: a progress bar, a dump without newlines. */
const LONGEST_LINE = 10_000;

export interface OutputLog extends ServiceOutput {
  /** Takes everything that a stream of the service brings, until it ends. */
  take(stream: Readable, from: OutputLine['from']): void;
}

/** @param pid of the service; names the file in the folder for temporary files */
export function createOutputLog(pid: number, wallMs: number): OutputLog {
  const { file, write } = openFile(pid, wallMs);
  const lines: OutputLine[] = [];
  const listeners = new Set<() => void>();
  let count = 0;
  const add = (from: OutputLine['from'], text: string): void => {
    lines.push({ number: count++, from, text: sanitise(text) });
    if (lines.length > LINES_KEPT + SLACK) lines.splice(0, lines.length - LINES_KEPT);
  };
  return {
    file,
    lines: () => lines,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    take(stream, from) {
      const decoder = new StringDecoder('utf8');
      let begun = '';
      stream.on('data', (chunk: Buffer) => {
        write(chunk);
        const [last = '', ...whole] = (begun + decoder.write(chunk)).split('\n').toReversed();
        for (const line of whole.toReversed()) add(from, line);
        begun = last;
        if (begun.length > LONGEST_LINE) {
          add(from, begun);
          begun = '';
        }
        for (const listener of listeners) listener();
      });
      stream.once('end', () => {
        if (begun !== '') add(from, begun);
        for (const listener of listeners) listener();
      });
    },
  };
}

/** A file that is there already, or a link that somebody left, is never written through. */
function openFile(
  pid: number,
  wallMs: number,
): { readonly file: string | null; readonly write: (chunk: Buffer) => void } {
  const at = new Date(wallMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const file = join(tmpdir(), `loopscope-run-${pid}-${at}.log`);
  let descriptor: number;
  try {
    descriptor = openSync(file, 'wx', OWNER_ONLY);
  } catch {
    // A read-only file system: the last lines are still on the screen.
    return { file: null, write: () => {} };
  }
  const stream = createWriteStream(file, { fd: descriptor });
  // A full disk must end neither the service nor the session.
  stream.on('error', () => {});
  return { file, write: (chunk) => void (stream.destroyed || stream.write(chunk)) };
}
