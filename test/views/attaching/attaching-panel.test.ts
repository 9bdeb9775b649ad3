import { describe, expect, it } from 'vitest';
import { drawAttaching, type Attaching } from '../../../src/views/attaching/attaching-panel.ts';
import { Surface } from '../../../src/views/terminal/surface.ts';
import { Theme } from '../../../src/views/terminal/theme.ts';

const ATTACHING: Attaching = {
  target: '4711',
  begun: [
    { stage: 'finding', atMs: 0 },
    { stage: 'proving', atMs: 31 },
    { stage: 'opening', atMs: 62 },
  ],
  forMs: 800,
  waiting: null,
};

function picture(attaching: Attaching, columns = 80, rows = 24): string {
  const surface = new Surface(columns, rows, new Theme({ palette: 'dark', depth: 256, ascii: false }));
  drawAttaching(surface, attaching);
  return surface.toText();
}

describe('the frame while attaching', () => {
  it('shows each step as it is done', async () => {
    await expect(`${picture(ATTACHING)}\n`).toMatchFileSnapshot('../goldens/attaching.txt');
  });

  it('says what a native call keeps waiting', () => {
    const waiting = { forMs: 3_200, kernelState: 'waiting for its child: sleep 5' };
    expect(picture({ ...ATTACHING, waiting })).toMatch(
      /WAITING +blocked by a native call for 3\.2 s\n +waiting for its child: sleep 5\n/,
    );
  });

  it.each([
    [1, 1],
    [20, 5],
    [250, 70],
  ])('fits %dx%d', (columns, rows) => {
    expect(() => picture(ATTACHING, columns, rows)).not.toThrow();
  });
});
