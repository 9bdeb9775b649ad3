/** Runs `loopscope check` on a service under load, and compares what it says with what the catalogue expects. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Finding } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import { runLoad } from '../../src/load/run-load.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { nodeBinary } from '../node-versions.ts';
import type { ServiceUnderTest } from './catalogue.ts';
import type { ExpectedFinding } from './expected-finding.ts';
import { startService, type StartOptions } from './start-service.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'loopscope.js');
/** Load before the check attaches: a service in trouble has been so for a while. */
const LEAD_MS = 1_500;
/** Attaching, leaving and the report, on a machine that is busy. */
const ASIDE_MS = 20_000;

export interface CheckOptions extends StartOptions {
  /** How long loopscope watches. */
  readonly durationMs: number;
  readonly strength?: 'full' | 'light';
  /** Major version of Node that loopscope runs on; default is the one that runs the tests. */
  readonly loopscopeNode?: number;
}

export interface Judgement {
  readonly missed: readonly ExpectedFinding[];
  /** Warnings and worse that the catalogue does not expect: a wrong blame. */
  readonly wrong: readonly Finding[];
  readonly report: Report;
}

/** Starts the service, loads it, checks it. A check that fails to attach or to print a report throws. */
export async function checkService(service: ServiceUnderTest, options: CheckOptions): Promise<Judgement> {
  const running = await startService(service, options);
  const loadEnd = new AbortController();
  const plan = running.plan(LEAD_MS + options.durationMs + ASIDE_MS, options.strength);
  const load = runLoad(plan, { clock: systemClock, signal: loadEnd.signal });
  await new Promise((resolve) => setTimeout(resolve, LEAD_MS));
  const { loopscopeNode } = options;
  const node = loopscopeNode === undefined ? process.execPath : await nodeBinary(loopscopeNode);
  const report = await check(node, running.pid, options.durationMs);
  loadEnd.abort();
  await load;
  return judge(options.mended === true ? [] : service.expected, report);
}

function check(node: string, pid: number, durationMs: number): Promise<Report> {
  const args = [
    PROGRAM,
    'check',
    String(pid),
    '--json',
    '--fail-on',
    'never',
    '--duration',
    `${durationMs}ms`,
  ];
  return new Promise((resolve, reject) => {
    const limits = { timeout: durationMs + ASIDE_MS, maxBuffer: 1 << 26 };
    execFile(node, args, limits, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as Report);
      else reject(new Error(`check ended with ${error.code}: ${stderr}`));
    });
  });
}

/** Which expected findings the report lacks, and which it should not have. */
export function judge(expected: readonly ExpectedFinding[], report: Report): Judgement {
  const serious = report.findings.filter(({ severity }) => severity !== 'info');
  return {
    missed: expected.filter((each) => !serious.some((finding) => fits(finding, each))),
    wrong: serious.filter((finding) => !expected.some(({ kind }) => kind === finding.kind)),
    report,
  };
}

function fits(finding: Finding, { kind, causes, culprit, route }: ExpectedFinding): boolean {
  if (finding.kind !== kind || !causes.includes(finding.cause)) return false;
  if (route !== null && !finding.routes.includes(route)) return false;
  const [first] = finding.culprits;
  return (
    culprit === null ||
    (first?.function === culprit.function &&
      first.file === culprit.file &&
      first.line >= culprit.firstLine &&
      first.line <= culprit.lastLine)
  );
}

/** One line for a table or a failure: what was missed, and what was said instead. */
export function formatJudgement({ missed, wrong, report }: Judgement): string {
  const said = report.findings.map(({ kind, cause, severity, culprits, routes }) => {
    const [first] = culprits;
    const place =
      first === undefined ? '' : ` ${first.function} ${first.file.split('/').at(-1)}:${first.line}`;
    return `${severity} ${kind}/${cause}${place} [${routes.join(', ')}]`;
  });
  const lacks = missed.map(
    ({ kind, causes, culprit, route }) =>
      `${kind}/${causes.join('|')} ${culprit?.function ?? ''} ${route ?? ''}`,
  );
  return `missed: ${lacks.join('; ') || 'none'}; wrong: ${wrong.length}; said: ${said.join('; ') || 'nothing'}`;
}
