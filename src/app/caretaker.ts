/**
 * Who closes an inspector when this program is killed before anything in the service could: a shell that waits for
 * our word or our end, and in that case becomes a program that does it. It costs a process of 1 MB.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { InspectorCaretaker } from '../inspector/attach.ts';
import type { ProcessRecord } from '../inspector/process-record.ts';

/** Beside this file once bundled. */
const PROGRAM = new URL('./caretaker-program.mjs', import.meta.url);
const DISMISSED = 'dismissed';
/** The end of its input without the word is our end. */
const WAIT = `read -r word; [ "$word" = ${DISMISSED} ] || exec "$0" "$@"`;

/** Appoints one. Where there is no shell nobody is; the lease in the service is there a moment later. */
export function appointCaretaker({ pid, startTicks }: ProcessRecord): InspectorCaretaker {
  const program = [process.execPath, fileURLToPath(PROGRAM), String(pid), String(startTicks)];
  const shell = spawn('/bin/sh', ['-c', WAIT, ...program], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // What ends us, a signal to our group or a terminal that closes, must not end it; nor may it be told our options.
    detached: true,
    env: {},
    cwd: '/',
  });
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  return {
    dismiss: () => void shell.stdin.end(`${DISMISSED}\n`),
    takeOver: () => void shell.stdin.end(),
  };
}
