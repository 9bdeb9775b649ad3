/** From what the user typed to a live session: resolve, attach, collect. */
import { EXIT, type CommandIo, type WatchOptions } from './command-io.ts';
import { openLiveSession, type LiveSession } from './live-session.ts';
import { attachTo } from '../inspector/attach.ts';
import { resolveTarget } from '../inspector/target.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, type Result } from '../shared/result.ts';

const INTERRUPTED: CodedError = {
  code: 'interrupted',
  message: 'interrupted while attaching',
  hint: 'the service was left as it was',
  exitCode: EXIT.interrupted,
};

/** Says on stderr what it waits for, as long as a native call blocks the service. */
export async function openTarget(
  target: string,
  options: WatchOptions,
  io: CommandIo,
): Promise<Result<LiveSession, CodedError>> {
  const resolved = await resolveTarget(target);
  if (!resolved.ok) return resolved;
  const attachment = await attachTo(resolved.value, {
    clock: io.clock,
    onProgress: ({ forMs, kernelState }) => {
      const seconds = (forMs / 1000).toFixed(1);
      io.stderr.write(
        `loopscope: the service is blocked by a native call for ${seconds} s (${kernelState}), waiting\n`,
      );
    },
  });
  if (!attachment.ok) return attachment;
  if (io.interrupted.aborted) {
    // Leaving earlier would have left the inspector open that the signal was still to open.
    await attachment.value.detach();
    return fail(INTERRUPTED);
  }
  return openLiveSession(attachment.value, io.clock, { heapSampling: options.heapSampling !== false });
}
