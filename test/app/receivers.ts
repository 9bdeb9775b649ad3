/** Receivers as the systems that teams run have them, in the test's own process: what arrives, decoded. */
import { createRequire } from 'node:module';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { serve } from '../load/local-server.ts';

/** What OpenTelemetry's generated protobufs make of a request, as far as the tests look at it. */
export interface OtlpRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly metrics: readonly OtlpMetric[];
    }[];
  }[];
}

export interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}

export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly gauge?: { readonly dataPoints: readonly OtlpNumber[] };
  readonly sum?: {
    readonly dataPoints: readonly OtlpNumber[];
    readonly isMonotonic?: boolean;
    readonly aggregationTemporality: string;
  };
  readonly histogram?: {
    readonly dataPoints: readonly {
      readonly attributes: readonly OtlpAttribute[];
      readonly explicitBounds: readonly number[];
      readonly bucketCounts: readonly string[];
      readonly count: string;
      readonly sum: number;
    }[];
  };
}

export interface OtlpNumber {
  readonly attributes?: readonly OtlpAttribute[];
  readonly asDouble: number;
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

interface Decoder {
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: object): OtlpRequest;
}

/** The package of OpenTelemetry that still carried the generated code has no types for it. */
const generated = createRequire(import.meta.url)('otlp-decoder/build/src/generated/root.js') as {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: {
        readonly metrics: { readonly v1: { readonly ExportMetricsServiceRequest: Decoder } };
      };
    };
  };
};
const { ExportMetricsServiceRequest } = generated.opentelemetry.proto.collector.metrics.v1;

export interface Received<T> {
  /** With what it begins, for `--otlp` and `--pyroscope`. */
  readonly url: string;
  readonly requests: readonly T[];
  readonly headers: readonly IncomingMessage['headers'][];
}

/** An OpenTelemetry collector's `/v1/metrics`. @param status of each answer in turn; the last one stays */
export async function serveOtlp(status: readonly number[] = [200]): Promise<Received<OtlpRequest>> {
  const requests: OtlpRequest[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const answers = [...status];
  const url = await serve((request, response) => {
    void bodyOf(request).then((body) => {
      const code = (answers.length > 1 ? answers.shift() : answers[0]) ?? 200;
      const isOtlp =
        request.url === '/v1/metrics' && request.headers['content-type'] === 'application/x-protobuf';
      if (isOtlp && code === 200) {
        const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        const message = ExportMetricsServiceRequest.decode(plain);
        requests.push(ExportMetricsServiceRequest.toObject(message, { longs: String, enums: String }));
        headers.push(request.headers);
      }
      answer(response, isOtlp ? code : 404);
    });
  });
  return { url, requests, headers };
}

export interface IngestRequest {
  readonly query: URLSearchParams;
  readonly profile: Profile;
}

/** Pyroscope's `/ingest`, for pprof in a form. */
export async function servePyroscope(): Promise<Received<IngestRequest>> {
  const requests: IngestRequest[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const url = await serve((request, response) => {
    void takeIn(request).then(
      (taken) => {
        requests.push(taken);
        headers.push(request.headers);
        answer(response, 200);
      },
      () => answer(response, 422),
    );
  });
  return { url, requests, headers };
}

/** As Pyroscope does: the query says what it is, the form's field `profile` holds it, gzip or not. */
async function takeIn(request: IncomingMessage): Promise<IngestRequest> {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname !== '/ingest' || query.get('format') !== 'pprof') throw new Error('not an ingest of pprof');
  const contentType = request.headers['content-type'] ?? '';
  const form = await new Response(await bodyOf(request), {
    headers: { 'content-type': contentType },
  }).formData();
  const field = form.get('profile');
  if (!(field instanceof File)) throw new Error('no profile');
  return { query, profile: Profile.decode(gunzipSync(Buffer.from(await field.arrayBuffer()))) };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

/** Functions of a profile with their nanoseconds, innermost first. */
export function selfTimes({
  sample,
  location,
  function: functions,
  stringTable,
}: Profile): Map<string, number> {
  const times = new Map<string, number>();
  for (const { locationId, value } of sample) {
    const innermost = location.find(({ id }) => id === locationId[0]);
    const entry = functions.find(({ id }) => id === innermost?.line[0]?.functionId);
    const name = stringTable.strings[Number(entry?.name)] ?? '';
    times.set(name, (times.get(name) ?? 0) + Number(value[1]));
  }
  return times;
}
