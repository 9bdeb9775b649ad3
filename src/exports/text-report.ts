/**
 * The report as a person reads it, 80 columns wide: the verdict first, then the findings with what to do, the
 * readiness card, the figures. The same words with colours or without, with signs of Unicode or of ASCII.
 *
 *   x 1 critical finding in 10 s
 *
 *   x CRITICAL 1. derivePassword blocks the event loop for 198 ms at a time
 *     at       derivePassword ./auth.js:12
 *     routes   POST /login
 */
import { styleText } from 'node:util';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import {
  compareSeverity,
  type Culprit,
  type Finding,
  type ReadinessCheck,
  type Severity,
} from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { formatCulpritPlace } from '../presentation/culprit-place.ts';
import { formatCount, formatMs, formatShare } from '../shared/quantity.ts';
import { figureRows } from './text-report-figures.ts';

const COLUMNS = 80;
const LABEL_COLUMNS = 10;

/** Which Node it is stands beside it; where it is installed says nothing. */
const NODE_PATH = /^\S*\/node(?=\s)/;

type Mark = Severity | ReadinessCheck['verdict'];
type Colour = 'red' | 'yellow' | 'green' | 'cyan' | 'gray';

interface Sign {
  readonly unicode: string;
  readonly ascii: string;
  readonly colour: Colour;
}

/** Each has a sign as well as a colour. */
const SIGNS: Readonly<Record<Mark, Sign>> = {
  critical: { unicode: '✖', ascii: 'x', colour: 'red' },
  warning: { unicode: '▲', ascii: '!', colour: 'yellow' },
  info: { unicode: '•', ascii: '*', colour: 'cyan' },
  fail: { unicode: '✖', ascii: 'x', colour: 'red' },
  warn: { unicode: '▲', ascii: '!', colour: 'yellow' },
  pass: { unicode: '✔', ascii: '+', colour: 'green' },
  unknown: { unicode: '?', ascii: '?', colour: 'gray' },
};

/** Where the text goes; a terminal says itself how many colours it has, and heeds NO_COLOR. */
export interface TextSurroundings {
  readonly stdout: {
    readonly isTTY?: boolean | undefined;
    hasColors?(count: number, env: NodeJS.ProcessEnv): boolean;
  };
  readonly env: NodeJS.ProcessEnv;
}

export interface TextOptions {
  readonly ascii?: boolean;
}

