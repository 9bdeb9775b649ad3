/** The probe's meter of requests, put together as the probe does it inside a service. */
import { BUCKET_COUNT, bucketOf } from '../../src/model/latency-histogram.ts';
import { foldPath } from '../../src/model/route-pattern.ts';
import { createRequestMeter } from '../../src/probes/in-service/request-meter.ts';
import type { RequestMeter } from '../../src/probes/in-service/request-meter.ts';
import { createRoutePlaces } from '../../src/probes/in-service/route-places.ts';
import { createRouteTable } from '../../src/probes/in-service/route-table.ts';

const MAX_ROUTES = 200;

export function createMeter(): RequestMeter {
  const routes = createRouteTable({
    foldPath,
    createRoutePlaces,
    otherRoute: 'other',
    unknownRoute: '(not found)',
    maxRoutes: MAX_ROUTES,
    hitsOf: (id) => meter.hitsOf(id),
    onMerged: (from, to) => meter.merge(from, to),
  });
  const meter: RequestMeter = createRequestMeter({
    routes,
    maxRoutes: MAX_ROUTES,
    bucketOf,
    bucketCount: BUCKET_COUNT,
    foldPath,
  });
  return meter;
}
