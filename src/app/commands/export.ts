/** `loopscope export`: hands over what was seen to other tools, as a file or by sending it to where metrics live. */
import type { CommandIo, ExitCode, WatchOptions } from '../command-io.ts';
import { encodeExport, OPENED_WITH, type FileFormat, type SeenSession } from '../export-formats.ts';
import { openExportOutput, type ExportOutput } from '../export-output.ts';
import { reportFailure } from '../failure.ts';
import { createPrometheusReceiver } from '../prometheus-receiver.ts';
import { parsePushEndpoint } from '../push-endpoint.ts';
import { createPush, type Receiver } from '../push.ts';
import { createPyroscopeReceiver } from '../pyroscope-receiver.ts';
import { isRecordingFile } from '../recording-file.ts';
import { openSessionInput } from '../session-input.ts';
import { UNTIL_INTERRUPTED_MS } from '../watching.ts';
import type { CpuProfileEvent } from '../../model/timeline-event.ts';
import { processName } from '../../presentation/header.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import { formatBytes } from '../../shared/quantity.ts';
import { fail, ok, type Result } from '../../shared/result.ts';

export interface ExportOptions extends WatchOptions {
  readonly format?: FileFormat | 'prometheus' | 'heapsnapshot';
  readonly output?: string;
  readonly duration?: number;
  /** Milliseconds between two moments that are sent, or between two versions of a file for Prometheus. */
  readonly every: number;
  readonly otlp?: string;
  readonly pyroscope?: string;
  readonly serviceName?: string;
  /** Takes a heap snapshot also where the estimate speaks against it. */
  readonly force?: true;
}

const WATCHED_MS = 10_000;
/** Allocations are read first after 5 s, and what lives on takes its time to show. */
const WATCHED_FOR_HEAP_MS = 30_000;
const STANDARD_OUTPUT = '-';

/** A recording gives what it holds; a target is watched for a while, or until it is enough where it is sent on. */
export async function runExport(input: string, options: ExportOptions, io: CommandIo): Promise<ExitCode> {
  if (options.format === 'heapsnapshot') return exportHeap(input, options, io);
  // First of all: what can go nowhere is no reason to touch the service.
  const planned = await planExport(options, io);
  if (!planned.ok) return reportFailure(planned.error, io, false);
  const { file, receivers } = planned.value;

  const serviceName = options.serviceName ?? io.env['OTEL_SERVICE_NAME'] ?? null;
  const push =
    receivers.length === 0 ? null : createPush(receivers, { everyMs: options.every, serviceName }, io);
  const profiles: CpuProfileEvent[] = [];
  const isSent = options.otlp !== undefined || options.pyroscope !== undefined;
  const opened = await openSessionInput(input, io, {
    ...options,
    ...(options.format === 'heapprofile' ? { readsAllocations: true } : {}),
    duration: options.duration ?? (isSent ? UNTIL_INTERRUPTED_MS : watchedMs(options)),
    onEvent(event) {
      push?.hear(event);
      if (file !== null && event.kind === 'cpu-profile') profiles.push(event);
    },
  });
  const pushed = push === null ? ok(undefined) : await push.finish();
  if (!opened.ok) return reportFailure(opened.error, io, false);
  const { timeline, span, exitCode } = opened.value;
  const target = timeline.session?.target;
  if (file !== null && target !== undefined) {
    const seen = { timeline, span, target, profiles, serviceName: serviceName ?? processName(target) };
    const written = writeFile(file, seen, io);
    if (!written.ok) return reportFailure(written.error, io, false);
  }
  return pushed.ok ? exitCode : reportFailure(pushed.error, io, false);
}

const watchedMs = ({ format }: ExportOptions): number =>
  format === 'heapprofile' ? WATCHED_FOR_HEAP_MS : WATCHED_MS;

interface ExportPlan {
  readonly file: PlannedFile | null;
  readonly receivers: readonly Receiver[];
}

interface PlannedFile {
  readonly format: FileFormat;
  readonly output: ExportOutput;
  /** Null for standard output. */
  readonly path: string | null;
}

async function planExport(options: ExportOptions, io: CommandIo): Promise<Result<ExportPlan, CodedError>> {
  const { format, output: given, otlp, pyroscope } = options;
  const receivers: Receiver[] = [];
  if (otlp !== undefined) {
    const endpoint = parsePushEndpoint(otlp, '--otlp');
    if (!endpoint.ok) return endpoint;
    const { createOtlpReceiver } = await import('../otlp-receiver.ts');
    receivers.push(createOtlpReceiver(endpoint.value));
  }
  if (pyroscope !== undefined) {
    const endpoint = parsePushEndpoint(pyroscope, '--pyroscope');
    if (!endpoint.ok) return endpoint;
    receivers.push(createPyroscopeReceiver(endpoint.value, io));
  }
  if (format === undefined || format === 'heapsnapshot') {
    return receivers.length === 0 || given !== undefined ? fail(NO_FORMAT) : ok({ file: null, receivers });
  }
  const path = given === undefined || given === STANDARD_OUTPUT ? null : given;
  const kind = format === 'prometheus' ? 'refreshed' : format === 'pprof' ? 'binary' : 'text';
  const output = openExportOutput(path, kind, io);
  if (!output.ok) return output;
  if (format !== 'prometheus') return ok({ file: { format, output: output.value, path }, receivers });
  return ok({ file: null, receivers: [...receivers, createPrometheusReceiver(output.value, path)] });
}

const NO_FORMAT: CodedError = {
  code: 'usage-export',
  message: 'what to export is missing',
  hint: 'give --format, or where to send it with --otlp or --pyroscope',
  exitCode: 2,
};

function writeFile(
  { format, output, path }: PlannedFile,
  seen: SeenSession,
  io: CommandIo,
): Result<void, CodedError> {
  const encoded = encodeExport(format, seen);
  if (!encoded.ok) return encoded;
  const written = output.write(encoded.value);
  if (!written.ok || path === null) return written;
  const size = formatBytes(Buffer.byteLength(encoded.value));
  io.stdout.write(`${path}: ${size}; ${OPENED_WITH[format]}\n`);
  return written;
}

/** A heap snapshot of a target is what `loopscope snapshot` takes; nothing else has one. */
async function exportHeap(input: string, options: ExportOptions, io: CommandIo): Promise<ExitCode> {
  if (isRecordingFile(input)) return reportFailure(HEAP_OF_RECORDING, io, false);
  const { output } = options;
  if (output === undefined || output === STANDARD_OUTPUT) return reportFailure(HEAP_TO_PIPE, io, false);
  const { runSnapshot } = await import('./snapshot.ts');
  return runSnapshot(input, { ...options, output }, io);
}

const HEAP_OF_RECORDING: CodedError = {
  code: 'export-heap-of-recording',
  message:
    'a recording holds no heap: a snapshot is all that lives in a service, taken while it stands still',
  hint: 'take one from the running service with loopscope snapshot; --format heapprofile says who allocates',
  exitCode: 2,
};

const HEAP_TO_PIPE: CodedError = {
  code: 'usage-export',
  message: 'a heap snapshot goes to a file',
  hint: 'give it with -o',
  exitCode: 2,
};
