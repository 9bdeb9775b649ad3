import { expect, it } from 'vitest';
import { runProgram } from '../support/program.ts';
import { version } from '../../src/app/version.ts';

it.each([
  [['attch'], /unknown command 'attch'/],
  [['check'], /missing required argument 'target'/],
  [['check', '1', '--duration', 'soon'], /500ms, 10s or 2m/],
  [['check', '1', '--duration', '0s'], /500ms, 10s or 2m/],
  [['check', '1', '--fail-on', 'everything'], /critical, warning, never/],
  [['demo', 'no-such-symptom'], /it has login/],
  [['attach', '1'], /loopscope check/],
])('answers a wrong command line %j with one line and exit code 2', async (args, says) => {
  const end = await runProgram(args);
  expect(end.code).toBe(2);
  expect(end.stdout).toBe('');
  expect(end.stderr).toMatch(says);
  expect(end.stderr.trimEnd().split('\n')).toHaveLength(1);
});

it.each(['attach', 'check', 'ps', 'demo', 'load'])('explains %s when asked', async (command) => {
  const end = await runProgram([command, '--help']);
  expect(end.code).toBe(0);
  expect(end.stdout).toContain(`Usage: loopscope ${command}`);
  expect(await runProgram([command, '--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
});

it('lists the processes when it has no terminal to let the user pick one', async () => {
  const end = await runProgram([]);
  expect(end.code).toBe(0);
  expect(end.stdout).toMatch(/^ *PID +NODE/);
});

it('prints the error document beside the line when JSON was asked for', async () => {
  const end = await runProgram(['check', '999999999', '--json']);
  expect(end.code).toBe(3);
  expect(JSON.parse(end.stdout)).toMatchObject({
    schema: 'loopscope.error/1',
    code: 'no-such-process',
    message: expect.stringContaining('999999999'),
  });
});
