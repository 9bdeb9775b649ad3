/** What every section of the page is made from. */
import type { Finding } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import type { ScreenData } from '../../presentation/screen-data.ts';
import type { SourceLine } from '../../views/view.ts';
import type { TimeScale } from './time-scale.ts';

export interface PageView {
  readonly report: Report;
  readonly data: ScreenData;
  readonly scale: TimeScale;
  /** Worst first; a finding's number on the page is its place here, from 1. */
  readonly findings: readonly Finding[];
  /** The lines around a place in the service's source; empty where they are not known. */
  readonly sourceAround: (file: string, line: number) => readonly SourceLine[];
}

/** Where a finding stands on the page. */
export const findingAnchor = (number: number): string => `finding-${number}`;
