/**
 * A picture of an emulated screen as SVG: for the README, and for people who look at what they made. Neighbours of one
 * look become one element, blocks, lines and braille dots become paths: fonts leave gaps between them, and a
 * picture stays below 100 KB.
 */
import type { PseudoTerminal } from './pseudo-terminal.ts';
import { fromPalette } from './xterm-palette.ts';

const CELL_WIDTH = 8;
const CELL_HEIGHT = 18;
const FONT = "'JetBrains Mono','DejaVu Sans Mono','Menlo','Consolas',monospace";

export interface PictureColours {
  readonly background: string;
  readonly foreground: string;
}

export const DARK_PICTURE: PictureColours = { background: '#14171c', foreground: '#c8ccd4' };
export const LIGHT_PICTURE: PictureColours = { background: '#ffffff', foreground: '#24292e' };

interface Cell {
  readonly text: string;
  readonly columns: number;
  readonly foreground: string;
  readonly background: string;
  /** Attributes of the SVG text. */
  readonly look: string;
}

export function pictureOf(terminal: PseudoTerminal, colours: PictureColours): string {
  const { cols, rows } = terminal.emulator;
  const fills = new Paths();
  const strokes = new Paths();
  const texts: string[] = [];
  for (let y = 0; y < rows; y++) {
    const cells = cellsOf(terminal, y, colours);
    drawBackgrounds(cells, y, colours.background, fills);
    for (const [x, cell] of cells.entries()) {
      const drawn = cell !== null && drawShape(x, y, cell, fills, strokes);
      if (drawn) cells[x] = { ...cell, text: ' ' };
    }
    texts.push(...textsOf(cells, y));
  }
  const [width, height] = [cols * CELL_WIDTH + 16, rows * CELL_HEIGHT + 16];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${FONT}" font-size="13.3">`,
    `<rect width="100%" height="100%" fill="${colours.background}"/><g transform="translate(8 8)">`,
    ...fills.elements((colour, path) => `<path shape-rendering="crispEdges" fill="${colour}" d="${path}"/>`),
    ...strokes.elements((colour, path) => `<path stroke="${colour}" fill="none" d="${path}"/>`),
    ...texts,
    '</g></svg>\n',
  ].join('\n');
}

/** Pieces of paths by colour. */
class Paths {
  readonly #byColour = new Map<string, string[]>();

  add(colour: string, piece: string): void {
    const pieces = this.#byColour.get(colour);
    if (pieces) pieces.push(piece);
    else this.#byColour.set(colour, [piece]);
  }

  rectangle(colour: string, x: number, y: number, width: number, height: number): void {
    this.add(colour, `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}z`);
  }

