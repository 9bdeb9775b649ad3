import headless from '@xterm/headless';
import { render } from 'ink';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReplay, type Replay } from '../../src/app/replay.ts';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { App } from '../../src/views/App.tsx';
import { ScreenController } from '../../src/views/screen-controller.ts';
import { Compositor } from '../../src/views/terminal/compositor.ts';
import type { PaletteName } from '../../src/views/terminal/palettes.ts';
import { Theme } from '../../src/views/terminal/theme.ts';
import { openBytes, recordingOf } from '../exports/recording-bytes.ts';
import {
  DEFAULT_SYNTHETIC,
  SyntheticService,
  SYNTHETIC_FINDINGS,
  SYNTHETIC_READINESS,
} from './synthetic-timeline.ts';

process.env['TZ'] = 'UTC';

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 60],
] as const;
const THEMES: readonly PaletteName[] = ['dark', 'light', 'high-contrast'];
/** By the keys that lead to each from the one before. */
const SCREENS = [
  ['overview', '1'],
  ['cpu', '2'],
  ['memory', '3'],
  ['requests', '4'],
  ['loop', '5'],
  ['resources', '6'],
  ['findings', '7'],
  ['help', '?'],
] as const;

/** Three themes of eight screens; a loaded machine needs more than the usual five seconds. */
const LONGEST_MS = 60_000;

/** A little more than the window that the screens show at first. */
const STEPS = 280;

type Emulator = InstanceType<typeof headless.Terminal>;

/** What the screens show of the recording, on an emulated terminal. */
class ShownReplay {
  readonly emulator: Emulator;
  readonly #compositor: Compositor;
  readonly #controller: ScreenController;
  readonly #ink: ReturnType<typeof render>;

  constructor(replay: Replay, columns: number, rows: number, theme: PaletteName, presenter = false) {
    this.emulator = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, logLevel: 'off' });
    const emulated = {
      columns,
      rows,
      writableNeedDrain: false,
      write: (bytes: string) => (this.emulator.write(bytes), true),
      on: () => {},
      off: () => {},
    };
    this.#compositor = new Compositor(emulated, new Theme({ palette: theme, depth: 256, ascii: false }));
    const source = {
      timeline: () => replay.timeline,
      findings: () => SYNTHETIC_FINDINGS,
      readiness: () => SYNTHETIC_READINESS,
      subscribe: () => () => {},
    };
    const nothing = () => {};
    this.#controller = new ScreenController(source, this.#compositor, {
      presenter,
      playback: replay,
      quit: nothing,
      interrupt: nothing,
      suspend: nothing,
      sendToTerminal: nothing,
    });
    this.#ink = render(<App stage={this.#controller} store={this.#controller} />, {
      stdout: this.#compositor as unknown as NodeJS.WriteStream,
      debug: true,
      patchConsole: false,
      exitOnCtrlC: false,
    });
  }

  async press(key: string): Promise<void> {
    this.#controller.handle({ kind: 'key', name: key });
    // React mounts the panels in one turn, the compositor paints them in the next.
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    this.#compositor.paint();
    await new Promise<void>((resolve) => this.emulator.write('', resolve));
  }

  text(): string {
    const { active } = this.emulator.buffer;
    return Array.from({ length: this.emulator.rows }, (_, y) =>
      (active.getLine(y)?.translateToString(true) ?? '').trimEnd(),
    ).join('\n');
  }

  close(): void {
    this.#compositor.dispose();
    this.#ink.unmount();
    this.emulator.dispose();
  }
}

/** The colours of a screen as letters, one for each look, with what each letter stands for below. */
function looksOf(emulator: Emulator): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&*+-=?@^~';
  const looks: string[] = [];
  const lines = Array.from({ length: emulator.rows }, (_, y) => {
    const line = emulator.buffer.active.getLine(y);
    return Array.from({ length: emulator.cols }, (__, x) => {
      const cell = line?.getCell(x);
      if (!cell || (cell.isBgDefault() && cell.getChars().trim() === '')) return ' ';
      const look = [
        cell.isFgDefault() ? '-' : String(cell.getFgColor()),
        cell.isBgDefault() ? '-' : String(cell.getBgColor()),
        cell.isBold() ? 'bold' : '',
        cell.isInverse() ? 'inverse' : '',
      ].join(' ');
      if (!looks.includes(look)) looks.push(look);
      return letters.charAt(looks.indexOf(look)) || '.';
    })
      .join('')
      .trimEnd();
  });
  return [...lines, ...looks.map((look, i) => `${letters.charAt(i) || '.'} ${look}`.trimEnd())].join('\n');
}

const golden = (name: string): string => join(import.meta.dirname, 'goldens', `${name}.txt`);

describe('the screens of a recording', () => {
  let replay: Replay;
  const opened: ShownReplay[] = [];
  const show = (...how: [columns: number, rows: number, theme: PaletteName, presenter?: boolean]) => {
    const shown = new ShownReplay(replay, ...how);
    opened.push(shown);
    return shown;
  };

  beforeAll(async () => {
    const service = new SyntheticService(DEFAULT_SYNTHETIC);
    const events: TimelineEvent[] = [service.start()];
    for (let step = 0; step < STEPS; step++) events.push(...service.step());
    const file = openBytes(recordingOf(events));
    if (!file.ok) throw new Error(file.error.message);
    replay = createReplay({ ...file.value, close: () => {} }, systemClock);
    replay.toEnd();
    await replay.settled();
  });
  afterAll(() => {
    for (const each of opened) each.close();
    replay.close();
  });

  it.each(SIZES)(
    'at %dx%d are drawn as they were agreed on, in the colours of each theme',
    async (columns, rows) => {
      const themes = THEMES.map((theme) => [theme, show(columns, rows, theme)] as const);
      for (const [screen, key] of SCREENS) {
        const pictures: string[] = [];
        for (const [theme, shown] of themes) {
          await shown.press(key);
          if (pictures.length === 0) pictures.push(shown.text());
          pictures.push(`--- ${theme}`, looksOf(shown.emulator));
        }
        await expect(`${pictures.join('\n')}\n`).toMatchFileSnapshot(golden(`${screen}-${columns}x${rows}`));
      }
    },
    LONGEST_MS,
  );

  it(
    'are larger and say less where they are presented',
    async () => {
      const shown = show(120, 40, 'dark', true);
      for (const [screen, key] of [
        ['overview', '1'],
        ['cpu', '2'],
        ['findings', '7'],
      ] as const) {
        await shown.press(key);
        await expect(`${shown.text()}\n`).toMatchFileSnapshot(golden(`presented-${screen}`));
      }
    },
    LONGEST_MS,
  );
});
