import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pollUntil } from '../../src/inspector/polling.ts';
import { nodeBinary } from '../node-versions.ts';
import { endOf, PROGRAM, runProgram } from '../support/program.ts';
import { startScript, startTarget } from '../support/target-process.ts';

const IDLE = 'setInterval(() => {}, 1000);';

interface Listed {
  readonly pid: number;
  readonly inspector: { readonly state: string; readonly code?: string };
}

const listedBy = (stdout: string): readonly Listed[] =>
  (JSON.parse(stdout) as { readonly processes: readonly Listed[] }).processes;

describe('ps', () => {
  it('lists what can be meant: no zombie, and nobody who only runs loopscope', async () => {
    const service = await startScript(IDLE);
    const runner = await startScript(`process.title = 'npm exec loopscope ps'; ${IDLE}`);
    const parent = await startTarget(
      ['-c', '"$0" -e "setTimeout(() => {}, 100)" & echo "child $! ready"; exec sleep 60', process.execPath],
      { executable: 'bash' },
    );
    const [, child] = await parent.printed(/child (\d+)/);
    const isZombie = (): true | null =>
      /^State:\s+Z/m.test(readFileSync(`/proc/${child}/status`, 'utf8')) ? true : null;
    await pollUntil(isZombie, { everyMs: 10, withinMs: 10_000 });

    const pids = listedBy((await runProgram(['ps', '--json'])).stdout).map(({ pid }) => pid);
    expect(pids).toContain(service.pid);
    expect(pids).not.toContain(runner.pid);
    expect(pids).not.toContain(Number(child));
  });

  it('gives every process one line, whatever its command line holds, those of use first', async () => {
    const talkative = await startScript(`${IDLE}\n// a line\n// another \u001b[31mline\n`);
    const handles = await startScript(`process.on('SIGUSR1', () => {}); ${IDLE}`);
    const { stdout } = await runProgram(['ps']);
    const lines = stdout.split('\n');
    const lineOf = (pid: number): number =>
      lines.findIndex((line) => new RegExp(`^ *${pid} +v\\d`).test(line));
    expect(lines[lineOf(talkative.pid)]).toMatch(/ closed +node -e .* \/\/ another line /);
    expect(lines[lineOf(handles.pid)]).toMatch(/ own handler +node -e /);
    expect(lineOf(talkative.pid)).toBeLessThan(lineOf(handles.pid));
    expect(stdout).toContain('handles SIGUSR1 itself');
  });

  it.runIf(process.getuid?.() === 0)('tells another user of what is not theirs', async () => {
    const service = await startScript(IDLE);
    const asNobody = ['--reuid=12345', '--regid=12345', '--clear-groups'];
    const stranger = await startTarget([...asNobody, await nodeBinary(24), PROGRAM, 'ps', '--json'], {
      executable: 'setpriv',
      ready: /(?:)/,
    });
    const listed = listedBy((await endOf(stranger)).stdout).find(({ pid }) => pid === service.pid);
    expect(listed?.inspector).toMatchObject({ state: 'unavailable', code: 'other-user' });
  });
});
