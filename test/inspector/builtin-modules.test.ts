import { expect, test } from 'vitest';
import { evaluateWithCommandLine, evaluateWithModules } from '../../src/inspector/builtin-modules.ts';
import type { CallFailure, EvaluateOptions, InspectorSession } from '../../src/inspector/session.ts';
import { fail, ok, type Result } from '../../src/shared/result.ts';

type Answer = Result<unknown, CallFailure>;

/** A service that answers in turn; what it was asked is kept. */
function sessionThat(answers: readonly Answer[]) {
  const asked: { readonly expression: string; readonly commandLineApi: boolean }[] = [];
  const left = [...answers];
  const evaluate = (expression: string, { commandLineApi = false }: EvaluateOptions = {}) => {
    asked.push({ expression, commandLineApi });
    return Promise.resolve(left.shift() ?? fail({ kind: 'closed', reason: 'no more answers' }));
  };
  return { session: { evaluate } as unknown as InspectorSession, asked };
}

const FULL = fail({
  kind: 'exception',
  description: 'RangeError: Maximum call stack size exceeded\n  at f',
} as const);

test('an expression gets its modules without the command-line API where Node has another way', async () => {
  const { session, asked } = sessionThat([ok(4711)]);
  expect(await evaluateWithModules(session, "require('os').uptime()")).toEqual(ok(4711));
  expect(asked).toMatchObject([{ commandLineApi: false }]);
});

test('the expression that is sent works: in this very process it loads a module', () => {
  const { session, asked } = sessionThat([ok(0)]);
  void evaluateWithModules(session, "require('os').EOL\n//# sourceURL=here");
  // oxlint-disable-next-line no-eval -- what a service would do with it
  expect((0, eval)(asked[0]?.expression ?? '')).toBe('\n');
});

test('an older Node is asked with it, but not before there was room on its stack', async () => {
  const { session, asked } = sessionThat([ok('loopscope:no-modules'), FULL, FULL, ok(true), ok('done')]);
  expect(await evaluateWithModules(session, 'x')).toEqual(ok('done'));
  expect(asked.map(({ commandLineApi }) => commandLineApi)).toEqual([false, false, false, false, true]);
});

test('any other failure is handed on at once', async () => {
  const refused = fail({ kind: 'exception', description: 'TypeError: frozen' } as const);
  expect(await evaluateWithModules(sessionThat([refused]).session, 'x')).toEqual(refused);
  expect(await evaluateWithCommandLine(sessionThat([refused]).session, 'x')).toEqual(refused);
});
