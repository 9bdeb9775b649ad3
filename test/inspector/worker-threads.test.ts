import { expect, test } from 'vitest';
import { openSession } from '../../src/inspector/protocol-session.ts';
import { parseTitle, watchWorkerThreads } from '../../src/inspector/worker-threads.ts';
import type { WorkerThreadWatch } from '../../src/inspector/worker-threads.ts';
import { InMemoryTransport } from './in-memory-transport.ts';

interface Watched {
  readonly wire: InMemoryTransport;
  readonly watch: WorkerThreadWatch;
  readonly told: readonly string[];
  begin(sessionId: number): void;
  methods(): readonly string[];
}

/** A service whose answers all are empty. */
async function startWatch(): Promise<Watched> {
  const wire = new InMemoryTransport();
  const told: string[] = [];
  const begun = watchWorkerThreads(openSession(wire), (reason) => told.push(reason));
  wire.answer({ id: 1, result: {} });
  return {
    wire,
    told,
    watch: await begun,
    begin: (sessionId) =>
      wire.answer({
        method: 'NodeWorker.attachedToWorker',
        params: {
          sessionId: String(sessionId),
          workerInfo: { title: `[worker ${sessionId}] w${sessionId}` },
        },
      }),
    methods: () => wire.sent.map(({ method }) => method),
  };
}

test('the title of a worker thread tells its number and its name', () => {
  expect(parseTitle('[worker 3] pricer')).toEqual({ id: 3, name: 'pricer' });
  expect(parseTitle('[worker 3]')).toEqual({ id: 3, name: '' });
  expect(parseTitle('[worker 3] WorkerThread')).toEqual({ id: 3, name: '' });
  expect(parseTitle('[worker 3] a\u001b[2Jb')?.name).not.toContain('\u001b');
  expect(parseTitle('something else')).toBeNull();
});

test('a call to a worker travels inside one to the main thread, and so does its answer', async () => {
  const { wire, watch, begin } = await startWatch();
  begin(7);
  const call = watch.threads()[0]?.session.call('Runtime.enable');
  const carried = wire.sent.at(-1);
  expect(carried).toMatchObject({ method: 'NodeWorker.sendMessageToWorker', params: { sessionId: '7' } });
  const message = JSON.stringify({ id: 1, result: { from: 'worker' } });
  wire.answer({ method: 'NodeWorker.receivedMessageFromWorker', params: { sessionId: '7', message } });
  expect(await call).toEqual({ ok: true, value: { from: 'worker' } });
});

test('the end of a worker ends its session and its open calls, not those of others', async () => {
  const { wire, watch, begin } = await startWatch();
  begin(1);
  begin(2);
  const call = watch.threads()[0]?.session.call('Runtime.enable');
  wire.answer({ method: 'NodeWorker.detachedFromWorker', params: { sessionId: '1' } });
  expect(await call).toMatchObject({ ok: false, error: { kind: 'closed' } });
  expect(watch.threads().map(({ id }) => id)).toEqual([2]);
  expect(watch.threads()[0]?.session.closed).toBe(false);
});

test('sixteen workers are watched; the next one is left alone, and that is said once', async () => {
  const { watch, begin, methods, told } = await startWatch();
  for (let id = 1; id <= 18; id++) begin(id);
  expect(watch.threads()).toHaveLength(16);
  expect(methods().filter((method) => method === 'NodeWorker.detach')).toHaveLength(2);
  expect(told).toHaveLength(1);
});

test('workers that come and go too fast are not watched at all', async () => {
  const { wire, watch, begin, methods, told } = await startWatch();
  for (let id = 1; id <= 60; id++) {
    begin(id);
    wire.answer({ method: 'NodeWorker.detachedFromWorker', params: { sessionId: String(id) } });
  }
  expect(watch.threads()).toEqual([]);
  expect(methods().filter((method) => method === 'NodeWorker.disable')).toHaveLength(1);
  expect(told).toEqual(['none is watched: more than 40 worker threads started within 10 s']);
});

test('leaving leaves every worker', async () => {
  const { wire, watch, begin, methods } = await startWatch();
  begin(1);
  const left = watch.stop();
  wire.answer({ id: wire.sent.at(-1)?.id, result: {} });
  await left;
  expect(methods().slice(1)).toEqual(['NodeWorker.detach', 'NodeWorker.disable']);
});
