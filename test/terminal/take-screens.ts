/**
 * `npm run screens`: the built program on its own faulty services, in a pseudo-terminal of 120x40, and a picture of
 * each screen in `test/terminal/screens`, dark and light. The README shows them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PseudoTerminal } from './pseudo-terminal.ts';
import { DARK_PICTURE, LIGHT_PICTURE, pictureOf } from './screen-picture.ts';

const repository = process.cwd();
const folder = join(repository, 'test', 'terminal', 'screens');
const program = join(repository, 'bin', 'loopscope.js');
/** Charts are filled, the diagnosis is sure. */
const WATCHED_MS = 40_000;
/** A frame is drawn four times a second. */
const SETTLED_MS = 1_000;
const LARGEST_PICTURE_BYTES = 100_000;

interface Shot {
  readonly name: string;
  readonly keys: readonly string[];
}

/** Keys lead from one shot to the next. */
const LOGIN_SHOTS: readonly Shot[] = [
  { name: 'overview', keys: ['1'] },
  { name: 'cpu', keys: ['2'] },
  { name: 'requests', keys: ['4'] },
  { name: 'loop', keys: ['5'] },
  { name: 'resources', keys: ['6'] },
  { name: 'findings', keys: ['7'] },
  { name: 'help', keys: ['1', '?'] },
];
const MEMORY_SHOTS: readonly Shot[] = [{ name: 'memory', keys: ['3'] }];
const FROZEN_SHOTS: readonly Shot[] = [{ name: 'blocked', keys: ['1'] }];

mkdirSync(folder, { recursive: true });
for (const [theme, colours] of [
  ['dark', DARK_PICTURE],
  ['light', LIGHT_PICTURE],
] as const) {
  const take = async (symptom: string, watchedMs: number, shots: readonly Shot[]): Promise<void> => {
    const terminal = new PseudoTerminal(process.execPath, [program, 'demo', symptom, '--theme', theme], {
      env: { COLORTERM: 'truecolor' },
    });
    try {
      await terminal.until('quit');
      await sleep(watchedMs);
      for (const { name, keys } of shots) {
        terminal.press(...keys);
        await sleep(SETTLED_MS);
        const picture = pictureOf(terminal, colours);
        if (picture.length > LARGEST_PICTURE_BYTES) console.error(`${name}: ${picture.length} bytes`);
        writeFileSync(join(folder, `${name}-${theme}.svg`), picture);
        console.log(`${name}-${theme}.svg ${Math.round(picture.length / 1_000)} KB`);
      }
      // The help takes the first one for itself.
      terminal.press('escape');
      await sleep(SETTLED_MS);
      terminal.press('q');
      await terminal.untilExit();
    } finally {
      terminal.close();
    }
  };
  await take('login', WATCHED_MS, LOGIN_SHOTS);
  await take('memory-growth', WATCHED_MS, MEMORY_SHOTS);
  await take('frozen', 12_000, FROZEN_SHOTS);
}
