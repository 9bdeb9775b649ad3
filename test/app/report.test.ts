import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runReport, type ReportOptions } from '../../src/app/commands/report.ts';
import { recordSlowLogin, testFolder } from '../exports/slow-login.ts';
import { runCommand, type CommandEnd } from '../support/command-run.ts';

/** Runs the command on a recording of a slow login, with a page's style and script that are as short as can be. */
async function reported(
  folder: string,
  options: Partial<ReportOptions>,
  input = recordSlowLogin(folder),
): Promise<CommandEnd> {
  writeFileSync(join(folder, 'report-page.css'), 'p{margin:0}');
  writeFileSync(join(folder, 'report-page.js'), 'document.title');
  const assets = pathToFileURL(join(folder, '/'));
  return runCommand((io) => runReport(input, { duration: 1_000, assets, ...options }, io));
}

describe('report of a recording', () => {
  it('says of another file that it is none, and not that no process has its name', async () => {
    const folder = testFolder();
    const other = join(folder, 'notes.txt');
    writeFileSync(other, 'not a recording');
    const { exitCode, stderr } = await reported(folder, { output: join(folder, 'page.html') }, other);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('it is no recording');
  });

  it('writes a page that only its owner may read', async () => {
    const folder = testFolder();
    const output = join(folder, 'report.html');
    const { exitCode, stdout } = await reported(folder, { output });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/report\.html: [\d.]+ KB\n$/);
    expect(statSync(output).mode & 0o777).toBe(0o600);
    expect(readFileSync(output, 'utf8')).toMatch(/^<!doctype html>[\s\S]*derivePassword/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('writes Markdown where the name of the file says so, or the format does', async () => {
    const folder = testFolder();
    const output = join(folder, 'report.md');
    await reported(folder, { output });
    expect(readFileSync(output, 'utf8')).toMatch(/^# the pg pool[\s\S]*derivePassword/);
    const { stdout } = await reported(testFolder(), { output: '-', format: 'markdown' });
    expect(stdout).toMatch(/^# the pg pool[\s\S]*derivePassword/);
  });

  it('writes the page to a pipe', async () => {
    expect((await reported(testFolder(), {})).stdout).toMatch(/^<!doctype html>/);
  });

  it('leaves a file alone that is there already', async () => {
    const folder = testFolder();
    const output = join(folder, 'report.html');
    writeFileSync(output, 'mine');
    const { exitCode, stderr } = await reported(folder, { output });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('it exists already');
    expect(readFileSync(output, 'utf8')).toBe('mine');
  });
});
