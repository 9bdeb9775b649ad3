/** A picture of an emulated screen as SVG, for the README and for people who look at what they made. */
import type { PseudoTerminal } from './pseudo-terminal.ts';
import { fromPalette } from './xterm-palette.ts';

const CELL_WIDTH = 8;
const CELL_HEIGHT = 18;
const FONT = "'JetBrains Mono', 'DejaVu Sans Mono', monospace";

export interface PictureColours {
  readonly background: string;
  readonly foreground: string;
}

export const DARK_PICTURE: PictureColours = { background: '#14171c', foreground: '#c8ccd4' };
export const LIGHT_PICTURE: PictureColours = { background: '#ffffff', foreground: '#24292e' };

export function pictureOf(terminal: PseudoTerminal, colours: PictureColours): string {
  const { cols, rows, buffer } = terminal.emulator;
  const rectangles: string[] = [];
  const texts: string[] = [];
  for (let y = 0; y < rows; y++) {
    const line = buffer.active.getLine(buffer.active.baseY + y);
    if (!line) continue;
    for (let x = 0; x < cols; x++) {
      const cell = line.getCell(x);
      if (!cell || cell.getWidth() === 0) continue;
      let foreground = cell.isFgDefault() ? colours.foreground : hexOf(cell.isFgRGB(), cell.getFgColor());
      let background = cell.isBgDefault() ? colours.background : hexOf(cell.isBgRGB(), cell.getBgColor());
      if (cell.isInverse()) [foreground, background] = [background, foreground];
      if (background !== colours.background)
        rectangles.push(rectangle(x, y, cell.getWidth(), 1, 0, 1, background));
      const text = cell.getChars();
      if (text.trim() === '') continue;
      const block = blockOf(text);
      if (block)
        rectangles.push(
          rectangle(
            x,
            y,
            block.width,
            block.height,
            0,
            block.height === 1 ? 0 : 1 - block.height,
            foreground,
          ),
        );
      else
        texts.push(
          glyph(x, y, text, foreground, cell.isBold() !== 0, cell.isDim() !== 0, cell.isUnderline() !== 0),
        );
    }
  }
  const [width, height] = [cols * CELL_WIDTH + 16, rows * CELL_HEIGHT + 16];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${FONT}" font-size="13.3">`,
    `<rect width="100%" height="100%" fill="${colours.background}"/><g transform="translate(8 8)" shape-rendering="crispEdges">`,
    ...rectangles,
    '</g><g transform="translate(8 8)">',
    ...texts,
    '</g></svg>',
  ].join('\n');
}

/** Block elements are drawn as rectangles, as terminals do: fonts leave gaps between them. */
function blockOf(text: string): { readonly width: number; readonly height: number } | null {
  const columns = '▁▂▃▄▅▆▇█'.indexOf(text);
  if (columns >= 0) return { width: 1, height: (columns + 1) / 8 };
  const bars = '▏▎▍▌▋▊▉'.indexOf(text);
  return bars >= 0 ? { width: (bars + 1) / 8, height: 1 } : null;
}

function rectangle(
  x: number,
  y: number,
  width: number,
  height: number,
  dx: number,
  dy: number,
  fill: string,
): string {
  const top = (y + (height === 1 ? 0 : dy)) * CELL_HEIGHT;
  return `<rect x="${(x + dx) * CELL_WIDTH}" y="${top}" width="${width * CELL_WIDTH}" height="${height * CELL_HEIGHT}" fill="${fill}"/>`;
}

function glyph(
  x: number,
  y: number,
  text: string,
  fill: string,
  bold: boolean,
  dim: boolean,
  underline: boolean,
): string {
  const escaped = text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  const style = `${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity="0.6"' : ''}${underline ? ' text-decoration="underline"' : ''}`;
  return `<text x="${x * CELL_WIDTH}" y="${y * CELL_HEIGHT + 13.5}" fill="${fill}"${style}>${escaped}</text>`;
}

function hexOf(isRgb: boolean, colour: number): string {
  return isRgb ? `#${colour.toString(16).padStart(6, '0')}` : fromPalette(colour);
}
