/**
 * What is exported, opened by the programs that people open it with: DevTools' parsers, speedscope in Chromium, the
 * pprof tool, a Prometheus. Needs chromium, prometheus and golang-go (Debian's names).
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { WireProfile } from '../../src/exports/profiles/cpuprofile.ts';
import type { WireHeapProfile } from '../../src/exports/profiles/heapprofile.ts';
import { serve } from '../load/local-server.ts';
import { launchChromium } from '../support/chromium.ts';
import { freePort } from '../support/free-port.ts';
import { PROGRAM } from '../support/program.ts';
import { devToolsParsers, type DevToolsNode } from './devtools-parsers.ts';

/** Logs itself in four times a second, each time some 100 ms of its loop, and forgets nobody. */
const SERVICE = `
const http = require('node:http');
const { pbkdf2Sync } = require('node:crypto');
const remembered = [];
function rememberSession(token) { remembered.push({ token, history: Array.from({ length: 1500 }, (_, i) => token + i) }); }
function derivePassword(salt) { return pbkdf2Sync('password', salt, 300_000, 32, 'sha256').toString('hex'); }
const server = http.createServer((request, response) => {
  const token = derivePassword(request.url);
  rememberSession(token);
  response.end(token);
});
server.listen(0, '127.0.0.1', () => {
  const url = 'http://127.0.0.1:' + server.address().port + '/login';
  setInterval(() => http.get(url, (answer) => answer.resume()), 250);
  console.log('ready');
});
`;

const folder = mkdtempSync(join(tmpdir(), 'loopscope-peers-'));
afterAll(() => rmSync(folder, { recursive: true }));
const exportedTo = (name: string): string => join(folder, name);
const run = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' });

beforeAll(async () => {
  const service = spawn(process.execPath, ['-e', SERVICE], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(service.stdout, 'data');
    const pid = String(service.pid);
    const recording = exportedTo('session.loopscope');
    run('record', pid, '-o', recording, '--duration', '25s');
    for (const format of ['cpuprofile', 'speedscope', 'pprof', 'heapprofile', 'prometheus']) {
      run(
        'export',
        recording,
        '--format',
        format,
        '-o',
        exportedTo(`x.${format}`),
        '--service-name',
        'logins',
      );
    }
    run('export', pid, '--format', 'heapsnapshot', '-o', exportedTo('x.heapsnapshot'));
  } finally {
    service.kill('SIGKILL');
  }
}, 180_000);

/** All nodes of a tree of DevTools'. */
const nodesOf = (node: DevToolsNode): readonly DevToolsNode[] => [node, ...node.children.flatMap(nodesOf)];

describe('Chrome DevTools', () => {
  it('reads the .cpuprofile: derivePassword has most of the time, in its flame chart and in its table', async () => {
    const { CPUProfileDataModel } = await devToolsParsers();
    const wire = JSON.parse(readFileSync(exportedTo('x.cpuprofile'), 'utf8')) as WireProfile;
    const lastedMs = (wire.endTime - wire.startTime) / 1000;
    const model = new CPUProfileDataModel(wire);
    const totals = new Map<string, number>();
    model.forEachFrame(
      () => {},
      (_depth, { functionName }, _k, _at, ms) =>
        void totals.set(functionName, (totals.get(functionName) ?? 0) + ms),
    );
    const chartMs = totals.get('derivePassword') ?? 0;
    const node = nodesOf(model.profileHead).find(({ functionName }) => functionName === 'derivePassword');
    expect(chartMs).toBeGreaterThan(lastedMs * 0.1);
    expect((node?.total ?? 0) / chartMs).toBeGreaterThan(0.8);
    expect((node?.total ?? 0) / chartMs).toBeLessThan(1.2);
  });

  it('reads the .heapprofile: rememberSession allocates what lives', async () => {
    const { SamplingHeapProfileModel } = await devToolsParsers();
    const wire = JSON.parse(readFileSync(exportedTo('x.heapprofile'), 'utf8')) as WireHeapProfile;
    const model = new SamplingHeapProfileModel(wire);
    const node = nodesOf(model.root).find(({ functionName }) => functionName === 'rememberSession');
    expect(node?.total).toBeGreaterThan(model.total / 3);
  });

  it('reads the .heapsnapshot', async () => {
    const { HeapSnapshotLoader } = await devToolsParsers();
    const loader = new HeapSnapshotLoader({ sendEvent: () => {} });
    const text = readFileSync(exportedTo('x.heapsnapshot'), 'utf8');
    for (let at = 0; at < text.length; at += 1_000_000) loader.write(text.slice(at, at + 1_000_000));
    loader.close();
    await loader.parsingComplete;
    expect(text).toContain('rememberSession');
  });
});

