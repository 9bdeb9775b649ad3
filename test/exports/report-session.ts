/** Sessions for tests of the report: the synthetic service of the screens, and one whose every name is an attack. */
import { build } from 'esbuild';
import { join } from 'node:path';
import type { PageAssets } from '../../src/exports/html-report.ts';
import { createReport } from '../../src/exports/json-report.ts';
import type { SessionReport } from '../../src/exports/session-report.ts';
import type { Finding } from '../../src/model/finding.ts';
import { SESSION_START_MS, SYNTHETIC_FINDINGS, SYNTHETIC_READINESS } from '../terminal/synthetic-timeline.ts';
import { syntheticTimeline } from '../views/synthetic-view.ts';
import { frame, requests, session, timelineOf } from '../timeline/event-text.ts';
import { profileAt } from '../model/profile-text.ts';

const SOURCE = [
  { line: 11, text: '  const { salt } = user;' },
  { line: 12, text: "  return pbkdf2Sync(password, salt, 1e6, 64, 'sha512');" },
  { line: 13, text: '}' },
];

/** 70 seconds of a service whose login blocks the loop; its pool is empty, its heap grows. */
export function blockingSession(findings: readonly Finding[] = SYNTHETIC_FINDINGS): SessionReport {
  const timeline = syntheticTimeline();
  const span = { fromMs: SESSION_START_MS, toMs: timeline.latestMs ?? 0 };
  const diagnosis = { findings, readiness: SYNTHETIC_READINESS };
  return {
    report: createReport(timeline, span, diagnosis, '0.1.0'),
    timeline,
    span,
    sourceAround: (file) => (file.endsWith('password.ts') ? SOURCE : []),
  };
}

/** What passes the sanitiser (it is all printable) and would run or break out where text is not escaped. */
export const ATTACKS = [
  '<script>window.attacked=1</script>',
  '"><img/src=x/onerror=window.attacked=1>',
  "'/onmouseover='window.attacked=1'/x='",
  '</script><script>window.attacked=1</script>',
  '</style><style>body{display:none}</style>',
  '<!--<svg/onload=window.attacked=1>',
  '${window.attacked=1}{{attacked}}',
  ']]>`|*_~#[a](javascript:window.attacked=1)&lt;b&gt;',
] as const;

const attack = (index: number): string => ATTACKS[index % ATTACKS.length] as string;

/** Every name that a service can give is an attack: command, folders, routes, functions, pools, peers, gaps. */
export function hostileSession(): SessionReport {
  const atMs = 110_000;
  const timeline = timelineOf(
    session({ command: `node ${attack(0)}`, cwd: `/srv/${attack(1)}`, hostname: attack(2), node: attack(3) }),
    ATTACKS.flatMap((each) =>
      requests(`GET /${each.replaceAll(' ', '')}`, { perSecond: 3, latencyMs: 20, seconds: 10 }),
    ),
    [
      hostileProfile(),
      ...ATTACKS.map((each) => ({
        kind: 'gap' as const,
        atMs,
        signal: 'memory' as const,
        reason: each,
        lost: 1,
      })),
      {
        kind: 'pools',
        atMs,
        pools: ATTACKS.map((each, index) => ({
          id: each,
          driver: each,
          name: each,
          max: 1,
          active: 1,
          idle: 0,
          waiting: 3,
          longestHeldMs: 5,
          longestWaitMs: 5,
          medianHeldMs: 5,
          holders: [
            {
              heldMs: 5,
              takenBy: [{ ...frame('f'), function: attack(index), file: attack(index) }],
              route: each,
              busy: false,
            },
          ],
        })),
      },
      { kind: 'connection', atMs, state: 'ended', how: attack(4) },
    ],
  );
  const findings = ATTACKS.map(hostileFinding);
  const readiness = SYNTHETIC_READINESS.map((check, index) => ({ ...check, because: attack(index) }));
  const span = { fromMs: 100_000, toMs: atMs };
  return {
    report: createReport(timeline, span, { findings, readiness }, '0.1.0'),
    timeline,
    span,
    sourceAround: () => ATTACKS.map((text, index) => ({ line: index + 1, text })),
  };
}

function hostileProfile() {
  const profile = profileAt(101_000, 'a>b>c 100ms', 'a>d 50ms', 'e>f 50ms', 'g 20ms');
  return {
    ...profile,
    frames: profile.frames.map((each, index) => ({
      ...each,
      function: attack(index),
      file: `/${attack(index)}`,
      package: attack(index),
    })),
  };
}

function hostileFinding(text: string, index: number): Finding {
  const culprit = {
    function: text,
    file: `/srv/${text}`,
    line: index + 1,
    column: 1,
    package: text,
    share: 1,
    selfMs: 1,
    totalMs: 1,
    certainty: 'exact' as const,
    stack: [text, text],
  };
  return {
    id: `${index}`,
    kind: 'event-loop-blocked',
    cause: 'cpu',
    severity: index % 2 === 0 ? 'critical' : 'warning',
    confidence: 1,
    title: text,
    impact: text,
    culprits: [culprit, culprit],
    routes: [text],
    evidence: [text],
    remedies: [text],
  };
}

/** The page's style and script, bundled as the program carries them. */
export async function bundlePageAssets(): Promise<PageAssets> {
  const folder = join(import.meta.dirname, '..', '..', 'src', 'exports', 'html', 'page');
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'page-script.ts'), join(folder, 'page.css')],
    outdir: 'unwritten',
    bundle: true,
    minify: true,
    format: 'iife',
    write: false,
  });
  const text = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return { script: text('.js'), style: text('.css') };
}
