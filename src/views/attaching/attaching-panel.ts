/** The frame before there is anything to show of a service: the same header, tabs and footer, and what attaching does. */
import {
  selectAttachingSteps,
  type AttachingStep,
  type BegunStage,
} from '../../presentation/attaching-steps.ts';
import { formatMs, formatSeconds } from '../../presentation/format.ts';
import { createScreenData, FigureCache } from '../../presentation/screen-data.ts';
import { createTimeline } from '../../timeline/timeline.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { drawTabs } from '../panels/header.ts';
import { spansColumns, type Span, type Surface } from '../terminal/surface.ts';
import type { Theme } from '../terminal/theme.ts';
import { INITIAL_UI, windowMs } from '../ui-state.ts';
import type { View } from '../view.ts';

export interface Attaching {
  /** As the user typed it, sanitised. */
  readonly target: string;
  readonly begun: readonly BegunStage[];
  readonly forMs: number;
  /** What a native call of the service keeps waiting; null when nothing does. */
  readonly waiting: { readonly forMs: number; readonly kernelState: string } | null;
}

const CARD_COLUMNS = 72;
/** Below what is said of the waiting. */
const WAITING_FOR_AT = 14;
/** The columns of a step's sign, and of how long it took. */
const SIGN_COLUMNS = 3;
const TOOK_COLUMNS = 8;

const NOTHING_YET: View = {
  data: createScreenData(
    { timeline: createTimeline(), findings: [], readiness: [], endMs: null, windowMs: windowMs(INITIAL_UI) },
    new FigureCache(),
  ),
  ui: INITIAL_UI,
  presenter: false,
  lastKey: null,
  canWrite: false,
  canMark: false,
};

export function drawAttaching(surface: Surface, attaching: Attaching): void {
  const { theme, width, height } = surface;
  drawTop(surface, attaching);
  surface.inset(0, 1, width, 1, (tabs) => drawTabs(tabs, NOTHING_YET));
  surface.spans(1, 2, verdictSpans(attaching, theme), width - 2);
  if (attaching.waiting)
    surface.text(WAITING_FOR_AT, 3, attaching.waiting.kernelState, theme.styleOf('text'));
  const steps = selectAttachingSteps(attaching.begun);
  const [columns, rows] = [Math.min(CARD_COLUMNS, width - 4), steps.length + 2];
  const [left, top] = [Math.floor((width - columns) / 2), Math.max(4, Math.floor((height - rows) / 2))];
  surface.inset(left, top, columns, rows, (card) => {
    drawFrame(card, { title: 'Attaching' });
    insideFrame(card, (inside) => steps.forEach((step, y) => drawStep(inside, y, step)));
  });
  const [key, dim] = [theme.style('accent', { bold: true }), theme.styleOf('dim')];
  surface.spans(1, height - 1, [
    ['^C', key],
    [' stop, and leave the service as it is', dim],
  ]);
}

function drawTop(surface: Surface, { target, forMs }: Attaching): void {
  const { theme, width } = surface;
  const right: Span[] = [
    [`${theme.glyphs.unknown} ATTACHING`, theme.style('accent', { bold: true })],
    [`  ${formatSeconds(forMs)}`, theme.styleOf('dim')],
  ];
  const columns = spansColumns(right);
  surface.spans(width - columns - 1, 0, right);
  const isPid = /^\d+$/.test(target);
  surface.spans(
    0,
    0,
    [
      [' loopscope ', theme.style('onBadge', { background: 'accent', bold: true })],
      [isPid ? '  pid ' : '  ', theme.styleOf('dim')],
      [target, theme.style('strong', { bold: true })],
    ],
    width - columns - 3,
  );
}

function verdictSpans({ begun, waiting }: Attaching, theme: Theme): readonly Span[] {
  if (waiting !== null) {
    return [
      [` ${theme.glyphs.warning} WAITING `, theme.style('onBadge', { background: 'warning', bold: true })],
      [
        `  blocked by a native call for ${formatSeconds(waiting.forMs)}`,
        theme.style('strong', { bold: true }),
      ],
    ];
  }
  const now = selectAttachingSteps(begun).find(({ state }) => state === 'now');
  return [
    [' ATTACHING ', theme.style('onBadge', { background: 'accent', bold: true })],
    [`  ${now?.text ?? ''}`, theme.styleOf('text')],
  ];
}

function drawStep(inside: Surface, y: number, { text, state, tookMs }: AttachingStep): void {
  const { theme, width } = inside;
  const { glyphs } = theme;
  const dim = theme.styleOf('dim');
  const looks = {
    done: [glyphs.ok, theme.styleOf('ok'), theme.styleOf('text')],
    now: [glyphs.selected, theme.style('accent', { bold: true }), theme.style('strong', { bold: true })],
    later: [glyphs.dot, dim, dim],
    needless: [glyphs.ok, dim, dim],
  } as const;
  const [sign, signStyle, style] = looks[state];
  inside.text(0, y, sign, signStyle);
  inside.text(SIGN_COLUMNS, y, text, style, width - SIGN_COLUMNS - TOOK_COLUMNS - 1);
  const took = state === 'needless' ? 'not needed' : tookMs === null ? '' : formatMs(tookMs);
  inside.textRight(width - took.length, y, took.length, took, dim);
}
