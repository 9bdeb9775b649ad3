/**
 * Large responses, and whether they are built whole.
 *
 *   readings: GET /export sends 4 MB a time -> watch its responses for 5 s -> 12 responses, 12 buffered
 *
 * The sizes come with the probe's readings and cost nothing. Only a route that is large by them is looked at more
 * closely, for a few seconds at a time.
 */
import { extendProbe, ownScript, removeExtension } from '../probes/extension.ts';
import type { WireLargeRoute } from '../probes/in-service/response-meter.ts';
import type { ProbeReading } from '../probes/probe-reading.ts';
import { READ_RESPONSES_EXPRESSION, responseMeterText, RESPONSES } from '../probes/response-probe.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { createPauses } from './pauses.ts';
import type { ReadingSource } from './probe-translation.ts';

/** 16 times what a socket buffers (16 KB): from here on a whole body waits in memory for its client. */
const LARGE_BYTES = 256 * 1024;
/** What was compressed was larger: JSON by 5 to 20 times, usually. Only those that prove large are told. */
const LOOKED_AT_BYTES = LARGE_BYTES / 16;
const WATCH_FOR_MS = 5000;
const WATCH_AGAIN_AFTER_MS = 20_000;
const LOOK_EVERY_MS = 500;
/** Large routes come in company: those that are asked for within this time are watched together. */
const GATHER_FOR_MS = 1000;
const MOST_ROUTES = 20;

export function createResponsesCollector(context: CollectorContext, probe: ReadingSource): Collector {
  const { attachment, emit } = context;
  const { session } = attachment;
  const pauses = createPauses();
  const largeRoutes = new Set<string>();
  let running: Promise<void> = Promise.resolve();
  let stopListening: (() => void) | null = null;

  const hear = ({ requests }: ProbeReading): void => {
    for (const { method, route, count, responseBytes } of requests?.routes ?? []) {
      const mayBeLarge = count > 0 && responseBytes / count >= LOOKED_AT_BYTES;
      if (mayBeLarge && largeRoutes.size < MOST_ROUTES) largeRoutes.add(`${method} ${route}`);
    }
  };

  const watch = async (): Promise<void> => {
    const text = responseMeterText([...largeRoutes], LARGE_BYTES);
    largeRoutes.clear();
    if (!(await extendProbe(session, RESPONSES, text))) return;
    await pauses.pause(WATCH_FOR_MS);
    const answer = await session.evaluate<{
      readonly nowMs: number;
      readonly routes: readonly WireLargeRoute[];
    } | null>(READ_RESPONSES_EXPRESSION + ownScript(RESPONSES));
    await removeExtension(session, RESPONSES);
    if (!answer.ok || answer.value === null || answer.value.routes.length === 0) return;
    const routes = answer.value.routes.map((each) => ({ ...each, route: sanitise(each.route) }));
    emit({ kind: 'large-responses', atMs: answer.value.nowMs, routes });
  };

  const watchAgainAndAgain = async (): Promise<void> => {
    while (!pauses.ended && !session.closed) {
      if (largeRoutes.size > 0) {
        await pauses.pause(GATHER_FOR_MS);
        await watch();
        await pauses.pause(WATCH_AGAIN_AFTER_MS);
      } else await pauses.pause(LOOK_EVERY_MS);
    }
  };

  return {
    name: 'large-responses',
    start() {
      stopListening = probe.onReading(hear);
      running = watchAgainAndAgain();
      return Promise.resolve();
    },
    async stop() {
      pauses.end();
      stopListening?.();
      await running;
    },
  };
}
