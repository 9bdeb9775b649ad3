/** The formats of `loopscope export`: what each is made from, and what is said when there is nothing to make it from. */
import { gzipSync } from 'node:zlib';
import { version } from './version.ts';
import { diagnose } from '../diagnosis/diagnosis.ts';
import { createReport, formatJsonReport } from '../exports/json-report.ts';
import { formatCollapsedStacks } from '../exports/profiles/collapsed.ts';
import { createCpuProfile } from '../exports/profiles/cpuprofile.ts';
import { createHeapProfile } from '../exports/profiles/heapprofile.ts';
import { mergeProfiles } from '../exports/profiles/merged-profile.ts';
import { encodePprof } from '../exports/profiles/pprof.ts';
import { createSpeedscopeFile } from '../exports/profiles/speedscope.ts';
import { selectSpanProfile } from '../model/span-profile.ts';
import type { CpuProfileEvent, TargetInfo, TimelineEventKind } from '../model/timeline-event.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';
import { selectAllocations } from '../timeline/resource-selectors.ts';
import type { Span } from '../timeline/series.ts';
import { selectGaps, selectWallMs } from '../timeline/session-selectors.ts';
import type { Timeline } from '../timeline/timeline.ts';

/** What is made of a whole session and written once. */
export type FileFormat = 'cpuprofile' | 'pprof' | 'speedscope' | 'collapsed' | 'heapprofile' | 'json';

/** Said when the file is there. */
export const OPENED_WITH: Readonly<Record<FileFormat, string>> = {
  cpuprofile: 'opens in Chrome DevTools (Performance), VS Code and speedscope',
  pprof: 'opens with go tool pprof, and in whatever takes pprof',
  speedscope: 'opens on speedscope.app, or with npx speedscope',
  collapsed: 'opens with flamegraph.pl, inferno and speedscope',
  heapprofile: 'opens in Chrome DevTools (Memory) and VS Code',
  json: 'the report as JSON',
};

export interface SeenSession {
  readonly timeline: Timeline;
  readonly span: Span;
  readonly target: TargetInfo;
  readonly serviceName: string;
  /** All of the session: the timeline keeps those of the last ten minutes. */
  readonly profiles: readonly CpuProfileEvent[];
}

/** Encodes what was seen. Fails where nothing of what the format holds was seen. */
export function encodeExport(format: FileFormat, seen: SeenSession): Result<string | Uint8Array, CodedError> {
  const { timeline, span, profiles } = seen;
  switch (format) {
    case 'json':
      return ok(formatJsonReport(createReport(timeline, span, diagnose(timeline, span), version)));
    case 'heapprofile': {
      const allocations = selectAllocations(timeline, span);
      return allocations === null
        ? fail(
            nothingSeen(
              seen,
              'allocation',
              'no allocations were read',
              'watch it for longer, with --duration 1m: they are read after 5 s at the earliest',
            ),
          )
        : ok(`${JSON.stringify(createHeapProfile(allocations))}\n`);
    }
    case 'cpuprofile':
    case 'speedscope':
    case 'collapsed':
    case 'pprof':
      return profiles.length === 0
        ? fail(nothingSeen(seen, 'cpu-profile', 'no CPU samples were taken', 'watch it for longer'))
        : ok(encodeProfile(format, seen));
  }
}

function encodeProfile(
  format: 'cpuprofile' | 'speedscope' | 'collapsed' | 'pprof',
  { timeline, target, serviceName, profiles }: SeenSession,
): string | Uint8Array {
  const merged = mergeProfiles(profiles);
  switch (format) {
    case 'cpuprofile':
      return `${JSON.stringify(createCpuProfile(merged))}\n`;
    case 'speedscope':
      return `${JSON.stringify(createSpeedscopeFile(merged, serviceName, `loopscope ${version}`))}\n`;
    case 'collapsed':
      return formatCollapsedStacks(selectSpanProfile(profiles, merged.startMs, merged.endMs).stacks);
    case 'pprof':
      return gzipSync(
        encodePprof(selectSpanProfile(profiles, merged.startMs, merged.endMs).stacks, {
          startedAtWallMs: selectWallMs(timeline, merged.startMs) ?? 0,
          durationMs: merged.endMs - merged.startMs,
          samplingIntervalUs: merged.samplingIntervalUs,
          comments: [`loopscope ${version}`, `${serviceName}, pid ${target.pid}, Node ${target.node}`],
        }),
      );
  }
}

function nothingSeen(
  { timeline, span }: SeenSession,
  signal: TimelineEventKind,
  message: string,
  hint: string,
): CodedError {
  const reason = selectGaps(timeline, span).find((gap) => gap.signal === signal)?.reason;
  return {
    code: 'export-nothing-seen',
    message: reason === undefined ? message : `${message}: ${reason}`,
    hint,
    exitCode: 4,
  };
}
