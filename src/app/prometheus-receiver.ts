/**
 * Metrics as text for Prometheus: a file that is replaced whole with every moment, for node_exporter's textfile
 * collector, or the last moment on standard output. loopscope listens on no port of its own.
 */
import type { ExportOutput } from './export-output.ts';
import type { Receiver } from './push.ts';
import { formatPrometheus } from '../exports/metrics/prometheus.ts';
import { serviceIdentity } from '../exports/metrics/service-identity.ts';
import { ok } from '../shared/result.ts';

/** @param path null for standard output */
export function createPrometheusReceiver(output: ExportOutput, path: string | null): Receiver {
  let last = '';
  return {
    name: path ?? 'standard output',
    send({ reading, target, serviceName }) {
      last = formatPrometheus(reading, serviceIdentity(target, serviceName));
      return Promise.resolve(path === null ? ok(undefined) : output.write(last));
    },
    close() {
      if (path === null) output.write(last);
      return Promise.resolve();
    },
  };
}
