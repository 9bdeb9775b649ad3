import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { describe, expect, it } from 'vitest';
import { runExport, type ExportOptions } from '../../src/app/commands/export.ts';
import type { WireProfile } from '../../src/exports/profiles/cpuprofile.ts';
import type { WireHeapProfile } from '../../src/exports/profiles/heapprofile.ts';
import type { SpeedscopeFile } from '../../src/exports/profiles/speedscope.ts';
import type { Report } from '../../src/model/report.ts';
import { recordSlowLogin, SLOW_LOGIN, testFolder } from '../exports/slow-login.ts';
import { runCommand, type CommandEnd, type CommandSurroundings } from '../support/command-run.ts';
import { selfTimes, serveOtlp, servePyroscope, type OtlpRequest } from './receivers.ts';

const exported = (
  input: string,
  options: Partial<ExportOptions>,
  surroundings: CommandSurroundings = {},
): Promise<CommandEnd> =>
  runCommand((io) => runExport(input, { every: 10_000, ...options }, io), surroundings);

describe('export of a recording', () => {
  it('writes a .cpuprofile that only its owner may read, and says what opens it', async () => {
    const folder = testFolder();
    const output = join(folder, 'login.cpuprofile');
    const { exitCode, stdout } = await exported(recordSlowLogin(folder), { format: 'cpuprofile', output });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/login\.cpuprofile: [\d.]+ KB; opens in Chrome DevTools/);
    expect(statSync(output).mode & 0o777).toBe(0o600);
    const profile = JSON.parse(readFileSync(output, 'utf8')) as WireProfile;
    expect(profile.nodes.map(({ callFrame }) => callFrame.functionName)).toContain('derivePassword');
  });

  it('writes pprof to a pipe', async () => {
    const { exitCode, stdoutBytes } = await exported(recordSlowLogin(testFolder()), {
      format: 'pprof',
      output: '-',
    });
    expect(exitCode).toBe(0);
    const times = selfTimes(Profile.decode(gunzipSync(stdoutBytes)));
    expect([...times].toSorted((a, b) => b[1] - a[1])[0]).toEqual(['pbkdf2Sync', 59 * 200 * 1e6]);
  });

  it('refuses to write pprof to a terminal', async () => {
    const { exitCode, stdout, stderr } = await exported(
      recordSlowLogin(testFolder()),
      { format: 'pprof' },
      { isTTY: true },
    );
    expect([exitCode, stdout.length]).toEqual([2, 0]);
    expect(stderr).toMatch(/binary.*terminal; give a file with -o/);
  });

  it('writes speedscope, collapsed stacks, the heap profile and the report', async () => {
    const recording = recordSlowLogin(testFolder());
    const written = async (format: 'speedscope' | 'collapsed' | 'heapprofile' | 'json') => {
      const { exitCode, stdout } = await exported(recording, { format }, { isTTY: true });
      expect(exitCode).toBe(0);
      return stdout;
    };
    const speedscope = JSON.parse(await written('speedscope')) as SpeedscopeFile;
    expect(speedscope.name).toBe('orders');
    expect(speedscope.shared.frames.map(({ name }) => name)).toContain('derivePassword');
    expect(await written('collapsed')).toMatch(/;derivePassword \([^;]+\);pbkdf2Sync \([^;]+\) 11800000\n/);
    const heap = JSON.parse(await written('heapprofile')) as WireHeapProfile;
    expect(heap.head.children[0]?.children[0]?.callFrame.functionName).toBe('remember');
    const report = JSON.parse(await written('json')) as Report;
    expect(report.findings.map(({ kind }) => kind)).toContain('event-loop-blocked');
  });

  it('replaces the file for Prometheus whole, and lets other accounts read it', async () => {
    const folder = testFolder();
    const output = join(folder, 'orders.prom');
    writeFileSync(output, 'of the run before');
    const { exitCode } = await exported(recordSlowLogin(folder), { format: 'prometheus', output });
    expect(exitCode).toBe(0);
    expect(readFileSync(output, 'utf8')).toMatch(
      /^http_server_request_duration_seconds_count\{service_name="orders",process_pid="4711",http_request_method="POST",http_route="\/login"\} 720$/m,
    );
    expect(statSync(output).mode & 0o777).toBe(0o644);
    expect(readdirSync(folder).toSorted()).toEqual(['orders.prom', 'session.loopscope']);
  });

  it('takes the name of the service from OTEL_SERVICE_NAME, and rather from the command line', async () => {
    const recording = recordSlowLogin(testFolder());
    const env = { OTEL_SERVICE_NAME: 'from-environment' };
    const asked = { format: 'prometheus', serviceName: 'given' } as const;
    const { stdout: given } = await exported(recording, asked, { env });
    const { stdout: inherited } = await exported(recording, { format: 'prometheus' }, { env });
    expect(given).toContain('target_info{service_name="given"');
    expect(inherited).toContain('target_info{service_name="from-environment"');
  });

  it.each([
    [{}, 2, /what to export is missing/],
    [{ otlp: 'collector:4318' }, 2, /--otlp is not a URL of HTTP/],
    [{ pyroscope: 'ftp://user:secret@host' }, 2, /--pyroscope is not a URL of HTTP/],
    [
      { format: 'heapsnapshot', output: 'x' },
      2,
      /a recording holds no heap: .*; take one from the running service/,
    ],
    [{ format: 'json', output: '/nowhere/at/all' }, 2, /cannot be written/],
  ] as const)('refuses %j', async (options, code, says) => {
    const { exitCode, stdout, stderr } = await exported(recordSlowLogin(testFolder()), options);
    expect([exitCode, stdout.length]).toEqual([code, 0]);
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain('secret');
  });

  it('never overwrites a profile', async () => {
    const folder = testFolder();
    const output = join(folder, 'of-the-incident.cpuprofile');
    writeFileSync(output, 'precious');
    const { exitCode, stderr } = await exported(recordSlowLogin(folder), { format: 'cpuprofile', output });
    expect([exitCode, readFileSync(output, 'utf8')]).toEqual([2, 'precious']);
    expect(stderr).toContain('it exists already');
  });

  it('says so where nothing of it was seen, and writes nothing', async () => {
    const folder = testFolder();
    const quiet = SLOW_LOGIN.filter(({ kind }) => kind !== 'cpu-profile' && kind !== 'allocation');
    const recording = recordSlowLogin(folder, quiet);
    const output = join(folder, 'x');
    const cpu = await exported(recording, { format: 'speedscope', output });
    const heap = await exported(recording, { format: 'heapprofile', output });
    expect([cpu.exitCode, heap.exitCode, existsSync(output)]).toEqual([4, 4, false]);
    expect(cpu.stderr).toContain('no CPU samples were taken');
    expect(heap.stderr).toContain('no allocations were read');
  });
});

