/** The signs that the screens are drawn with, and the same in ASCII. */

export interface Glyphs {
  readonly horizontal: string;
  readonly vertical: string;
  readonly topLeft: string;
  readonly topRight: string;
  readonly bottomLeft: string;
  readonly bottomRight: string;
  readonly ok: string;
  readonly info: string;
  readonly warning: string;
  readonly critical: string;
  readonly unknown: string;
  readonly live: string;
  readonly pause: string;
  readonly ended: string;
  readonly selected: string;
  readonly remedy: string;
  readonly ellipsis: string;
  readonly up: string;
  readonly down: string;
  readonly left: string;
  readonly dot: string;
  readonly dash: string;
  readonly mark: string;
  readonly baseline: string;
  /** Empty to full from the bottom up, nine steps. */
  readonly columns: string;
  /** Empty to full from the left, nine steps. */
  readonly bars: string;
  /** A bar, the half that it may end with, and the track that it lies on. */
  readonly bar: string;
  readonly halfBar: string;
  readonly track: string;
  /** Little to much, for heat without colour. */
  readonly shades: string;
  readonly braille: boolean;
}

export const UNICODE_GLYPHS: Glyphs = {
  horizontal: '─',
  vertical: '│',
  topLeft: '╭',
  topRight: '╮',
  bottomLeft: '╰',
  bottomRight: '╯',
  ok: '✔',
  info: '●',
  warning: '▲',
  critical: '✖',
  unknown: '○',
  live: '●',
  pause: 'Ⅱ',
  ended: '■',
  selected: '▶',
  remedy: '›',
  ellipsis: '…',
  up: '↑',
  down: '↓',
  left: '‹',
  dot: '·',
  dash: '╌',
  mark: '┊',
  baseline: '▁',
  columns: ' ▁▂▃▄▅▆▇█',
  bars: ' ▏▎▍▌▋▊▉█',
  bar: '━',
  halfBar: '╸',
  track: '─',
  shades: '·░▒▓█',
  braille: true,
};

export const ASCII_GLYPHS: Glyphs = {
  horizontal: '-',
  vertical: '|',
  topLeft: '+',
  topRight: '+',
  bottomLeft: '+',
  bottomRight: '+',
  ok: 'o',
  info: 'i',
  warning: '!',
  critical: 'X',
  unknown: '?',
  live: '*',
  pause: '=',
  ended: '#',
  selected: '>',
  remedy: '>',
  ellipsis: '~',
  up: '^',
  down: 'v',
  left: '<',
  dot: '.',
  dash: '-',
  mark: ':',
  baseline: '_',
  columns: ' .:-=+*#@',
  bars: '    #####',
  bar: '#',
  halfBar: '=',
  track: '.',
  shades: '.:=*#',
  braille: false,
};
