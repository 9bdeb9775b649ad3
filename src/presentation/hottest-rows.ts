/** Functions by the CPU time that goes to them. */
import type { FunctionTime } from '../model/call-tree.ts';
import type { CodeFrame } from '../model/timeline-event.ts';
import { selectHottestFunctions } from '../timeline/code-selectors.ts';
import type { ScreenData } from './screen-data.ts';
import { newestProfileMs } from './shown-tree.ts';

export interface HottestRow {
  readonly frame: CodeFrame;
  /** Of all work in the span, 0 to 1; by self or by total time, as asked. */
  readonly share: number;
  readonly selfMs: number;
  readonly totalMs: number;
}

/** More are never scrolled through. */
const MOST_ROWS = 200;

export function selectHottestRows(
  data: ScreenData,
  by: 'self' | 'total' | 'package',
  filter: string,
): readonly HottestRow[] {
  if (by === 'package') return selectPackageRows(data, filter);
  const ofProfile = newestProfileMs(data);
  const wanted = filter.toLowerCase();
  return data.cached(`hottest by ${by} ${ofProfile} ${wanted}`, 'code', () => {
    const functions = data.cached(`hottest ${ofProfile}`, 'code', () =>
      selectHottestFunctions(data.timeline, data.span, MOST_ROWS),
    );
    return functions
      .filter(({ frame }) => `${frame.function} ${frame.file}`.toLowerCase().includes(wanted))
      .map((time) => ({ ...time, share: by === 'self' ? time.share : totalShare(time) }))
      .toSorted((a, b) => b.share - a.share);
  });
}

/** Packages by the time in their functions; what is not of a package stands under a name of its own. */
function selectPackageRows(data: ScreenData, filter: string): readonly HottestRow[] {
  const packages = data.cached(`packages ${newestProfileMs(data)}`, 'code', () => {
    const rows = new Map<string, HottestRow>();
    for (const time of selectHottestFunctions(data.timeline, data.span, Number.POSITIVE_INFINITY)) {
      const frame = packageFrame(time.frame);
      const known = rows.get(frame.function) ?? { frame, share: 0, selfMs: 0, totalMs: 0 };
      rows.set(frame.function, {
        frame,
        share: known.share + time.share,
        selfMs: known.selfMs + time.selfMs,
        totalMs: known.totalMs + time.selfMs,
      });
    }
    return [...rows.values()].toSorted((a, b) => b.share - a.share);
  });
  const wanted = filter.toLowerCase();
  return packages.filter(({ frame }) => frame.function.toLowerCase().includes(wanted));
}

const OWNERS: Readonly<Record<Exclude<CodeFrame['origin'], 'meta'>, string>> = {
  user: '(your code)',
  dependency: '(a package)',
  node: '(Node itself)',
  native: '(native code)',
};

function packageFrame(frame: CodeFrame): CodeFrame {
  const name = frame.package ?? (frame.origin === 'meta' ? frame.function : OWNERS[frame.origin]);
  return { ...frame, function: name, file: '', line: 0, column: 0 };
}

function totalShare({ share, selfMs, totalMs }: FunctionTime): number {
  return selfMs > 0 ? Math.min(1, (share * totalMs) / selfMs) : 0;
}
