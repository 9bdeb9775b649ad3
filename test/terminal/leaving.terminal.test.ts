/** Whatever signal ends loopscope, and whenever: the shell before it is usable as it was. */
import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { PROGRAM } from '../support/program.ts';
import { startSelfObserving } from '../support/self-observing.ts';
import { PseudoTerminal } from './pseudo-terminal.ts';

const WITHIN_MS = 60_000;
const BACKGROUND_QUERY = '\x1b]11;?';

const MOMENTS = {
  // Its answer is then still on its way, and looks like keys.
  'the terminal is asked for its background': ({ raw }: PseudoTerminal) => raw.includes(BACKGROUND_QUERY),
  'the screens are shown': (terminal: PseudoTerminal) => terminal.text().includes('LIVE'),
};

it.each([
  ['SIGTERM', 'the terminal is asked for its background'],
  ['SIGHUP', 'the terminal is asked for its background'],
  ['SIGINT', 'the screens are shown'],
  ['SIGQUIT', 'the screens are shown'],
  ['SIGUSR2', 'the screens are shown'],
  ['SIGALRM', 'the screens are shown'],
  ['SIGABRT', 'the screens are shown'],
] as const)('after %s when %s', async (signal, moment) => {
  const service = await startSelfObserving();
  const before = await service.ask();
  const terminal = new PseudoTerminal('/bin/bash', ['--norc', '--noprofile'], {
    env: { PS1: 'shell> ' },
    background: '0000/0000/0000',
    answersAfterMs: 100,
  });
  onTestFinished(() => terminal.close());
  await terminal.until('shell>', WITHIN_MS);
  terminal.press(`${process.execPath} ${PROGRAM} attach ${service.pid}`, 'enter');
  const children = `/proc/${terminal.process.pid}/task/${terminal.process.pid}/children`;
  await terminal.until(() => MOMENTS[moment](terminal), WITHIN_MS);
  process.kill(Number(readFileSync(children, 'utf8')), signal);
  await terminal.until(() => readFileSync(children, 'utf8') === '', WITHIN_MS);
  terminal.press('echo "usable $((6 * 7))"', 'enter');
  await terminal.until(/^usable 42$/m, WITHIN_MS);
  expect(terminal.text()).toMatch(/shell> echo "usable \$\(\(6 \* 7\)\)"$/m);
  expect(terminal.modes()).toMatchObject({ alternate: false, cursorHidden: false });
  await expect.poll(service.ask, { timeout: WITHIN_MS }).toEqual(before);
});
