/**
 * Takes out of a service's stderr what its inspector says there on our account. Everything else passes byte by byte,
 * and at once: only the beginning of a line that may still become such a notice is held back.
 *
 *   'Debugger attached.\nlistening on 3000\n' -> 'listening on 3000\n'
 */
import { Transform, type TransformCallback } from 'node:stream';

/** Of Node 18 to 26 (src/inspector_agent.cc, inspector_io.cc): the whole line, or how it begins. */
const NOTICES = [
  'Debugger attached.\n',
  'Debugger listening on ws://',
  'Debugger ending on ws://',
  'For help, see: https://nodejs.org/en/docs/inspector\n',
  'Waiting for the debugger to disconnect...\n',
] as const;

const NEWLINE = 0x0a;

export class InspectorNoticeFilter extends Transform {
  /** The beginning of a line that may be a notice. */
  #held = '';
  /** Whether the line that was begun is the service's own. */
  #passing = false;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let from = 0;
    while (from < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, from);
      const to = newline === -1 ? chunk.length : newline + 1;
      this.#take(chunk.subarray(from, to));
      from = to;
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#held !== '') this.push(this.#held, 'latin1');
    done();
  }

  /** A line, or a piece of one. */
  #take(piece: Buffer): void {
    const ends = piece.at(-1) === NEWLINE;
    if (this.#passing) {
      this.push(piece);
      this.#passing = !ends;
      return;
    }
    // One character for each byte, so that nothing is changed on the way through.
    const line = this.#held + piece.toString('latin1');
    this.#held = '';
    if (NOTICES.some((notice) => line.startsWith(notice))) {
      if (!ends) this.#held = line;
    } else if (!ends && NOTICES.some((notice) => notice.startsWith(line))) {
      this.#held = line;
    } else {
      this.push(line, 'latin1');
      this.#passing = !ends;
    }
  }
}
