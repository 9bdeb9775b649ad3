/** Heap snapshots by hand on the memory screen of `loopscope attach`, on a service that grows. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startTarget } from '../support/target-process.ts';
import { PseudoTerminal } from './pseudo-terminal.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const opened: PseudoTerminal[] = [];
afterEach(() => {
  for (const terminal of opened.splice(0)) terminal.close();
});

describe('the memory screen', () => {
  it('says the price of a snapshot, takes two when told to, and names what holds the growth', async () => {
    const service = await startTarget([join(REPOSITORY, 'test/heap/leaks/a-map-without-bounds.mjs')]);
    const program = join(REPOSITORY, 'bin/loopscope.js');
    const terminal = new PseudoTerminal(process.execPath, [program, 'attach', String(service.pid)]);
    opened.push(terminal);
    await terminal.until('quit');

    terminal.press('3');
    await terminal.until('S compares two heap snapshots');
    terminal.press('S');
    await terminal.until(/stand still for about [\d.]+ s/);
    // No is an answer, too.
    terminal.press('escape');
    await terminal.until('S compares two heap snapshots');
    expect(terminal.text()).toMatch(/3 Memory/);

    terminal.press('S');
    await terminal.until('take the snapshot');
    terminal.press('enter');
    await terminal.until(/first snapshot \d+s ago/);
    expect(terminal.text()).toMatch(/paused [\d.]+ s, estimated [\d.]+ s/);

    service.child.kill('SIGUSR2');
    await service.printed(/leaked/);
    terminal.press('S');
    await terminal.until('take the snapshot');
    terminal.press('enter');
    await terminal.until(/\+\d+K 300 x Session in Map/);
    await terminal.until('sessionsByToken');

    terminal.press('q');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 0 });
  });
});
