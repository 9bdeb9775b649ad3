/**
 * The text format of Prometheus, 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/), under the names
 * that OpenTelemetry's rules for Prometheus give, so that a dashboard serves both ways.
 *
 *   nodejs.eventloop.time, s, counter          -> nodejs_eventloop_time_seconds_total
 *   http.server.request.duration, s, histogram -> http_server_request_duration_seconds_bucket{le="0.005"} …
 *
 * Without timestamps: node_exporter's textfile collector refuses them, and a file has its own time.
 */
import type { Attributes, Distribution, Metric, MetricReading } from './metric.ts';

/** Put on every series: files of several processes lie side by side, and a series may be there only once. */
const IDENTIFYING = ['service.name', 'process.pid'];

export function formatPrometheus({ metrics }: Pick<MetricReading, 'metrics'>, identity: Attributes): string {
  const own = Object.fromEntries(
    IDENTIFYING.flatMap((name) => (identity[name] === undefined ? [] : [[name, identity[name]]])),
  );
  const target: Metric = {
    kind: 'gauge',
    name: 'target_info',
    description: 'The process that was watched.',
    unit: '{process}',
    points: [{ attributes: identity, value: 1 }],
  };
  return [target, ...metrics].map((metric) => formatMetric(metric, own)).join('');
}

function formatMetric(metric: Metric, own: Attributes): string {
  const name = prometheusName(metric);
  const type = metric.kind === 'level' ? 'gauge' : metric.kind;
  const lines = [`# HELP ${name} ${escapeHelp(metric.description)}`, `# TYPE ${name} ${type}`];
  if (metric.kind === 'histogram') {
    for (const { attributes, distribution } of metric.points) {
      lines.push(...histogramLines(name, metric.bounds, { ...own, ...attributes }, distribution));
    }
  } else {
    for (const { attributes, value } of metric.points) {
      lines.push(`${name}${formatLabels({ ...own, ...attributes })} ${value}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function histogramLines(
  name: string,
  bounds: readonly number[],
  attributes: Attributes,
  { counts, count, sum }: Distribution,
): readonly string[] {
  let upTo = 0;
  const buckets = bounds.map((bound, index) => {
    upTo += counts[index] ?? 0;
    return `${name}_bucket${formatLabels({ ...attributes, le: String(bound) })} ${upTo}`;
  });
  return [
    ...buckets,
    `${name}_bucket${formatLabels({ ...attributes, le: '+Inf' })} ${count}`,
    `${name}_sum${formatLabels(attributes)} ${sum}`,
    `${name}_count${formatLabels(attributes)} ${count}`,
  ];
}

/** https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-metadata-1 */
function prometheusName({ name, unit, kind }: Metric): string {
  const suffixes = [
    ...(unit === 's' ? ['seconds'] : []),
    ...(unit === 'By' ? ['bytes'] : []),
    ...(unit === '1' && kind === 'gauge' ? ['ratio'] : []),
    ...(kind === 'counter' ? ['total'] : []),
  ];
  return [underscored(name), ...suffixes].join('_');
}

function formatLabels(attributes: Attributes): string {
  const labels = Object.entries(attributes).map(
    ([name, value]) => `${underscored(name)}="${escapeLabel(value)}"`,
  );
  return labels.length === 0 ? '' : `{${labels.join(',')}}`;
}

const underscored = (name: string): string => name.replaceAll(/[^a-zA-Z0-9_]/g, '_');

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');
