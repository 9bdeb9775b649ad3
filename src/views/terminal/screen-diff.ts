/**
 * From what the terminal shows to what it shall show, in as few bytes as possible: only changed cells, the shortest
 * cursor moves, one combined SGR per change of style, all inside one synchronised update (DEC private mode 2026) so
 * that the terminal never shows half a frame.
 */
import type { Surface } from './surface.ts';

const BEGIN_UPDATE = '\x1b[?2026h';
const END_UPDATE = '\x1b[?2026l';
/** Up to this many unchanged cells are cheaper to write again than to jump over: `ESC [ 9 C` is four bytes. */
const REWRITE_GAP = 4;

export class ScreenDiff {
  #shownGraphemes: string[] | null = null;
  #shownStyles: Uint16Array | null = null;
  #width = 0;
  #height = 0;

  /** Forgets what the terminal shows: the next frame is written whole. */
  reset(): void {
    this.#shownGraphemes = null;
  }

  /**
   * The bytes that turn the screen into `next`, '' when nothing changed. `next` is remembered as shown: the caller
   * writes the bytes.
   */
  update(next: Surface): string {
    if (next.width !== this.#width || next.height !== this.#height) this.reset();
    const [shown, shownStyles] = [this.#shownGraphemes, this.#shownStyles];
    const { width, height, graphemes, styles, theme } = next;
    const out: string[] = [];
    let cursorX = -1;
    let cursorY = -1;
    let style = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const index = y * width + x;
        const grapheme = graphemes[index] ?? ' ';
        const wanted = styles[index] ?? 0;
        const same =
          shown && shownStyles
            ? grapheme === shown[index] && wanted === shownStyles[index]
            : grapheme === ' ' && wanted === 0;
        if (same || grapheme === '') continue;
        if (cursorY !== y || cursorX !== x) out.push(this.#move(next, cursorX, cursorY, x, y, style));
        out.push(theme.transition(style, wanted), grapheme);
        style = wanted;
        cursorY = y;
        cursorX = graphemes[index + 1] === '' && x + 1 < width ? x + 2 : x + 1;
        // In the last column the cursor's place depends on the terminal: jump from there.
        if (cursorX >= width) cursorX = -1;
      }
    }
    this.#remember(next);
    if (out.length === 0 && shown) return '';
    if (style !== 0) out.push('\x1b[0m');
    return BEGIN_UPDATE + (shown ? '' : '\x1b[0m\x1b[H\x1b[2J') + out.join('') + END_UPDATE;
  }

  #move(next: Surface, fromX: number, fromY: number, x: number, y: number, style: number): string {
    if (fromY !== y || fromX < 0 || fromX > x) return x === 0 ? `\x1b[${y + 1}H` : `\x1b[${y + 1};${x + 1}H`;
    const between = x - fromX <= REWRITE_GAP ? this.#plainBetween(next, fromX, x, y, style) : null;
    if (between !== null) return between;
    return x - fromX === 1 ? '\x1b[C' : `\x1b[${x - fromX}C`;
  }

  /** What stands in a short gap, where writing it again is shorter than a jump over it; null where it is not. */
  #plainBetween(next: Surface, fromX: number, x: number, y: number, style: number): string | null {
    let between = '';
    for (let index = y * next.width + fromX; index < y * next.width + x; index++) {
      const grapheme = next.graphemes[index] ?? '';
      const isPlain = grapheme.length === 1 && grapheme >= ' ' && grapheme <= '~';
      if (!isPlain || next.styles[index] !== style) return null;
      between += grapheme;
    }
    return between;
  }

  #remember(next: Surface): void {
    if (!this.#shownGraphemes || !this.#shownStyles) {
      this.#shownGraphemes = Array.from(next.graphemes);
      this.#shownStyles = Uint16Array.from(next.styles);
      this.#width = next.width;
      this.#height = next.height;
      return;
    }
    for (let i = 0; i < next.graphemes.length; i++) this.#shownGraphemes[i] = next.graphemes[i] ?? ' ';
    this.#shownStyles.set(next.styles);
  }
}
