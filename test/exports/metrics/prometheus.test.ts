import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Metric } from '../../../src/exports/metrics/metric.ts';
import { formatPrometheus } from '../../../src/exports/metrics/prometheus.ts';

const IDENTITY = { 'service.name': 'orders', 'process.pid': '4711', 'host.name': 'web-1' };
const OWN = 'service_name="orders",process_pid="4711"';

const textOf = (...metrics: readonly Metric[]): readonly string[] =>
  formatPrometheus({ metrics }, IDENTITY).split('\n').slice(3);

const number = (kind: 'gauge' | 'level' | 'counter', name: string, unit: Metric['unit']): Metric => ({
  kind,
  name,
  description: 'What it is.',
  unit,
  points: [{ attributes: {}, value: 12.5 }],
});

describe('the text for Prometheus', () => {
  it('names metrics by kind and unit', () => {
    const names = [
      number('counter', 'nodejs.eventloop.time', 's'),
      number('gauge', 'nodejs.eventloop.utilization', '1'),
      number('level', 'process.memory.usage', 'By'),
      number('level', 'http.server.active_requests', '{request}'),
      number('counter', 'loopscope.eventloop.stalls', '{stall}'),
    ].map((metric) => textOf(metric)[1]);
    expect(names).toEqual([
      '# TYPE nodejs_eventloop_time_seconds_total counter',
      '# TYPE nodejs_eventloop_utilization_ratio gauge',
      '# TYPE process_memory_usage_bytes gauge',
      '# TYPE http_server_active_requests gauge',
      '# TYPE loopscope_eventloop_stalls_total counter',
    ]);
  });

  it('writes a histogram as counts of what does not exceed each bound', () => {
    const text = textOf({
      kind: 'histogram',
      name: 'http.server.request.duration',
      description: 'Duration of HTTP server requests.',
      unit: 's',
      bounds: [0.1, 1],
      points: [
        { attributes: { 'http.route': '/' }, distribution: { counts: [5, 2, 1], count: 8, sum: 4.5 } },
      ],
    });
    expect(text).toEqual([
      '# HELP http_server_request_duration_seconds Duration of HTTP server requests.',
      '# TYPE http_server_request_duration_seconds histogram',
      `http_server_request_duration_seconds_bucket{${OWN},http_route="/",le="0.1"} 5`,
      `http_server_request_duration_seconds_bucket{${OWN},http_route="/",le="1"} 7`,
      `http_server_request_duration_seconds_bucket{${OWN},http_route="/",le="+Inf"} 8`,
      `http_server_request_duration_seconds_sum{${OWN},http_route="/"} 4.5`,
      `http_server_request_duration_seconds_count{${OWN},http_route="/"} 8`,
      '',
    ]);
  });

  it('tells the process first, once with all that is known of it', () => {
    expect(formatPrometheus({ metrics: [] }, IDENTITY)).toBe(
      [
        '# HELP target_info The process that was watched.',
        '# TYPE target_info gauge',
        `target_info{${OWN},host_name="web-1"} 1`,
        '',
      ].join('\n'),
    );
  });

  it('keeps any text of a service inside its label', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (route) => {
        const [, , line = '', ...rest] = textOf({
          ...number('gauge', 'x', '1'),
          kind: 'gauge',
          points: [{ attributes: { 'http.route': route }, value: 1 }],
        });
        expect(rest).toEqual(['']);
        const [, label = ''] =
          /^x_ratio\{service_name="orders",process_pid="4711",http_route="(.*)"\} 1$/su.exec(line) ?? [];
        const unescaped = label.replaceAll(/\\(.)/gsu, (_, escaped: string) =>
          escaped === 'n' ? '\n' : escaped,
        );
        expect(unescaped).toBe(route);
        expect(label.replaceAll(/\\./gsu, '')).not.toMatch(/["\\\n]/);
      }),
    );
  });
});
