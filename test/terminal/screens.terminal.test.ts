import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundleForTest } from './bundle.ts';
import { PseudoTerminal, type PseudoTerminalOptions } from './pseudo-terminal.ts';

let program = '';
const opened: PseudoTerminal[] = [];

beforeAll(async () => {
  program = await bundleForTest('test/terminal/synthetic-screen.ts');
});
afterEach(() => {
  for (const terminal of opened.splice(0)) terminal.close();
});
afterAll(() => rmSync(dirname(program), { recursive: true, force: true }));

function start(scenario: string, options: PseudoTerminalOptions = {}, theme = 'dark'): PseudoTerminal {
  const terminal = new PseudoTerminal(process.execPath, [program, scenario, theme], options);
  opened.push(terminal);
  return terminal;
}

async function shown(
  scenario: string,
  options: PseudoTerminalOptions = {},
  theme = 'dark',
): Promise<PseudoTerminal> {
  const terminal = start(scenario, options, theme);
  await terminal.until(/quit/);
  return terminal;
}

const GIVEN_BACK = { alternate: false, cursorHidden: false, wrap: true, paste: false };

describe('the terminal', () => {
  it('is taken over whole, and given back by q with exit code 0', async () => {
    const terminal = await shown('still');
    expect(terminal.modes()).toEqual({ alternate: true, cursorHidden: true, wrap: false, paste: true });
    terminal.press('q');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 0 });
    await terminal.until(() => terminal.text().startsWith('after'));
    expect(terminal.modes()).toEqual(GIVEN_BACK);
  });

  it('is given back by Ctrl-C typed on it', async () => {
    const terminal = await shown('still');
    terminal.press('ctrl-c');
    await terminal.untilExit();
    expect(terminal.modes()).toEqual(GIVEN_BACK);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])(
    'is given back on %s, with exit code 130',
    async (signal) => {
      const terminal = await shown('still');
      terminal.process.kill(signal);
      expect(await terminal.untilExit()).toMatchObject({ exitCode: 130 });
      await terminal.until('after');
      expect(terminal.modes()).toEqual(GIVEN_BACK);
    },
  );

  it.each([
    ['crash', 'deliberate crash'],
    ['reject', 'deliberate rejection'],
  ])('is given back before the message of a %s is printed', async (scenario, message) => {
    const terminal = start(scenario);
    const { exitCode } = await terminal.untilExit();
    await terminal.until(message);
    expect(exitCode).not.toBe(0);
    expect(terminal.modes()).toEqual(GIVEN_BACK);
  });

  it('is given back on process.exit, whose exit code stays', async () => {
    const terminal = start('exit');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 7 });
    expect(terminal.modes()).toEqual(GIVEN_BACK);
  });

  it.each([
    ['a signal', (terminal: PseudoTerminal) => terminal.process.kill('SIGTSTP')],
    ['Ctrl-Z typed on it', (terminal: PseudoTerminal) => terminal.press('ctrl-z')],
  ])(
    'is given back for as long as the program is suspended by %s, and drawn again after it',
    async (_by, suspend) => {
      const terminal = await shown('still');
      for (let time = 0; time < 2; time++) {
        suspend(terminal);
        await terminal.until(() => !terminal.modes().alternate);
        expect(terminal.modes()).toEqual(GIVEN_BACK);
        terminal.process.kill('SIGCONT');
        await terminal.until(/quit/);
        expect(terminal.modes().alternate).toBe(true);
      }
      terminal.press('q');
      expect(await terminal.untilExit()).toMatchObject({ exitCode: 0 });
    },
  );
});

