/**
 * CPU profiles as pprof to Pyroscope and what speaks its protocol (Grafana Cloud Profiles, Alloy): one `POST /ingest`
 * for each moment (https://grafana.com/docs/pyroscope/latest/reference-server-api/).
 *
 *   POST /ingest?name=orders{pid=4711,host=web-1}&from=1769853600&until=1769853610&format=pprof&…
 *
 * A token is taken from `PYROSCOPE_AUTH_TOKEN`, as Pyroscope's own clients do.
 */
import { gzipSync } from 'node:zlib';
import type { CommandIo } from './command-io.ts';
import { sayPushFault, type PushEndpoint } from './push-endpoint.ts';
import type { PushedMoment, Receiver } from './push.ts';
import { version } from './version.ts';
import { encodePprof } from '../exports/profiles/pprof.ts';
import { selectSpanProfile } from '../model/span-profile.ts';
import { fail, ok } from '../shared/result.ts';

const INGEST_PATH = '/ingest';
/** As long as OpenTelemetry's exporters wait. */
const ANSWERS_WITHIN_MS = 10_000;

export function createPyroscopeReceiver(
  { url, headers }: PushEndpoint,
  { env }: Pick<CommandIo, 'env'>,
): Receiver {
  const ingestUrl = url.endsWith(INGEST_PATH) ? url : `${url}${INGEST_PATH}`;
  const token = env['PYROSCOPE_AUTH_TOKEN'];
  const authorized = token ? { authorization: `Bearer ${token}` } : headers;
  return {
    name: ingestUrl,
    async send(moment) {
      const request = createIngestRequest(moment);
      if (request === null) return ok(undefined);
      try {
        const answer = await fetch(`${ingestUrl}?${request.query.toString()}`, {
          method: 'POST',
          headers: authorized,
          body: request.form,
          signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
        });
        await answer.body?.cancel();
        return answer.ok ? ok(undefined) : fail({ message: `it answered ${answer.status}` });
      } catch (fault) {
        return fail({ message: sayPushFault(fault) });
      }
    },
    close: () => Promise.resolve(),
  };
}

/** Null where no profile ended in the moment, or the service did nothing in it. */
function createIngestRequest({
  profiles,
  target,
  serviceName,
  wallOffsetMs,
}: PushedMoment): { readonly query: URLSearchParams; readonly form: FormData } | null {
  const startMs = Math.min(...profiles.map((profile) => profile.startMs));
  const endMs = Math.max(...profiles.map((profile) => profile.endMs));
  const { stacks } = selectSpanProfile(profiles, startMs, endMs);
  if (stacks.length === 0) return null;
  const samplingIntervalUs = Math.max(...profiles.map((profile) => profile.samplingIntervalUs));
  const pprof = encodePprof(stacks, {
    startedAtWallMs: startMs + wallOffsetMs,
    durationMs: endMs - startMs,
    samplingIntervalUs,
    comments: [`loopscope ${version}`],
  });
  const labels = { pid: String(target.pid), host: target.hostname, node: target.node };
  const tags = Object.entries(labels).map(([name, value]) => `${name}=${plainTag(value)}`);
  const form = new FormData();
  form.set('profile', new Blob([gzipSync(pprof)]), 'profile.pprof');
  return {
    query: new URLSearchParams({
      name: `${plainTag(serviceName)}{${tags.join(',')}}`,
      from: String(Math.floor((startMs + wallOffsetMs) / 1000)),
      until: String(Math.ceil((endMs + wallOffsetMs) / 1000)),
      format: 'pprof',
      sampleRate: String(Math.round(1e6 / samplingIntervalUs)),
      // So that Pyroscope shows functions with their files, as it does for Node's own client.
      spyName: 'nodespy',
    }),
    form,
  };
}

/** Names and values stand between braces, commas and equals signs, and there is no way to write those. */
const plainTag = (text: string): string => text.replaceAll(/[^\w./:@-]/g, '_');