export interface Pen {
  readonly sign: (mark: Mark) => string;
  readonly colour: (mark: Mark, text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

/** Ends with a newline. */
export function formatTextReport(
  report: Report,
  surroundings: TextSurroundings,
  options: TextOptions = {},
): string {
  const pen = createPen(surroundings, options.ascii === true);
  const blocks = [
    headLines(report, pen),
    ...report.findings.map((finding, index) => findingLines(finding, index + 1, report.target.cwd, pen)),
    readinessLines(report, pen),
    [pen.strong('Figures'), ...figureRows(report).flatMap(([label, text]) => labelled(label, text, pen))],
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

export function createPen({ stdout, env }: TextSurroundings, ascii: boolean): Pen {
  // 16 colours are what styleText uses.
  const coloured = stdout.isTTY === true && (stdout.hasColors?.(16, env) ?? false);
  const paint = (format: Colour | 'bold', text: string): string =>
    coloured ? styleText(format, text, { validateStream: false }) : text;
  return {
    sign: (mark) => paint(SIGNS[mark].colour, ascii ? SIGNS[mark].ascii : SIGNS[mark].unicode),
    colour: (mark, text) => paint(SIGNS[mark].colour, text),
    strong: (text) => paint('bold', text),
    faint: (text) => paint('gray', text),
  };
}

function headLines(report: Report, pen: Pen): readonly string[] {
  const { target, window, findings } = report;
  const [worst] = findings.toSorted(compareSeverity);
  const watched = `pid ${target.pid}, Node ${target.node}, watched for ${formatMs(window.durationMs)}: ${target.command.replace(NODE_PATH, 'node')}`;
  const verdict = worst
    ? wrap(`${pen.sign(worst.severity)} `, pen.strong(countsOf(findings)))
    : wrap(...nothingFound(report, pen));
  return [...verdict, ...wrap('', pen.faint(watched))];
}

function nothingFound(report: Report, pen: Pen): readonly [prefix: string, text: string] {
  return enoughSeen(report)
    ? [`${pen.sign('pass')} `, pen.strong('Nothing found.')]
    : [
        `${pen.sign('unknown')} `,
        pen.strong('Nothing found, but too little was seen to say that all is well.'),
      ];
}

/** Without traffic the most important check cannot be made. */
function enoughSeen({ readiness }: Report): boolean {
  return readiness.find(({ check }) => check === 'async-correctness')?.verdict === 'pass';
}

export function countsOf(findings: readonly Finding[]): string {
  const count = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const [critical, warning, info] = [count('critical'), count('warning'), count('info')];
  return [
    ...(critical > 0 ? [formatCount(critical, 'critical finding')] : []),
    ...(warning > 0 ? [formatCount(warning, 'warning')] : []),
    ...(info > 0 ? [formatCount(info, 'note')] : []),
  ].join(', ');
}

/** @param cwd folder of the service: places inside it are shown relative to it */
export function findingLines(finding: Finding, number: number, cwd: string, pen: Pen): readonly string[] {
  const title = `${pen.colour(finding.severity, finding.severity.toUpperCase())} ${pen.strong(`${number}. ${finding.title}`)}`;
  return [
    ...wrap(`${pen.sign(finding.severity)} `, title),
    ...finding.culprits
      .slice(0, 3)
      .flatMap((culprit, index) => labelled(index === 0 ? 'at' : '', placeOf(culprit, cwd), pen)),
    ...(finding.routes.length > 0 ? labelled('routes', finding.routes.join(', '), pen) : []),
    ...labelled('impact', finding.impact, pen),
    ...list('evidence', [...finding.evidence, `${formatShare(finding.confidence)} sure`], pen),
    ...list('remedy', finding.remedies, pen),
  ];
}

function placeOf(culprit: Culprit, cwd: string): string {
  const owner = culprit.package === null ? '' : ` (package ${culprit.package})`;
  return `${culprit.function} ${formatCulpritPlace(culprit, cwd)}${owner}`;
}

export function readinessLines(
  { readiness, findings }: Pick<Report, 'readiness' | 'findings'>,
  pen: Pen,
): readonly string[] {
  const numberOf = (id: string): number => findings.findIndex((finding) => finding.id === id) + 1;
  return [
    pen.strong('Readiness'),
    ...readiness.flatMap(({ check, verdict, because, findings: against }) => {
      // The sentence stands above, in the finding itself.
      const reason = against.length > 0 ? `see ${against.map(numberOf).join(', ')} above` : because;
      return wrap(`  ${pen.sign(verdict)} ${pen.colour(verdict, verdict.padEnd(7))} `, `${check}: ${reason}`);
    }),
  ];
}

/** The first under its label, the others below it. */
function list(label: string, items: readonly string[], pen: Pen): readonly string[] {
  return items.flatMap((item, index) =>
    wrap(`  ${pen.faint((index === 0 ? label : '').padEnd(LABEL_COLUMNS))}- `, item),
  );
}

export function labelled(label: string, text: string, pen: Pen): readonly string[] {
  return wrap(`  ${pen.faint(label.padEnd(LABEL_COLUMNS))}`, text);
}

/** Lines of at most 80 columns; the second and later ones stand under the first one's text. */
export function wrap(prefix: string, text: string): readonly string[] {
  const indent = stringWidth(prefix);
  const lines = wrapAnsi(text, COLUMNS - indent, { hard: true }).split('\n');
  return lines.map((line, index) => (index === 0 ? prefix : ' '.repeat(indent)) + line);
}
