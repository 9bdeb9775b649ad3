/** `loopscope load`: drives HTTP load and prints percentiles free of coordinated omission. */
import { EXIT, type CommandIo, type ExitCode } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import {
  DEFAULT_TIMEOUT_MS,
  parseHeader,
  parseWeightedUrl,
  type LoadPlan,
  type LoadTarget,
  type Pace,
} from '../../load/load-plan.ts';
import { formatLoadProgress, formatLoadResult } from '../../load/load-report.ts';
import { runLoad } from '../../load/run-load.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import { fail, ok, type Result } from '../../shared/result.ts';

/** As the command line gives them; times are parsed to milliseconds. */
export interface LoadOptions {
  readonly rate?: string;
  readonly connections?: string;
  readonly duration: number;
  readonly warmup?: number;
  readonly timeout?: number;
  readonly method?: string;
  readonly body?: string;
  readonly header?: readonly string[];
  /** More URLs beside the first, each `weight=url`. */
  readonly url?: readonly string[];
  readonly json?: true;
}

/** Runs the load until its end or an interruption, with progress on stderr and the result on stdout. */
export async function runLoadCommand(url: string, options: LoadOptions, io: CommandIo): Promise<ExitCode> {
  const json = options.json === true;
  const plan = planFrom([url, ...(options.url ?? [])], options);
  if (!plan.ok) return reportFailure(plan.error, io, json);
  const result = await runLoad(plan.value, {
    clock: io.clock,
    signal: io.interrupted,
    onProgress: (progress) => io.stderr.write(`${formatLoadProgress(progress)}\n`),
  });
  io.stdout.write(json ? `${JSON.stringify(result)}\n` : formatLoadResult(result));
  if (result.interrupted) return EXIT.interrupted;
  return result.answered > 0 ? EXIT.done : reportFailure(NOTHING_ANSWERED, io, false);
}

const NOTHING_ANSWERED: CodedError = {
  code: 'load-no-answer',
  message: 'no request was answered',
  hint: 'is the service listening at this URL?',
  exitCode: 3,
};

/** The plan that the options mean, or what is wrong with them. */
function planFrom(urls: readonly string[], options: LoadOptions): Result<LoadPlan, CodedError> {
  const pace = paceFrom(options);
  if (!pace.ok) return pace;
  const headers: Record<string, string> = {};
  for (const text of options.header ?? []) {
    const header = parseHeader(text);
    if (!header.ok) return header;
    headers[header.value[0]] = header.value[1];
  }
  const body = options.body ?? null;
  const method = (options.method ?? (body === null ? 'GET' : 'POST')).toUpperCase();
  const targets: LoadTarget[] = [];
  for (const text of urls) {
    const parsed = parseWeightedUrl(text);
    if (!parsed.ok) return parsed;
    targets.push({ method, headers, body, ...parsed.value });
  }
  return ok({
    pace: pace.value,
    targets,
    durationMs: options.duration,
    warmupMs: options.warmup ?? 0,
    timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS,
  });
}

function paceFrom({ rate, connections }: LoadOptions): Result<Pace, CodedError> {
  if ((rate === undefined) === (connections === undefined)) {
    return usage(
      'give either --rate or --connections',
      '--rate 100 for 100 requests a second whatever the service does',
    );
  }
  if (rate !== undefined) {
    const perSecond = Number(rate);
    if (perSecond > 0 && perSecond <= MAX_PER_SECOND) return ok({ kind: 'rate', perSecond });
    return usage(
      `--rate is not a number of requests a second up to ${MAX_PER_SECOND}: ${JSON.stringify(rate)}`,
      '--rate 100',
    );
  }
  const count = Number(connections);
  if (Number.isInteger(count) && count > 0 && count <= MAX_CONNECTIONS)
    return ok({ kind: 'connections', count });
  return usage(
    `--connections is not a whole number from 1 to ${MAX_CONNECTIONS}: ${JSON.stringify(connections)}`,
    '--connections 20',
  );
}

/** What one Node process can send without being the bottleneck; 28,000 a second were seen on two cores. */
const MAX_PER_SECOND = 20_000;
/** Linux gives a process 1,024 files by default, and some are ours. */
const MAX_CONNECTIONS = 1_000;

function usage(message: string, example: string): Result<never, CodedError> {
  return fail({ code: 'usage-load', message, hint: `for example ${example}`, exitCode: 2 });
}
