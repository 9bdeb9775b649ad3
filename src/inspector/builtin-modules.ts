/**
 * Expressions that need one of Node's own modules. The inspector's command-line API has a `require` everywhere, but
 * at the end of a full stack it kills Node 18 and 20 (SIGSEGV where any other expression throws a RangeError), and on
 * the same versions a service that ends meanwhile. So it is used only where there is nothing else, and only after an
 * expression without it has found room on the stack.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../shared/result.ts';
import type { CallFailure, CallOptions, InspectorSession } from './session.ts';

/** The answer of a service that has no `process.getBuiltinModule`: before Node 20.16 and 22.3. */
const NO_MODULES = 'loopscope:no-modules';
/** Frames that have to fit. What the command-line API itself needs was not to be found out: this is 20 times less than there usually is. */
const NEEDED_FRAMES = 500;
const HAS_ROOM = `(function room(left) { return left === 0 || room(left - 1); })(${NEEDED_FRAMES})`;
const FULL_STACK = 'RangeError: Maximum call stack';
/** A recursion that ran away ends within milliseconds; what works at its end, sooner or later. */
const TRY_AGAIN_MS = 20;
const TRIES = 100;

/** Evaluates an expression that may name `require`, which loads Node's own modules. */
export async function evaluateWithModules<T>(
  session: InspectorSession,
  expression: string,
  options: CallOptions = {},
): Promise<Result<T, CallFailure>> {
  const inModules = `${HAS_ROOM} && typeof process.getBuiltinModule === 'function'
    ? ((require) => (${expression}\n))(process.getBuiltinModule)
    : '${NO_MODULES}'`;
  const answer = await whenThereIsRoom(() => session.evaluate<T | string>(inModules, options));
  if (!answer.ok || answer.value !== NO_MODULES) return answer as Result<T, CallFailure>;
  return evaluateWithCommandLine(session, expression, options);
}

/** Evaluates with all of the command-line API, where the service's stack has room for it. */
export async function evaluateWithCommandLine<T>(
  session: InspectorSession,
  expression: string,
  options: CallOptions = {},
): Promise<Result<T, CallFailure>> {
  const room = await whenThereIsRoom(() => session.evaluate<boolean>(HAS_ROOM, options));
  if (!room.ok) return room;
  return session.evaluate<T>(expression, { ...options, commandLineApi: true });
}

async function whenThereIsRoom<T>(
  ask: () => Promise<Result<T, CallFailure>>,
): Promise<Result<T, CallFailure>> {
  for (let tries = 1; ; tries++) {
    // eslint-disable-next-line no-await-in-loop -- each answer decides whether there is another question
    const answer = await ask();
    const isFull =
      !answer.ok && answer.error.kind === 'exception' && answer.error.description.startsWith(FULL_STACK);
    if (!isFull || tries === TRIES) return answer;
    // eslint-disable-next-line no-await-in-loop
    await sleep(TRY_AGAIN_MS);
  }
}
