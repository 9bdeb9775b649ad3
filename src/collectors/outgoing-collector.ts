/** Calls to other services by host, twice a second. Databases are told by the collector of pools. */
import { orderHistogram } from '../model/latency-histogram.ts';
import type { ExtensionReader, FollowedExtension } from '../probes/extension-reader.ts';
import type { WireOutgoing } from '../probes/in-service/outgoing-meter.ts';
import { OUTGOING, OUTGOING_METER_TEXT } from '../probes/outgoing-probe.ts';
import { sanitise } from '../shared/sanitiser.ts';
import type { Collector, CollectorContext } from './collector.ts';

export function createOutgoingCollector(
  { emit }: Pick<CollectorContext, 'emit'>,
  extensions: ExtensionReader,
): Collector {
  let followed: FollowedExtension | null = null;

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

  return {
    name: 'outgoing',
    start() {
      const hear = (reading: unknown): void => tell(reading as WireOutgoing);
      followed ??= extensions.follow(OUTGOING, OUTGOING_METER_TEXT, hear);
      return Promise.resolve();
    },
    async stop() {
      await followed?.leave();
    },
  };
}
