/**
 * The line that is on the screen before anything heavy is loaded: who wants what. It depends on nothing, so that
 * the program can print it in its first milliseconds.
 */

/** `loopscope  attaching to 4711 …`, overwritten by what follows on a terminal. */
export function printFirstLine(stdout: NodeJS.WriteStream, doing: string): void {
  if (stdout.isTTY) stdout.write(`\r\x1b[Kloopscope  ${doing} …`);
}

/** Takes the line away again, for a message in its place. */
export function clearFirstLine(stdout: NodeJS.WriteStream): void {
  if (stdout.isTTY) stdout.write('\r\x1b[K');
}