const attributesOf = (attributes: readonly { key: string; value: { stringValue: string } }[] = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));

const metricOf = ({ resourceMetrics }: OtlpRequest, name: string) =>
  resourceMetrics[0]?.scopeMetrics[0]?.metrics.find((metric) => metric.name === name);

describe('sending a recording', () => {
  it('to a collector: a reading every ten seconds of the session, with the times that it had', async () => {
    const collector = await serveOtlp();
    const { exitCode, stderr } = await exported(recordSlowLogin(testFolder()), { otlp: collector.url });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(collector.requests).toHaveLength(6);
    const startedNs = `${Date.UTC(2026, 0, 31, 10)}000000`;
    const stalls = collector.requests.map((request) => metricOf(request, 'loopscope.eventloop.stalls')?.sum);
    expect(stalls.map((sum) => sum?.dataPoints[0]?.asDouble)).toEqual([10, 20, 30, 40, 50, 59]);
    for (const sum of stalls) {
      expect(sum).toMatchObject({
        isMonotonic: true,
        aggregationTemporality: 'AGGREGATION_TEMPORALITY_CUMULATIVE',
        dataPoints: [{ startTimeUnixNano: startedNs }],
      });
    }
    const agesS = stalls.map((sum) => (Number(sum?.dataPoints[0]?.timeUnixNano) - Number(startedNs)) / 1e9);
    expect(agesS.map(Math.round)).toEqual([10, 20, 30, 40, 50, 60]);
  });

  it('as what OpenTelemetry knows: resource, units, histograms with their bounds', async () => {
    const collector = await serveOtlp();
    await exported(recordSlowLogin(testFolder()), { otlp: `${collector.url}/v1/metrics/` });
    const last = collector.requests.at(-1) as OtlpRequest;
    expect(attributesOf(last.resourceMetrics[0]?.resource.attributes)).toEqual({
      'service.name': 'orders',
      'service.instance.id': 'web-1-4711',
      'host.name': 'web-1',
      'process.pid': '4711',
      'process.runtime.name': 'nodejs',
      'process.runtime.version': '22.12.0',
    });
    const duration = metricOf(last, 'http.server.request.duration');
    const login = duration?.histogram?.dataPoints.find(
      ({ attributes }) => attributesOf(attributes)['http.route'] === '/login',
    );
    expect(duration?.unit).toBe('s');
    expect(login?.count).toBe('720');
    expect(login?.bucketCounts[login.explicitBounds.indexOf(0.25)]).toBe('720');
    expect(metricOf(last, 'nodejs.eventloop.utilization')?.gauge?.dataPoints[0]?.asDouble).toBeCloseTo(
      0.55,
      1,
    );
  });

  it('sends what the URL holds of credentials as a header, and never prints them', async () => {
    const [collector, pyroscope] = [await serveOtlp(), await servePyroscope()];
    const withSecret = (url: string): string => url.replace('//', '//team:s%40cret@');
    const { stdout, stderr } = await exported(recordSlowLogin(testFolder()), {
      otlp: withSecret(collector.url),
      pyroscope: withSecret(pyroscope.url),
    });
    const authorization = `Basic ${Buffer.from('team:s@cret').toString('base64')}`;
    for (const { headers } of [collector, pyroscope]) expect(headers[0]).toMatchObject({ authorization });
    expect(stdout + stderr).not.toMatch(/s%40cret|s@cret/);
  });

  it('tries again where the collector asks for it', async () => {
    const collector = await serveOtlp([503, 200]);
    const { exitCode } = await exported(recordSlowLogin(testFolder()), {
      otlp: collector.url,
      every: 60_000,
    });
    expect(exitCode).toBe(0);
    expect(collector.requests.length).toBeGreaterThan(0);
  });

  it('says where it did not arrive, and still sends it where it can', async () => {
    const [collector, pyroscope] = [await serveOtlp([400]), await servePyroscope()];
    const { exitCode, stderr } = await exported(recordSlowLogin(testFolder()), {
      otlp: collector.url,
      pyroscope: pyroscope.url,
    });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/\/v1\/metrics: Bad Request \(400\); tried again every 10 s\n/);
    expect(stderr).toMatch(/6 of what was to be sent did not arrive at http:\S+\/v1\/metrics: Bad Request/);
    expect(pyroscope.requests).toHaveLength(6);
  });

  it('to Pyroscope: all of the profile, a part for each moment, under the name of the service', async () => {
    const pyroscope = await servePyroscope();
    const { exitCode } = await exported(
      recordSlowLogin(testFolder()),
      { pyroscope: pyroscope.url, serviceName: 'orders{}' },
      { env: { PYROSCOPE_AUTH_TOKEN: 'token' } },
    );
    expect(exitCode).toBe(0);
    const hashingMs = pyroscope.requests.map(
      ({ profile }) => (selfTimes(profile).get('pbkdf2Sync') ?? 0) / 1e6,
    );
    expect(hashingMs.reduce((sum, ms) => sum + ms, 0)).toBe(59 * 200);
    const { query } = pyroscope.requests[0] ?? {};
    expect(query?.get('name')).toBe('orders__{pid=4711,host=web-1,node=v22.12.0}');
    const startedS = Date.UTC(2026, 0, 31, 10) / 1000;
    expect([Number(query?.get('from')), Number(query?.get('until'))]).toEqual([startedS, startedS + 10]);
    expect(pyroscope.headers[0]).toMatchObject({ authorization: 'Bearer token' });
  });
});
