/** A view of the synthetic service, through the real reducer and selectors. */
import type { Finding } from '../../src/model/finding.ts';
import { createScreenData, FigureCache } from '../../src/presentation/screen-data.ts';
import { createTimeline, reduceTimeline, type Timeline } from '../../src/timeline/timeline.ts';
import { Surface } from '../../src/views/terminal/surface.ts';
import { Theme, type ThemeOptions } from '../../src/views/terminal/theme.ts';
import { INITIAL_UI, windowMs, type UiState } from '../../src/views/ui-state.ts';
import type { Panel, View } from '../../src/views/view.ts';
import {
  DEFAULT_SYNTHETIC,
  SyntheticService,
  SYNTHETIC_FINDINGS,
  SYNTHETIC_READINESS,
} from '../terminal/synthetic-timeline.ts';

/** 70 seconds of a service that begins to block after 20. */
export function syntheticTimeline(steps = 280, blocksFromMs: number | null = 20_000): Timeline {
  const service = new SyntheticService({ ...DEFAULT_SYNTHETIC, blocksFromMs });
  const timeline = createTimeline();
  reduceTimeline(timeline, service.start());
  for (let i = 0; i < steps; i++) for (const event of service.step()) reduceTimeline(timeline, event);
  return timeline;
}

export function viewOf(
  timeline: Timeline,
  ui: Partial<UiState> = {},
  findings: readonly Finding[] = SYNTHETIC_FINDINGS,
): View {
  const state = { ...INITIAL_UI, ...ui };
  return {
    data: createScreenData(
      {
        timeline,
        findings,
        readiness: SYNTHETIC_READINESS,
        endMs: state.heldAtMs,
        windowMs: windowMs(state),
      },
      new FigureCache(),
    ),
    ui: state,
    presenter: false,
    lastKey: null,
    canWrite: false,
    canMark: true,
  };
}

/** What a panel draws at a size, as text. */
export function drawn(
  panel: Panel,
  view: View,
  columns: number,
  rows: number,
  theme: Partial<ThemeOptions> = {},
): string {
  const surface = new Surface(
    columns,
    rows,
    new Theme({ palette: 'dark', depth: 256, ascii: false, ...theme }),
  );
  panel(surface, view);
  return surface.toText();
}
