/**
 * How `loopscope run` gets its gate in front of a service: by the environment alone, so that the command line, and
 * with it `process.argv` and `process.execArgv`, is the one that the user typed.
 */

/** Holds the user's own NODE_OPTIONS for the gate to restore; '' where there were none. */
export const OWN_OPTIONS_VARIABLE = 'LOOPSCOPE_RUN_OPTIONS';

/** Under these no file of ours may be read and no inspector opened. */
const PERMISSION = /^--(?:experimental-)?permission$/;
/** `--inspect-port` and `--inspect-publish-uid` open nothing. */
const OWN_INSPECTOR = /^--inspect(?:-brk|-wait)?(?:=|$)/;

/** What in the user's own options keeps `run` from opening an inspector of its own; null when nothing does. */
export function obstacleIn(options: readonly string[]): string | null {
  return options.find((option) => PERMISSION.test(option) || OWN_INSPECTOR.test(option)) ?? null;
}

/** The user's environment with the gate in it. */
export function gatedEnvironment(env: NodeJS.ProcessEnv, gate: string): NodeJS.ProcessEnv {
  const own = env['NODE_OPTIONS'] ?? '';
  const quoted = `"${gate.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`;
  // Where its inspector listens is not for the service's stderr.
  const options = `--require ${quoted} --inspect-publish-uid=http ${own}`.trimEnd();
  return { ...env, NODE_OPTIONS: options, [OWN_OPTIONS_VARIABLE]: own };
}
