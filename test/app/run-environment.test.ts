import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { gatedEnvironment, obstacleIn, OWN_OPTIONS_VARIABLE } from '../../src/app/run-environment.ts';

describe('what keeps run from watching', () => {
  it.each(['--inspect', '--inspect=9229', '--inspect-brk=0', '--inspect-wait', '--permission'])(
    '%s',
    (option) => {
      expect(obstacleIn(['--no-warnings', option])).toBe(option);
    },
  );

  it.each(['--inspect-port=9400', '--inspect-publish-uid=http', '--no-warnings'])('is not %s', (option) => {
    expect(obstacleIn([option])).toBeNull();
  });
});

it('stands before the options of the user, and carries them to the gate', () => {
  const env = gatedEnvironment({ NODE_OPTIONS: '--no-warnings', LANG: 'C' }, '/opt/gate.cjs');
  expect(env).toEqual({
    NODE_OPTIONS: '--require "/opt/gate.cjs" --inspect-publish-uid=http --no-warnings',
    LANG: 'C',
    [OWN_OPTIONS_VARIABLE]: '--no-warnings',
  });
});

it('finds a gate in a folder with any name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loopscope "gate" \\ with blanks '));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const gate = join(folder, 'gate.cjs');
  writeFileSync(gate, 'console.log("the gate")');
  const { stdout } = spawnSync(process.execPath, ['-e', ''], {
    env: gatedEnvironment({}, gate),
    encoding: 'utf8',
  });
  expect(stdout).toBe('the gate\n');
});
