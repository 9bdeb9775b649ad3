/** What attaching waits for, on stderr: one line that is kept fresh on a terminal, one now and then in a log. */
import type { CommandIo } from './command-io.ts';
import { formatDebugPort } from '../inspector/attach-errors.ts';
import type { AttachProgress } from '../inspector/inspector-opening.ts';

/** A log of a wait of minutes stays readable. */
const LOGGED_EVERY_MS = 5000;
/** A pseudo-terminal may not say how wide it is. */
const USUAL_COLUMNS = 80;
const CLEAR_LINE = '\r\x1b[K';

export interface AttachProgressLine {
  tell(progress: AttachProgress): void;
  end(): void;
}

/** Where nothing is shown. */
export const SILENT_PROGRESS: AttachProgressLine = { tell: () => {}, end: () => {} };

/** Explains an interruption, too. */
export function showAttachProgress(io: Pick<CommandIo, 'stderr' | 'interrupted'>): AttachProgressLine {
  const { stderr } = io;
  const explanation = explainInterruption(io);
  let isShown = false;
  let loggedAtMs = -Infinity;
  return {
    tell(progress) {
      explanation.tell(progress);
      const seconds = (progress.forMs / 1000).toFixed(1);
      const line = `loopscope: blocked by a native call for ${seconds} s (${progress.kernelState}), waiting`;
      if (stderr.isTTY) stderr.write(CLEAR_LINE + line.slice(0, (stderr.columns || USUAL_COLUMNS) - 1));
      else if (progress.forMs - loggedAtMs >= LOGGED_EVERY_MS) {
        loggedAtMs = progress.forMs;
        stderr.write(`${line}\n`);
      }
      isShown = stderr.isTTY;
    },
    end() {
      explanation.end();
      if (isShown) stderr.write(CLEAR_LINE);
    },
  };
}

/** Says why an interruption does not end the program, where leaving at once would leave an inspector behind. */
export function explainInterruption({
  stderr,
  interrupted,
}: Pick<CommandIo, 'stderr' | 'interrupted'>): AttachProgressLine {
  let opensOn: number | null = null;
  const explain = (): void => {
    if (opensOn === null) return;
    const where = formatDebugPort(opensOn);
    stderr.write(
      `${stderr.isTTY ? CLEAR_LINE : ''}loopscope: the inspector opens on ${where} when the call returns; waiting to close it then, interrupt again to leave that to the background\n`,
    );
  };
  interrupted.addEventListener('abort', explain);
  return {
    tell: (progress) => (opensOn = progress.opensOn),
    end: () => interrupted.removeEventListener('abort', explain),
  };
}
