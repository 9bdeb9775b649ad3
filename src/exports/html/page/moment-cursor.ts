/** A cursor over all plots of the time line, moved with the pointer or its slider, and the figures at its moment. */
import { formatUtcClock } from '../../../presentation/format.ts';
import { formatMoment, type MomentsData } from '../moments-data.ts';
import { elementOf, readData, textElement } from './page-elements.ts';

export function followMoments(): void {
  const moments = readData('moments') as MomentsData | null;
  const cells = moments?.series[0]?.values.length ?? 0;
  if (moments === null || cells === 0) return;
  const stack = elementOf('time-stack', HTMLElement);
  const cursor = elementOf('time-cursor', HTMLElement);
  const range = elementOf('moment-range', HTMLInputElement);
  const readout = elementOf('moment', HTMLElement);

  const show = (cell: number): void => {
    range.value = String(cell);
    cursor.hidden = false;
    cursor.style.setProperty('--at', String(shareOf(moments, cell)));
    const clock = clockAt(moments, cell);
    const figures = moments.series.flatMap(({ label, unit, values }) => {
      const value = values[cell] ?? null;
      return value === null ? [] : [{ label, text: formatMoment(unit, value) }];
    });
    range.setAttribute(
      'aria-valuetext',
      [clock, ...figures.map(({ label, text }) => `${label} ${text}`)].join(', '),
    );
    readout.replaceChildren(
      textElement('b', `${clock} `, 'moment-clock'),
      ...figures.flatMap(({ label, text }) => {
        const figure = textElement('span', `${label} `);
        figure.append(textElement('b', text));
        return [figure, ' '];
      }),
    );
  };

  range.min = '0';
  range.max = String(cells - 1);
  range.value = range.max;
  range.setAttribute('aria-valuetext', clockAt(moments, cells - 1));
  range.addEventListener('input', () => show(Number(range.value)));
  range.addEventListener('focus', () => show(Number(range.value)));
  stack.addEventListener('pointermove', (event) => {
    const surface = stack.querySelector('.surface')?.getBoundingClientRect();
    if (!surface || event.clientX < surface.left || event.clientX > surface.right) return;
    const share = (event.clientX - surface.left) / surface.width;
    const cell = Math.floor((share * moments.lengthMs + moments.leadMs) / moments.stepMs);
    show(Math.max(0, Math.min(cells - 1, cell)));
  });
  readout.textContent =
    'point at the plots, or move the slider with the arrow keys, to read them at a moment';
  readout.hidden = false;
  elementOf('moment-control', HTMLElement).hidden = false;
}

/** The middle of a cell as a share of the plots' width. */
function shareOf({ stepMs, leadMs, lengthMs }: MomentsData, cell: number): number {
  return Math.max(0, Math.min(1, ((cell + 0.5) * stepMs - leadMs) / lengthMs));
}

const clockAt = ({ startWallMs, stepMs, leadMs }: MomentsData, cell: number): string =>
  formatUtcClock(startWallMs + Math.max(leadMs, cell * stepMs));
