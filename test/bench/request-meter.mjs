// The probe's meter of requests, put together as the probe does it inside a service.
import { loadSources } from './sources.mjs';

const MAX_ROUTES = 200;

/** @returns what makes a new meter */
export async function loadRequestMeter() {
  const { createRouteTable, createRoutePlaces, createRequestMeter, foldPath, bucketOf, BUCKET_COUNT } =
    await loadSources({
      'src/probes/in-service/route-table.ts': ['createRouteTable'],
      'src/probes/in-service/route-places.ts': ['createRoutePlaces'],
      'src/probes/in-service/request-meter.ts': ['createRequestMeter'],
      'src/model/route-pattern.ts': ['foldPath'],
      'src/model/latency-histogram.ts': ['bucketOf', 'BUCKET_COUNT'],
    });
  return () => {
    const routes = createRouteTable({
      foldPath,
      createRoutePlaces,
      otherRoute: 'other',
      unknownRoute: '(not found)',
      maxRoutes: MAX_ROUTES,
      hitsOf: (id) => meter.hitsOf(id),
      onMerged: (from, to) => meter.merge(from, to),
    });
    const meter = createRequestMeter({
      routes,
      maxRoutes: MAX_ROUTES,
      bucketOf,
      bucketCount: BUCKET_COUNT,
      foldPath,
    });
    return meter;
  };
}
