/** Calls to other services by host, twice a second. Databases are told by the collector of pools. */
import { orderHistogram } from '../model/latency-histogram.ts';
import { extendProbe, ownScript, POLLED, removeExtension } from '../probes/extension.ts';
import type { WireOutgoing } from '../probes/in-service/outgoing-meter.ts';
import { OUTGOING, OUTGOING_METER_TEXT, READ_OUTGOING_EXPRESSION } from '../probes/outgoing-probe.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { createPauses } from './pauses.ts';

const READ_EVERY_MS = 500;

export function createOutgoingCollector(context: CollectorContext): Collector {
  const { attachment, emit } = context;
  const { session } = attachment;
  const pauses = createPauses();
  let running: Promise<void> = Promise.resolve();

  const tell = ({ nowMs, windowMs, peers }: WireOutgoing): void => {
    if (peers.length === 0) return;
    emit({
      kind: 'outgoing',
      atMs: nowMs,
      windowMs,
      peers: peers.map((peer) => ({
        ...peer,
        peer: sanitise(peer.peer, 200),
        latency: orderHistogram(peer.latency),
        routes: peer.routes.map((route) => sanitise(route)),
      })),
    });
  };

  const readAgainAndAgain = async (): Promise<void> => {
    const expression = READ_OUTGOING_EXPRESSION + ownScript(OUTGOING);
    while (!pauses.ended && !session.closed) {
      const answer = await session.evaluate<WireOutgoing | null>(expression, POLLED);
      if (answer.ok && answer.value === null) await extendProbe(session, OUTGOING, OUTGOING_METER_TEXT);
      if (answer.ok && answer.value !== null) tell(answer.value);
      await pauses.pause(READ_EVERY_MS);
    }
  };

  return {
    name: 'outgoing',
    start() {
      running = readAgainAndAgain();
      return Promise.resolve();
    },
    async stop() {
      pauses.end();
      await running;
      await removeExtension(session, OUTGOING);
    },
  };
}