  elements(element: (colour: string, path: string) => string): readonly string[] {
    return [...this.#byColour].map(([colour, pieces]) => element(colour, pieces.join('')));
  }
}

/** Null stands for the second half of a wide letter. */
function cellsOf({ emulator }: PseudoTerminal, y: number, colours: PictureColours): (Cell | null)[] {
  const { active } = emulator.buffer;
  const line = active.getLine(active.baseY + y);
  return Array.from({ length: emulator.cols }, (_, x) => {
    const cell = line?.getCell(x);
    if (!cell || cell.getWidth() === 0) return null;
    const own = cell.isFgDefault() ? colours.foreground : hexOf(cell.isFgRGB(), cell.getFgColor());
    const behind = cell.isBgDefault() ? colours.background : hexOf(cell.isBgRGB(), cell.getBgColor());
    const inverse = cell.isInverse() !== 0;
    const look = [
      cell.isBold() ? ' font-weight="bold"' : '',
      cell.isDim() ? ' opacity=".6"' : '',
      cell.isUnderline() ? ' text-decoration="underline"' : '',
    ];
    return {
      text: cell.getChars() || ' ',
      columns: cell.getWidth(),
      foreground: inverse ? behind : own,
      background: inverse ? own : behind,
      look: look.join(''),
    };
  });
}

function drawBackgrounds(cells: readonly (Cell | null)[], y: number, blank: string, fills: Paths): void {
  let from = 0;
  const colourAt = (x: number) => cells[x]?.background ?? cells[x - 1]?.background ?? blank;
  for (let x = 1; x <= cells.length; x++) {
    if (x < cells.length && colourAt(x) === colourAt(from)) continue;
    const colour = colourAt(from);
    if (colour !== blank) {
      fills.rectangle(colour, from * CELL_WIDTH, y * CELL_HEIGHT, (x - from) * CELL_WIDTH, CELL_HEIGHT);
    }
    from = x;
  }
}

/** Lines from the middle of a cell: to the left, right, top, bottom. */
const LINES: Readonly<Record<string, string>> = {
  '─': 'm0 9h8',
  '╌': 'm1 9h2m2 0h2',
  '│': 'm4 0v18',
  '╭': 'm8 9h-1q-3 0-3 3v6',
  '╮': 'm0 9h1q3 0 3 3v6',
  '╰': 'm8 9h-1q-3 0-3-3v-6',
  '╯': 'm0 9h1q3 0 3-3v-6',
};

/** Draws what terminals draw themselves; false for what a font has to. */
function drawShape(column: number, row: number, cell: Cell, fills: Paths, strokes: Paths): boolean {
  const [x, y] = [column * CELL_WIDTH, row * CELL_HEIGHT];
  const { text, foreground } = cell;
  const line = LINES[text];
  if (line !== undefined) {
    strokes.add(foreground, `M${x} ${y}${line}`);
    return true;
  }
  const height = ('▁▂▃▄▅▆▇█'.indexOf(text) + 1) / 8;
  if (height > 0) {
    fills.rectangle(foreground, x, y + (1 - height) * CELL_HEIGHT, CELL_WIDTH, height * CELL_HEIGHT);
    return true;
  }
  const width = ('▏▎▍▌▋▊▉'.indexOf(text) + 1) / 8;
  if (width > 0) {
    fills.rectangle(foreground, x, y, width * CELL_WIDTH, CELL_HEIGHT);
    return true;
  }
  const bar = ('╸━'.indexOf(text) + 1) / 2;
  if (bar > 0) {
    fills.rectangle(foreground, x, y + 7.5, bar * CELL_WIDTH, 3);
    return true;
  }
  const dots = (text.codePointAt(0) ?? 0) - 0x2800;
  if (dots < 0 || dots > 255) return false;
  for (let dot = 0; dot < 8; dot++) {
    if ((dots & (1 << dot)) === 0) continue;
    // Dots 1 to 3 and 7 stand on the left from the top down, 4 to 6 and 8 on the right.
    const [dotColumn, dotRow] = dot < 6 ? [dot < 3 ? 0 : 1, dot % 3] : [dot - 6, 3];
    fills.rectangle(foreground, x + 1 + dotColumn * 4, y + 1.5 + dotRow * 4.5, 2, 2);
  }
  return true;
}

function textsOf(cells: readonly (Cell | null)[], y: number): readonly string[] {
  const texts: string[] = [];
  for (let x = 0; x < cells.length; x++) {
    const first = cells[x];
    if (!first || first.text === ' ') continue;
    let [run, columns] = ['', 0];
    for (let next = cells[x]; next && sameLook(first, next); next = cells[x + columns]) {
      run += next.text;
      columns += next.columns;
      // Two blanks end a run: what follows stands in a column of its own.
      if (run.endsWith('  ')) break;
    }
    const shown = run.trimEnd();
    const width = (columns - (run.length - shown.length)) * CELL_WIDTH;
    const escaped = shown.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
    texts.push(
      `<text x="${x * CELL_WIDTH}" y="${round(y * CELL_HEIGHT + 13.5)}" textLength="${width}" fill="${first.foreground}"${first.look}>${escaped}</text>`,
    );
    x += columns - 1;
  }
  return texts;
}

/** A blank looks the same in any colour. */
function sameLook(a: Cell, b: Cell): boolean {
  return b.text === ' ' || (a.foreground === b.foreground && a.look === b.look);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function hexOf(isRgb: boolean, colour: number): string {
  return isRgb ? `#${colour.toString(16).padStart(6, '0')}` : fromPalette(colour);
}