describe('speedscope', () => {
  it.each(['speedscope', 'cpuprofile'])('shows the culprit of the .%s', async (format) => {
    const release = join(
      dirname(createRequire(import.meta.url).resolve('speedscope/package.json')),
      'dist/release',
    );
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    const faults: string[] = [];
    page.on('pageerror', (fault) => faults.push(fault.message));
    const source = readFileSync(exportedTo(`x.${format}`)).toString('base64');
    const script = exportedTo(`${format}.js`);
    writeFileSync(script, `speedscope.loadFileFromBase64("x.${format}", "${source}")`);
    await page.goto(`file://${release}/index.html#localProfilePath=${script}`);
    await page.getByText('Sandwich').click();
    // The list draws the rows that are in sight: by what functions and their calls take, the culprit is one of them.
    await page.getByText('Total', { exact: true }).click();
    const row = page.locator('tr', { hasText: 'derivePassword' }).first();
    await row.waitFor();
    expect(await row.textContent()).toMatch(/\([1-9]\d(\.\d+)?%\).*derivePassword/s);
    await row.click();
    await page.screenshot({ path: screenshotPath(format) });
    expect(faults).toEqual([]);
  });
});

/** Beside other caches, so that somebody can look at them. */
function screenshotPath(format: string): string {
  const home = join(import.meta.dirname, '../../node_modules/.cache/exports');
  mkdirSync(home, { recursive: true });
  return join(home, `${format}-in-speedscope.png`);
}

describe('the pprof tool', () => {
  it('ranks derivePassword by what it and its calls take', () => {
    const top = execFileSync('go', ['tool', 'pprof', '-top', '-cum', exportedTo('x.pprof')], {
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
    });
    expect(top).toMatch(/^Type: cpu$/m);
    expect(top).toMatch(/^.* (\d\d)(\.\d+)?% +derivePassword$/m);
  });
});

describe('Prometheus', () => {
  it('finds nothing to mend in the text but names of OpenTelemetry that end in _count', () => {
    const { stdout, stderr } = promtool(readFileSync(exportedTo('x.prometheus')));
    expect(stderr).toBe('');
    const doubts = stdout.split('\n').filter((line) => line !== '');
    expect(doubts.filter((line) => !/^(process|db_client)_\w+_count .* "_count" suffix$/.test(line))).toEqual(
      [],
    );
  });

  it('scrapes it and answers what the 99th percentile of a route is, and what is wrong', async () => {
    const text = readFileSync(exportedTo('x.prometheus'));
    const origin = await serve((_request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(text);
    });
    const query = await startPrometheus(new URL(origin).host);
    const p99 = await answered(() =>
      query(
        'histogram_quantile(0.99, sum by (le, http_route) (http_server_request_duration_seconds_bucket))',
      ),
    );
    expect(p99.metric).toEqual({ http_route: '/login' });
    expect(Number(p99.value[1])).toBeGreaterThan(0.01);
    const finding = await answered(() =>
      query('loopscope_finding_confidence_ratio{kind="event-loop-blocked"}'),
    );
    expect(finding.metric).toMatchObject({ code_function_name: 'derivePassword', service_name: 'logins' });
  });
});

function promtool(text: Buffer): { readonly stdout: string; readonly stderr: string } {
  try {
    return {
      stdout: execFileSync('promtool', ['check', 'metrics'], { input: text, stdio: 'pipe' }).toString(),
      stderr: '',
    };
  } catch (fault) {
    // It exits with 3 where it would name something otherwise, and says that on stderr.
    const { stdout, stderr, status } = fault as { stdout: Buffer; stderr: Buffer; status: number };
    return status === 3
      ? { stdout: `${stdout.toString()}${stderr.toString()}`, stderr: '' }
      : { stdout: '', stderr: stderr.toString() };
  }
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A Prometheus that scrapes one target every second, gone after the test. Answers queries. */
async function startPrometheus(target: string): Promise<(query: string) => Promise<readonly Series[]>> {
  const home = mkdtempSync(join(tmpdir(), 'loopscope-prometheus-'));
  const config = join(home, 'prometheus.yml');
  writeFileSync(
    config,
    `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: loopscope, static_configs: [{ targets: ['${target}'] }] }]\n`,
  );
  const address = `127.0.0.1:${await freePort()}`;
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${home}/data`,
    `--web.listen-address=${address}`,
  ];
  const server = spawn('prometheus', flags, { stdio: 'ignore' });
  const exited = once(server, 'exit');
  onTestFinished(async () => {
    server.kill('SIGKILL');
    await exited;
    rmSync(home, { recursive: true, force: true });
  });
  return async (query) => {
    const answer = await fetch(`http://${address}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
    const { data } = (await answer.json()) as { readonly data: { readonly result: readonly Series[] } };
    return data.result;
  };
}

/** The first series once there is one: the server starts, and then it scrapes. */
async function answered(ask: () => Promise<readonly Series[]>): Promise<Series> {
  return await expect
    .poll(async () => (await ask().catch(() => []))[0], { timeout: 60_000, interval: 250 })
    .toBeDefined()
    .then(async () => (await ask())[0] as Series);
}
