/** Responses that are built whole in memory before the first byte is sent. */
import type { Finding } from '../model/finding.ts';
import type { LargeResponsesEvent } from '../model/timeline-event.ts';
import { mergeLargeResponses } from '../timeline/timeline-windows.ts';
import { formatBytes, formatCount, formatMs, formatShare } from '../shared/quantity.ts';
import { NOT_FOUND, notEnoughSeen } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';

type LargeRoute = LargeResponsesEvent['routes'][number];

/** What Fastify by default refuses to take as a body (bodyLimit, 1 MiB); serialising it takes some 10 ms. */
const LARGE_BYTES = 1024 * 1024;
/** Ten at a time are most of a small container's memory. */
const CRITICAL_BYTES = 20 * 1024 * 1024;
const FEWEST_RESPONSES = 3;
/** Mostly sent by one `end(body)`; a route may answer in pieces at other times. */
const BUFFERED_SHARE = 0.5;

export const largeResponses: Detector = {
  kind: 'large-responses',
  detect(view) {
    const windows = view.timeline.largeResponses.between(view.span.fromMs, view.span.toMs);
    const [first, ...rest] = windows;
    if (!first) {
      return view.requests === null ? notEnoughSeen('requests were not read') : NOT_FOUND;
    }
    const { routes } = rest.reduce(mergeLargeResponses, first).event;
    const whole = routes.filter(
      (route) =>
        route.count > 0 &&
        route.totalBytes / route.count >= LARGE_BYTES &&
        route.buffered >= route.count * BUFFERED_SHARE,
    );
    if (whole.length === 0) return NOT_FOUND;
    const enough = whole.filter(
      (route) => route.count >= FEWEST_RESPONSES || route.largestBytes >= CRITICAL_BYTES,
    );
    if (enough.length === 0) return notEnoughSeen(`fewer than ${FEWEST_RESPONSES} large responses`);
    return {
      kind: 'found',
      findings: enough.toSorted((a, b) => b.totalBytes - a.totalBytes).map((route) => findingOf(view, route)),
    };
  },
};

function findingOf(view: DiagnosisView, route: LargeRoute): Finding {
  const meanBytes = route.totalBytes / route.count;
  return {
    id: `large-responses:buffered:${route.route}`,
    kind: 'large-responses',
    cause: 'buffered',
    severity: meanBytes >= CRITICAL_BYTES ? 'critical' : 'warning',
    confidence: Math.round((route.count / (route.count + 1)) * 95) / 100,
    title: `${route.route} builds responses of ${formatBytes(meanBytes)} whole in memory`,
    impact: 'each holds its size in memory until the client has read it, and serialising it holds the loop',
    culprits: [],
    routes: [route.route],
    evidence: [
      `${formatCount(route.count, 'response')} in ${formatMs(view.spanMs)}, the largest ${formatBytes(route.largestBytes)}`,
      `${formatShare(route.buffered / route.count)} of them were sent by one end(body)`,
    ],
    remedies: [
      'stream it: stream.pipeline from a cursor (pg-query-stream, mongodb cursor) through json-stream-stringify',
      'page the result, or let the caller select fields',
      'serve files with fs.createReadStream and stream.pipeline, or from object storage',
    ],
  };
}
