/** `loopscope heap`: what one snapshot holds, or what grew between two. */
import { EXIT, type CommandIo, type ExitCode } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { formatHeapComparisonJson, formatHeapSummaryJson } from '../../exports/heap-json.ts';
import { formatHeapComparison, formatHeapSummary } from '../../exports/heap-text.ts';
import type { HeapProgress } from '../../heap/heap-messages.ts';
import { HeapThread } from '../../heap/heap-thread.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import type { Result } from '../../shared/result.ts';

export interface HeapOptions {
  readonly json?: true;
  /** The heap thread's code, where it is not beside the program: in tests. */
  readonly worker?: URL;
}

/** @param after without it, `file` alone is looked at */
export async function runHeap(
  file: string,
  after: string | undefined,
  options: HeapOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const thread = new HeapThread(options.worker);
  const progress = tellProgress(io);
  thread.onProgress = progress.tell;
  const interrupted = new Promise<null>((resolve) => {
    if (io.interrupted.aborted) resolve(null);
    io.interrupted.addEventListener('abort', () => resolve(null), { once: true });
  });
  try {
    const json = options.json === true;
    const text = after === undefined ? overview(thread, file, json) : growth(thread, file, after, json);
    const outcome = await Promise.race([text, interrupted]);
    progress.clear();
    if (outcome === null) return EXIT.interrupted;
    if (!outcome.ok) return reportFailure(outcome.error, io, json);
    io.stdout.write(outcome.value);
    return EXIT.done;
  } finally {
    await thread.close();
  }
}

async function overview(
  thread: HeapThread,
  file: string,
  json: boolean,
): Promise<Result<string, CodedError>> {
  const summary = await thread.ask({ kind: 'open-file', path: file });
  if (!summary.ok) return summary;
  const format = json ? formatHeapSummaryJson : formatHeapSummary;
  return { ok: true, value: format(summary.value, file) };
}

async function growth(
  thread: HeapThread,
  before: string,
  after: string,
  json: boolean,
): Promise<Result<string, CodedError>> {
  const opened = await thread.ask({ kind: 'open-file', path: before });
  if (!opened.ok) return opened;
  const kept = await thread.ask({ kind: 'keep-baseline' });
  if (!kept.ok) return kept;
  const grown = await thread.ask({ kind: 'open-file', path: after });
  if (!grown.ok) return grown;
  const comparison = await thread.ask({ kind: 'compare' });
  if (!comparison.ok) return comparison;
  const text = json
    ? formatHeapComparisonJson(comparison.value, [before, after])
    : formatHeapComparison(comparison.value);
  return { ok: true, value: text };
}

/** A line on the terminal that is overwritten: a gigabyte takes half a minute. Nothing where stderr is a file. */
function tellProgress(io: CommandIo): {
  readonly tell: (progress: HeapProgress) => void;
  readonly clear: () => void;
} {
  if (!io.stderr.isTTY) return { tell: () => {}, clear: () => {} };
  const clearedLine = '\r\u001b[K';
  return {
    tell: ({ stage, share }) => {
      const percent = share === null ? '' : ` ${Math.round(share * 100)}%`;
      io.stderr.write(`${clearedLine}loopscope: ${stage}${percent}`);
    },
    clear: () => void io.stderr.write(clearedLine),
  };
}
