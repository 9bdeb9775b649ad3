/** What a report for people is made from, as a page or as Markdown. */
import type { Report } from '../model/report.ts';
import type { Span } from '../timeline/series.ts';
import type { Timeline } from '../timeline/timeline.ts';
import type { SourceLine } from '../views/view.ts';

export interface SessionReport {
  readonly report: Report;
  readonly timeline: Timeline;
  /** What the report is of. */
  readonly span: Span;
  /** The lines around a place in the service's source, sanitised; empty where they are not known. */
  readonly sourceAround: (file: string, line: number) => readonly SourceLine[];
}
