/** `loopscope heap` on a terminal: the explorer instead of the text. */
import { EXIT, terminalOf, type CommandIo, type CommonOptions, type ExitCode } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { HeapThread } from '../../heap/heap-thread.ts';
import { exploreHeap } from '../../views/heap/open-explorer.ts';

/** @param files one, or one before and one after */
export async function runExploreHeap(
  files: readonly string[],
  options: CommonOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const thread = new HeapThread();
  try {
    const explored = await exploreHeap({
      ...terminalOf(io, options),
      files,
      thread,
    });
    switch (explored.kind) {
      case 'left':
        return EXIT.done;
      case 'interrupted':
        return EXIT.interrupted;
      case 'failed':
        return reportFailure(explored.error, io, false);
    }
  } finally {
    await thread.close();
  }
}
