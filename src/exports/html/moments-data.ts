/** What the time line's cursor reads: figures by cell, as the page carries them to its script. */
import { formatBytes, formatMs, formatPercent, formatRate } from '../../presentation/format.ts';
import { assertNever } from '../../shared/result.ts';

export type MomentUnit = 'ms' | 'share' | 'rate' | 'bytes';

export interface MomentsData {
  /** Wall-clock time at which the first cell begins. */
  readonly startWallMs: number;
  readonly stepMs: number;
  /** The part of the first cell that lies before what is shown. */
  readonly leadMs: number;
  readonly lengthMs: number;
  readonly series: readonly {
    readonly label: string;
    readonly unit: MomentUnit;
    readonly values: readonly (number | null)[];
  }[];
}

export function formatMoment(unit: MomentUnit, value: number | null): string {
  switch (unit) {
    case 'ms':
      return formatMs(value);
    case 'share':
      return formatPercent(value);
    case 'rate':
      return formatRate(value);
    case 'bytes':
      return formatBytes(value);
    default:
      return assertNever(unit);
  }
}
