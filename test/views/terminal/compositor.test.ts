import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Compositor, type Terminal } from '../../../src/views/terminal/compositor.ts';
import { Theme } from '../../../src/views/terminal/theme.ts';

/** A terminal that takes nothing until it is told to. */
class SlowTerminal extends EventEmitter implements Terminal {
  readonly columns = 20;
  readonly rows = 4;
  writableNeedDrain = false;
  readonly written: string[] = [];

  write(bytes: string): boolean {
    this.written.push(bytes);
    return true;
  }

  drain(): void {
    this.writableNeedDrain = false;
    this.emit('drain');
  }
}

function screenWith(text: () => string) {
  const terminal = new SlowTerminal();
  const compositor = new Compositor(terminal, new Theme({ palette: 'dark', depth: 256, ascii: false }));
  compositor.add({
    rectangle: () => ({ x: 0, y: 0, width: 20, height: 1 }),
    paint: (surface) => void surface.text(0, 0, text()),
  });
  return { terminal, compositor };
}

describe('Compositor', () => {
  it('writes each frame in one piece, and nothing when it is the same', () => {
    const { terminal, compositor } = screenWith(() => 'loop');
    compositor.paint();
    compositor.paint();
    expect(terminal.written).toHaveLength(1);
    expect(terminal.written[0]).toContain('loop');
  });

  it('drops frames while the terminal is busy, and shows the newest when it has caught up', () => {
    let text = 'one';
    const { terminal, compositor } = screenWith(() => text);
    compositor.paint();
    terminal.writableNeedDrain = true;
    for (text of ['two', 'three', 'four']) compositor.paint();
    expect(terminal.written).toHaveLength(1);
    expect(compositor.statistics.dropped).toBe(3);
    terminal.drain();
    expect(terminal.written).toHaveLength(2);
    expect(terminal.written[1]).toContain('four');
  });

  it('writes nothing once it is closed, and everything again when it is opened', async () => {
    let text = 'one';
    const { terminal, compositor } = screenWith(() => text);
    compositor.paint();
    compositor.close();
    text = 'two';
    compositor.paint();
    expect(terminal.written).toHaveLength(1);
    compositor.open();
    await new Promise((resolve) => setImmediate(resolve));
    expect(terminal.written[1]).toContain('\x1b[2J');
  });

  it('paints later layers over earlier ones', () => {
    const { terminal, compositor } = screenWith(() => 'below');
    const remove = compositor.add({
      rectangle: () => ({ x: 2, y: 0, width: 3, height: 1 }),
      paint: (surface) => void surface.text(0, 0, 'top'),
    });
    compositor.paint();
    expect(terminal.written.at(-1)).toContain('betop');
    remove();
    compositor.paint();
    expect(terminal.written.at(-1)).toContain('low');
  });
});
