/**
 * Metrics to an OpenTelemetry collector, by OpenTelemetry's own exporter: it sends OTLP as protobuf over HTTP, tries
 * again where the protocol says so, and takes headers, certificates, compression and deadlines from the variables of
 * the environment that every other exporter takes them from (`OTEL_EXPORTER_OTLP_…`).
 */
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { sayPushFault, type PushEndpoint } from './push-endpoint.ts';
import type { Receiver } from './push.ts';
import { version } from './version.ts';
import { otlpMetrics } from '../exports/metrics/otlp-metrics.ts';
import { serviceIdentity } from '../exports/metrics/service-identity.ts';
import { fail, ok } from '../shared/result.ts';

const METRICS_PATH = '/v1/metrics';

/** Metrics for an OpenTelemetry collector; the URL is the collector's, or that of its metrics. */
export function createOtlpReceiver({ url, headers }: PushEndpoint): Receiver {
  const metricsUrl = url.endsWith(METRICS_PATH) ? url : `${url}${METRICS_PATH}`;
  const exporter = new OTLPMetricExporter({ url: metricsUrl, headers: { ...headers } });
  return {
    name: metricsUrl,
    send: ({ reading, target, serviceName }) =>
      new Promise((resolve) => {
        const metrics = otlpMetrics(reading, serviceIdentity(target, serviceName), version);
        exporter.export(metrics, ({ error }) =>
          resolve(error === undefined ? ok(undefined) : fail({ message: sayPushFault(error) })),
        );
      }),
    close: () => exporter.shutdown(),
  };
}
