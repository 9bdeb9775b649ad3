/** What holds for any order of calls, answers, garbage and the end of the connection. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSession } from '../../src/inspector/protocol-session.ts';
import type { CallFailure } from '../../src/inspector/session.ts';
import type { Result } from '../../src/shared/result.ts';
import { InMemoryTransport } from './in-memory-transport.ts';

type Step =
  | { readonly kind: 'call' }
  /** Answers a call that was made, answered or not. */
  | { readonly kind: 'answer'; readonly which: number; readonly refused: boolean }
  | { readonly kind: 'garbage'; readonly text: string }
  | { readonly kind: 'event'; readonly params: unknown };

const WATCHED = 'Runtime.consoleAPICalled';

/** Also what parses and is no answer: an id of another type, or of no call. */
const garbage = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .record({ id: fc.oneof(fc.string(), fc.double(), fc.constant(null)) })
      .map((message) => JSON.stringify(message)),
    // Calls count from 1: none ever has these.
    fc.integer({ max: 0 }).map((id) => JSON.stringify({ id, result: {} })),
  )
  .filter((text) => !isAnswerToACall(text));

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.constant({ kind: 'call' } as const),
    fc.record({ kind: fc.constant('answer' as const), which: fc.nat(), refused: fc.boolean() }),
    fc.record({ kind: fc.constant('garbage' as const), text: garbage }),
    fc.record({ kind: fc.constant('event' as const), params: fc.jsonValue() }),
  ),
  { maxLength: 60 },
);

function isAnswerToACall(text: string): boolean {
  try {
    const message = JSON.parse(text) as { id?: unknown; method?: unknown } | null;
    return Number.isInteger(message?.id) && Number(message?.id) > 0;
  } catch {
    return false;
  }
}

test('each call ends once, with its own first answer or with the end of the connection; each event is heard once', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const wire = new InMemoryTransport();
      const session = openSession(wire);
      const calls: Promise<Result<unknown, CallFailure>>[] = [];
      const expected: Result<unknown, CallFailure>[] = [];
      const [heard, told]: [unknown[], unknown[]] = [[], []];
      session.on(WATCHED, (params) => heard.push(params));
      for (const step of all) {
        if (step.kind === 'call') calls.push(session.call('Runtime.enable'));
        else if (step.kind === 'garbage') wire.answer(step.text);
        else if (step.kind === 'event') {
          wire.answer({ method: WATCHED, params: step.params });
          // As JSON has it: it knows no minus zero.
          told.push(JSON.parse(JSON.stringify(step.params)));
        } else if (calls.length > 0) {
          const index = step.which % calls.length;
          const nth = { times: all.indexOf(step) };
          const error = { code: -32_000, message: `refused at ${nth.times}` };
          wire.answer(step.refused ? { id: index + 1, error } : { id: index + 1, result: nth });
          expected[index] ??= step.refused
            ? { ok: false, error: { kind: 'protocol', ...error } }
            : { ok: true, value: nth };
        }
      }
      wire.onClose?.('over');
      const closed = { ok: false, error: { kind: 'closed', reason: 'over' } } as const;
      expect(await Promise.all(calls)).toEqual(calls.map((_, index) => expected[index] ?? closed));
      expect(heard).toEqual(told);
    }),
    { numRuns: 300 },
  );
});
