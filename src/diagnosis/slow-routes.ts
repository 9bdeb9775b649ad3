/** Routes that answer late, and requests that are not answered at all: what several detectors ask before they accuse. */
import type { RouteMetrics } from '../model/report.ts';
import type { DiagnosisView } from './detector.ts';

/** Three times what is felt as instant (100 ms; Nielsen 1993). */
const SLOW_ROUTE_MS = 300;
const FEWEST_REQUESTS = 5;
/** Open this long, a request of a web service hangs. */
const HANGING_MS = 5_000;
const FEWEST_HANGING = 3;

export function selectSlowRoutes({ requests }: DiagnosisView): readonly RouteMetrics[] {
  return (requests?.routes ?? []).filter(
    (route) => route.count >= FEWEST_REQUESTS && route.latencyMs.p50 >= SLOW_ROUTE_MS,
  );
}

/** Whether several requests are open, and one of them for longer than a web service takes. */
export function requestsHang({ requests }: DiagnosisView): boolean {
  return requests !== null && requests.oldestInFlightMs >= HANGING_MS && requests.inFlight >= FEWEST_HANGING;
}
