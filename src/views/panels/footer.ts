/** The last line: the keys that do something here, a line being typed, or a short message. */
import { footerBindings } from '../keymap.ts';
import type { Span } from '../terminal/surface.ts';
import { spansColumns } from '../terminal/surface.ts';
import { isAvailable, type Panel } from '../view.ts';

export const drawFooter: Panel = (surface, view) => {
  const { theme, width } = surface;
  const { ui } = view;
  const [key, dim] = [theme.style('accent', { bold: true }), theme.styleOf('dim')];
  if (ui.prompt) {
    const label = ui.prompt.purpose === 'filter' ? '/' : 'mark: ';
    const cursor: Span = [' ', theme.style(null, { inverse: true })];
    surface.spans(
      1,
      0,
      [[label, key], [ui.prompt.text, theme.style('strong', { bold: true })], cursor],
      width - 22,
    );
    surface.textRight(0, 0, width - 1, 'enter keep  esc drop', dim);
    return;
  }
  const right: Span[] = [];
  if (view.presenter && view.lastKey !== null) {
    right.push([` ${view.lastKey} `, theme.style('onBadge', { background: 'accent', bold: true })]);
  }
  if (ui.filter !== '') right.push([' filter ', dim], [ui.filter, theme.style('search', { bold: true })]);
  if (ui.notice !== null) right.push(['  ', 0], [ui.notice, theme.styleOf('ok')]);
  const rightColumns = Math.min(spansColumns(right), Math.floor(width / 2));
  surface.spans(width - rightColumns - 1, 0, right, rightColumns);
  let x = 1;
  const bindings = footerBindings(ui.screen, (command) => isAvailable(view, command));
  // Help and quit are the two that must always be seen.
  const always = bindings.filter(({ command }) => command === 'help' || command === 'quit');
  const others = bindings.filter((binding) => !always.includes(binding));
  const alwaysColumns = always.reduce((sum, { shown, label }) => sum + shown.length + label.length + 3, 0);
  const spans: Span[] = [
    ['1-7', key],
    [' screen', dim],
  ];
  x += surface.spans(x, 0, spans) + 2;
  for (const { shown, label } of others) {
    if (x + shown.length + label.length + 3 > width - rightColumns - alwaysColumns - 1) break;
    x +=
      surface.spans(x, 0, [
        [shown, key],
        [` ${label}`, dim],
      ]) + 2;
  }
  for (const { shown, label } of always)
    x +=
      surface.spans(x, 0, [
        [shown, key],
        [` ${label}`, dim],
      ]) + 2;
};
