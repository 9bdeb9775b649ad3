import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { runLoad } from '../../src/load/run-load.ts';
import type { Report } from '../../src/model/report.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { serviceNamed } from '../services/catalogue.ts';
import { startService, type RunningService } from '../services/start-service.ts';
import { PROGRAM } from '../support/program.ts';
import { PseudoTerminal } from './pseudo-terminal.ts';

const opened: PseudoTerminal[] = [];
afterEach(() => {
  for (const terminal of opened.splice(0)) terminal.close();
});

async function loadedService(): Promise<RunningService> {
  const service = await startService(serviceNamed('http-blocks-in-sort'));
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  void runLoad(service.plan(60_000), { clock: systemClock, signal: ending.signal });
  return service;
}

function attach(service: RunningService, cwd = tmpdir()): PseudoTerminal {
  const args = [PROGRAM, 'attach', String(service.child.pid)];
  const terminal = new PseudoTerminal(process.execPath, args, { cwd });
  opened.push(terminal);
  return terminal;
}

/** A profile of the stall has to be cut, and the diagnosis to be sure. */
const DIAGNOSED_MS = 40_000;

describe('the program on a real service', () => {
  it('names the function, shows its source, writes a report for its owner alone, and leaves with one line', async () => {
    const service = await loadedService();
    const folder = mkdtempSync(join(tmpdir(), 'loopscope-attach-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const terminal = attach(service, folder);
    await terminal.until(/(CRITICAL|WARNING) .*blocks the event loop/, DIAGNOSED_MS);
    terminal.press('7');
    await terminal.until(/▶ +\d+ .*function /);
    terminal.press('w');
    await terminal.until(/written to loopscope-\d+-\w+\.json/);
    const [file = ''] = readdirSync(folder);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    const report = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Report;
    expect(report.findings[0]?.kind).toBe('event-loop-blocked');
    terminal.press('q');
    expect(await terminal.untilExit()).toMatchObject({ exitCode: 0 });
    expect(terminal.text()).toMatch(/blocks the event loop.*\n?.*The service runs on as it was\./);
    expect(service.child.exitCode).toBeNull();
  });

  it('keeps what was seen of a service that is killed meanwhile, and says how it ended', async () => {
    const service = await loadedService();
    const terminal = attach(service);
    await terminal.until('LIVE');
    service.child.kill('SIGKILL');
    await terminal.until(/ENDED/);
    terminal.press('q');
    await terminal.untilExit();
    await terminal.until('It ended');
    expect(terminal.modes()).toMatchObject({ alternate: false, cursorHidden: false });
  });
});