describe('the screens', () => {
  it.each([
    ['80x24', 80, 24],
    ['120x40', 120, 40],
    ['200x60', 200, 60],
    ['250x70', 250, 70],
  ])('say who blocks the loop at %s', async (_size, columns, rows) => {
    const terminal = await shown('still', { columns, rows });
    expect(terminal.text()).toContain('verifyPassword blocks the event loop');
    expect(terminal.text()).toMatch(/CRITICAL/);
    for (const line of terminal.text().split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it('each open by the number that the tabs show', async () => {
    const terminal = await shown('still');
    for (const [key, seen] of [
      ['2', 'Flame graph'],
      ['3', 'Heap spaces'],
      ['4', 'Percentiles'],
      ['5', 'Who held the loop'],
      ['6', 'Connection pools'],
      ['7', 'What to do'],
      ['1', 'Symptoms|Hottest functions'],
    ] as const) {
      terminal.press(key);
      await terminal.until(new RegExp(seen));
    }
  });

  it('show a blocked loop big, with how long and where', async () => {
    const terminal = await shown('blocked', { columns: 80, rows: 24 });
    expect(terminal.text()).toContain('BLOCKED for 3.2 s   in handler src/app.js:12');
    expect(terminal.text()).toContain('JavaScript, GET /slow');
  });

  it('keep what was seen of a process that ended, and say how', async () => {
    const terminal = await shown('ended');
    expect(terminal.text()).toContain('ENDED: killed by SIGKILL');
    expect(terminal.text()).toContain('verifyPassword');
  });

  it('follow a resize in the middle, also below the smallest size and back', async () => {
    const terminal = await shown('live');
    terminal.resize(60, 12);
    await terminal.until('needs 80x24');
    terminal.resize(80, 24);
    await terminal.until('Symptoms');
    terminal.resize(160, 50);
    await terminal.until(() =>
      terminal
        .text()
        .split('\n')
        .some((line) => line.trimEnd().length > 150),
    );
    expect(terminal.text()).toContain('Event-loop delay');
  });

  it('write nothing while the picture is held, and follow again', async () => {
    const terminal = await shown('live');
    terminal.press('space');
    await terminal.until('FROZEN');
    const before = terminal.bytes;
    // Eight frames' worth of time; the service goes on all the while.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(terminal.bytes - before).toBe(0);
    terminal.press('space');
    await terminal.until('LIVE');
    await terminal.until(() => terminal.bytes > before);
  });

  it('show the help from the keymap, and close it again', async () => {
    const terminal = await shown('still');
    terminal.press('?');
    await terminal.until('this help');
    terminal.press('escape');
    await terminal.until(() => !terminal.text().includes('this help'));
  });

  it('give culprit, impact and remedy a line each for people across a room, and show the keys pressed', async () => {
    const terminal = await shown('still', { env: { PRESENTER: '1' } });
    const lines = terminal.text().split('\n');
    const title = lines.findIndex((line) => line.includes('verifyPassword blocks the event loop'));
    expect(lines[title + 1]).toMatch(/^ +verifyPassword auth\/password.ts:12$/);
    expect(lines[title + 2]).toMatch(/^ +all 20 routes wait/);
    expect(lines[title + 3]).toMatch(/^ +› use crypto.pbkdf2/);
    terminal.press('5');
    await terminal.until(() => terminal.text().trimEnd().endsWith(' 5'));
  });

  it('take the mouse only where that is asked for', async () => {
    const terminal = await shown('still');
    expect(terminal.emulator.modes.mouseTrackingMode).toBe('none');
    const withMouse = await shown('still', { env: { MOUSE: '1' } });
    expect(withMouse.emulator.modes.mouseTrackingMode).toBe('vt200');
    const click = (what: string) => {
      const lines = withMouse.text().split('\n');
      const y = lines.findIndex((line) => line.includes(what));
      withMouse.press(`\x1b[<0;${(lines[y]?.indexOf(what) ?? 0) + 1};${y + 1}M`);
    };
    click('4 Requests');
    await withMouse.until('Percentiles');
    click('/orders/:id');
    await withMouse.until('─ GET /orders/:id');
    // Four routes that are slower stand above it.
    withMouse.press('\x1b[<64;20;10M', '\x1b[<64;20;10M', '\x1b[<64;20;10M');
    await withMouse.until('─ POST /login');
    withMouse.press('q');
    await withMouse.untilExit();
    expect(withMouse.emulator.modes.mouseTrackingMode).toBe('none');
  });

  it('take three letters of one chunk for three keys', async () => {
    const terminal = await shown('still');
    terminal.press('7jj');
    await terminal.until('the oldest is held for 5.20 s');
  });

  it('put a finding on the clipboard as Markdown', async () => {
    const terminal = await shown('still');
    terminal.press('y');
    await terminal.until('finding copied');
    // oxlint-disable-next-line no-control-regex
    const copied = /\x1b\]52;c;([A-Za-z0-9+/=]+)/.exec(terminal.raw)?.[1] ?? '';
    expect(Buffer.from(copied, 'base64').toString()).toContain(
      '**CRITICAL: verifyPassword blocks the event loop',
    );
  });

  it('narrow the routes while a filter is typed, also by a paste', async () => {
    const terminal = await shown('still');
    terminal.press('4', '/');
    await terminal.until('enter keep');
    terminal.press('\x1b[200~orders\x1b[201~');
    await terminal.until(() => !terminal.text().includes('/categories'));
    expect(terminal.text()).toContain('/orders/:id');
  });

  it('are drawn in ASCII, and without colour, where that is asked for', async () => {
    const terminal = await shown('still', { columns: 80, rows: 24, env: { ASCII: '1', NO_COLOR: '1' } });
    // oxlint-disable-next-line no-control-regex
    expect(terminal.text()).toMatch(/^[\x20-\x7e\n]*$/);
    // oxlint-disable-next-line no-control-regex
    expect(terminal.raw).not.toMatch(/\x1b\[[\d;]*(?:3[0-8]|4[0-8]|9\d|10\d)[;m]/);
  });

  it.each([
    ['light', 'ffff/ffff/ffff', 25],
    ['dark', '1414/1717/1c1c', 75],
  ])(
    'take the %s theme when the terminal says that its background is so',
    async (_theme, background, accent) => {
      const terminal = await shown('still', { background }, 'auto');
      await terminal.until(
        () => terminal.emulator.buffer.active.getLine(0)?.getCell(1)?.getBgColor() === accent,
      );
    },
  );

  it('keep their layout whatever the strings of the service hold', async () => {
    const terminal = await shown('hostile');
    const borders = terminal
      .text()
      .split('\n')
      .filter((line) => /^[│╭╰]/.test(line));
    expect(borders.length).toBeGreaterThan(20);
    expect(terminal.raw).not.toContain('\x1b[2J\x1b[2Jowned');
    const columns = terminal.emulator.cols;
    for (let y = 10; y < 38; y++) {
      const cell =
        terminal.emulator.buffer.active
          .getLine(y)
          ?.getCell(columns - 1)
          ?.getChars() ?? '';
      expect(['│', '╮', '╯', '']).toContain(cell);
    }
  });
});
