/**
 * The first thing that runs. It loads nothing but the line that says what is being done, so that this line is on the
 * terminal before the program itself has been read.
 */
import { printFirstLine } from '../views/first-line.ts';

/** Runs the command line and ends the process with its exit code. */
export async function start(args: readonly string[]): Promise<void> {
  const [command, target] = args;
  const { stdin, stdout } = process;
  if (command === 'attach' && target !== undefined && !target.startsWith('-') && stdin.isTTY) {
    printFirstLine(stdout, `attaching to ${target}`);
  }
  const { main } = await import('./main.ts');
  await main(args);
}
