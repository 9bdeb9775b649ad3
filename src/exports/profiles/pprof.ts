/**
 * pprof's profile.proto (https://github.com/google/pprof/tree/main/proto), for `go tool pprof`, Pyroscope, Datadog
 * and everything else that reads it.
 *
 *   derive < handler, 20 ms, three quarters of them on line 14
 *     -> sample [derive:14, handler:40] 15 ms, sample [derive:12, handler:40] 5 ms
 *
 * Values are whole nanoseconds that add up to the sampled time, and how many intervals they are. The innermost
 * function has the lines that were hit, its callers the line where they begin: V8 does not tell where they called.
 */
import {
  Function as PprofFunction,
  Line,
  Location,
  Profile,
  Sample,
  StringTable,
  ValueType,
} from 'pprof-format';
import { frameKey } from '../../model/code-frame.ts';
import type { SpanStack } from '../../model/span-profile.ts';
import type { CodeFrame } from '../../model/timeline-event.ts';

export interface PprofDetails {
  /** Milliseconds since 1970. */
  readonly startedAtWallMs: number;
  readonly durationMs: number;
  readonly samplingIntervalUs: number;
  /** What a person should know of where it is from. */
  readonly comments: readonly string[];
}

/** Not compressed yet: files and the wire carry it as gzip. */
export function encodePprof(stacks: readonly SpanStack[], details: PprofDetails): Uint8Array {
  const stringTable = new StringTable();
  const text = (string: string): number => stringTable.dedup(string);
  const functions = new Map<string, PprofFunction>();
  const locations = new Map<string, Location>();

  const functionOf = (frame: CodeFrame): PprofFunction => {
    const key = frameKey(frame);
    const known = functions.get(key);
    if (known !== undefined) return known;
    const name = text(frame.function);
    const entry = new PprofFunction({
      id: functions.size + 1,
      name,
      systemName: name,
      filename: text(frame.file),
      startLine: frame.line,
    });
    functions.set(key, entry);
    return entry;
  };
  const locationId = (frame: CodeFrame, line: number): number => {
    const key = `${frameKey(frame)}\n${line}`;
    const known = locations.get(key);
    if (known !== undefined) return Number(known.id);
    const id = locations.size + 1;
    locations.set(key, new Location({ id, line: [new Line({ functionId: functionOf(frame).id, line })] }));
    return id;
  };

  const periodNs = Math.max(1, Math.round(details.samplingIntervalUs * 1000));
  const samples = stacks.flatMap((stack) => {
    const [innermost, ...callers] = stack.frames;
    if (innermost === undefined) return [];
    const outwards = callers.map((frame) => locationId(frame, frame.line));
    return splitByLine(stack, innermost.line).map(
      ({ line, ns }) =>
        new Sample({
          locationId: [locationId(innermost, line), ...outwards],
          value: [Math.round(ns / periodNs), ns],
        }),
    );
  });
  const cpu = new ValueType({ type: text('cpu'), unit: text('nanoseconds') });
  return new Profile({
    sampleType: [new ValueType({ type: text('samples'), unit: text('count') }), cpu],
    sample: samples,
    location: [...locations.values()],
    function: [...functions.values()],
    timeNanos: BigInt(Math.round(details.startedAtWallMs * 1000)) * 1000n,
    durationNanos: Math.round(details.durationMs * 1e6),
    periodType: cpu,
    period: periodNs,
    comment: details.comments.map(text),
    defaultSampleType: text('cpu'),
    stringTable,
  }).encode();
}

/** A stack's time by the lines of its innermost function: whole nanoseconds, not one lost to rounding. */
function splitByLine(
  { ms, lines }: SpanStack,
  functionLine: number,
): readonly { readonly line: number; readonly ns: number }[] {
  const parts: { readonly line: number; readonly ns: number }[] = [];
  const totalNs = Math.round(ms * 1e6);
  let share = 0;
  let givenNs = 0;
  for (const [index, hot] of lines.entries()) {
    share += hot.share;
    const upToNs = index === lines.length - 1 ? totalNs : Math.round(totalNs * Math.min(1, share));
    if (upToNs > givenNs) parts.push({ line: hot.line, ns: upToNs - givenNs });
    givenNs = Math.max(givenNs, upToNs);
  }
  if (lines.length === 0 && totalNs > 0) parts.push({ line: functionLine, ns: totalNs });
  return parts;
}
