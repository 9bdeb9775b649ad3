/** The garbage collector: how often, how long, and its pauses over the window. */
import { formatCount, formatMs, formatShare } from '../../presentation/format.ts';
import { GC_SHARE, levelOf } from '../../presentation/symptoms.ts';
import { selectGc, selectGcPauses } from '../../timeline/resource-selectors.ts';
import { drawFacts } from '../drawing/facts.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { LEVEL_TOKENS } from '../drawing/severity-sign.ts';
import { drawSparkline } from '../drawing/sparkline.ts';
import type { Panel } from '../view.ts';

/** A pause that a person would notice on top of everything else. */
const LONG_PAUSE_MS = 50;

export const drawCollector: Panel = (surface, view) => {
  const { theme } = surface;
  const { data } = view;
  const gc = data.cached('gc', 'figures', () => selectGc(data.timeline, data.span));
  const level = levelOf(gc?.share, GC_SHARE);
  drawFrame(surface, {
    title: 'Garbage collection',
    right: gc
      ? [
          [
            `${formatShare(gc.share)} of time`,
            theme.style(level === 'plain' ? 'strong' : LEVEL_TOKENS[level], { bold: true }),
          ],
        ]
      : [],
  });
  insideFrame(surface, (inside) => {
    if (!gc) return void inside.text(0, 0, 'not measured in this window', theme.styleOf('dim'));
    const dim = theme.styleOf('dim');
    drawFacts(inside, 0, 0, [
      [
        ['collections ', dim],
        [formatCount(gc.count), 0],
      ],
      [
        ['full ', dim],
        [formatCount(gc.majorCount), 0],
      ],
      [
        ['longest ', dim],
        [formatMs(gc.longestMs), gc.longestMs >= LONG_PAUSE_MS ? theme.styleOf('warning') : 0],
      ],
      [
        ['in all ', dim],
        [formatMs(gc.totalMs), 0],
      ],
    ]);
    const pauses = data.series('gc pauses', inside.width, selectGcPauses);
    drawSparkline(inside, pauses, {
      x: 0,
      y: 1,
      width: inside.width,
      height: inside.height - 1,
      styleOf: (value) => theme.styleOf(value >= LONG_PAUSE_MS ? 'warning' : 'series'),
    });
  });
};
