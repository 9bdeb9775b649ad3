import { expect, test } from 'vitest';
import { openSession } from '../../src/inspector/protocol-session.ts';
import { InMemoryTransport } from './in-memory-transport.ts';

test('answers that come out of order reach the calls they belong to', async () => {
  const wire = new InMemoryTransport();
  const session = openSession(wire);
  const first = session.call('Runtime.enable');
  const second = session.call('Profiler.enable');
  wire.answer({ id: 2, result: { second: true } });
  wire.answer({ id: 1, result: { first: true } });
  expect(await first).toEqual({ ok: true, value: { first: true } });
  expect(await second).toEqual({ ok: true, value: { second: true } });
});

test('what is no answer to a call changes nothing', async () => {
  const wire = new InMemoryTransport();
  const session = openSession(wire);
  const call = session.call('Runtime.enable');
  for (const garbage of [
    '',
    'null',
    '[1]',
    '{"id":"1","result":{}}',
    '{"id":99,"result":{}}',
    '\u0000',
    '7',
  ]) {
    wire.answer(garbage);
  }
  wire.answer({ id: 1, result: { well: 'behaved' } });
  expect(await call).toEqual({ ok: true, value: { well: 'behaved' } });
});

test('a call without an answer fails when its time is up, and its late answer is dropped', async () => {
  const wire = new InMemoryTransport();
  const session = openSession(wire);
  const call = await session.call('Runtime.enable', {}, { timeoutMs: 5 });
  expect(call).toEqual({ ok: false, error: { kind: 'timeout', afterMs: 5 } });
  wire.answer({ id: 1, result: { late: true } });
  const next = session.call('Runtime.enable');
  wire.answer({ id: 2, result: { next: true } });
  expect(await next).toEqual({ ok: true, value: { next: true } });
});

test('closing settles every call, and later calls fail at once', async () => {
  const wire = new InMemoryTransport();
  const session = openSession(wire);
  const reasons: string[] = [];
  session.onClosed((reason) => reasons.push(reason));
  const calls = [session.call('Runtime.enable'), session.evaluate('1')];
  wire.onClose?.('the other side hung up');
  const closed = { ok: false, error: { kind: 'closed', reason: 'the other side hung up' } };
  expect(await Promise.all(calls)).toEqual([closed, closed]);
  expect(await session.call('Runtime.enable')).toEqual(closed);
  expect(session.closed).toBe(true);
  session.onClosed((reason) => reasons.push(`again: ${reason}`));
  expect(reasons).toEqual(['the other side hung up', 'again: the other side hung up']);
});

test('an evaluate gives the value, the exception, or the refusal of the protocol', async () => {
  const wire = new InMemoryTransport();
  const session = openSession(wire);
  const value = session.evaluate<number>('6 * 7');
  const thrown = session.evaluate('nope');
  const refused = session.evaluate('1');
  wire.answer({ id: 1, result: { result: { type: 'number', value: 42 } } });
  wire.answer({
    id: 2,
    result: {
      result: {},
      exceptionDetails: { text: 'Uncaught', exception: { description: 'ReferenceError: nope' } },
    },
  });
  wire.answer({ id: 3, error: { code: -32_000, message: 'Cannot find context' } });
  expect(await value).toEqual({ ok: true, value: 42 });
  expect(await thrown).toEqual({
    ok: false,
    error: { kind: 'exception', description: 'ReferenceError: nope' },
  });
  expect(await refused).toEqual({
    ok: false,
    error: { kind: 'protocol', code: -32_000, message: 'Cannot find context' },
  });
});

test('an evaluate waits for no promise, and has the command-line API only where it is asked for', () => {
  const wire = new InMemoryTransport();
  const session = openSession(wire);
  void session.evaluate('1');
  void session.evaluate('2', { commandLineApi: true });
  session.close();
  expect(wire.sent.map(({ params }) => params)).toMatchObject([
    { expression: '1', includeCommandLineAPI: false, returnByValue: true, awaitPromise: false, silent: true },
    { expression: '2', includeCommandLineAPI: true },
  ]);
});

test('listeners hear their event until they stop listening', () => {
  const wire = new InMemoryTransport();
  const session = openSession(wire);
  const heard: unknown[] = [];
  const stop = session.on('Profiler.consoleProfileFinished', (params) => heard.push(params));
  wire.answer({ method: 'Profiler.consoleProfileFinished', params: { id: 'a' } });
  wire.answer({ method: 'Runtime.consoleAPICalled', params: {} });
  stop();
  wire.answer({ method: 'Profiler.consoleProfileFinished', params: { id: 'b' } });
  expect(heard).toEqual([{ id: 'a' }]);
});
