/** The top of the page: which service, when, and the one thing that the reader came for. */
import { formatBytes, formatCount, formatDuration, formatUtcMoment } from '../../presentation/format.ts';
import { selectHeader } from '../../presentation/header.ts';
import { selectSymptoms, type Symptom } from '../../presentation/symptoms.ts';
import { selectVerdict, type Verdict } from '../../presentation/verdict.ts';
import { assertNever } from '../../shared/result.ts';
import { findingArticle } from './finding-article.ts';
import { markup, type Content, type Markup } from './markup.ts';
import { findingAnchor, type PageView } from './page-view.ts';
import { markClass, markSign, type Mark } from './panel.ts';
import { round } from './time-scale.ts';

export function headerMarkup({ data, report, scale }: PageView): Markup {
  const { name, target, uptimeMs, state } = selectHeader(data, false);
  const facts: readonly (string | null)[] = [
    `pid ${report.target.pid}${target ? ` on ${target.hostname}` : ''}`,
    `Node ${report.target.node}`,
    uptimeMs === null ? null : `up ${formatDuration(uptimeMs)}`,
    `${formatCount(report.target.cores)} cores`,
    target?.heapLimitBytes ? `heap limit ${formatBytes(target.heapLimitBytes)}` : null,
    target?.cgroupMemoryLimitBytes ? `container limit ${formatBytes(target.cgroupMemoryLimitBytes)}` : null,
  ];
  const ended = state.kind === 'ended' || state.kind === 'lost' ? state : null;
  return markup`<header class="page-head">
<p class="title-line"><span class="brand">loopscope</span> <b class="service">${name}</b> <span class="facts">${facts
    .filter((fact) => fact !== null)
    .map((fact) => markup`<span>${fact}</span> `)}</span></p>
<p class="facts"><span>${report.target.command}</span> <span>in ${report.target.cwd}</span></p>
<p class="facts"><span><time datetime="${report.window.startedAt}">${formatUtcMoment(scale.startWallMs)}</time>, watched for ${formatDuration(report.window.durationMs)}</span></p>
${ended && markup`<p class="ended">${markSign('critical')} ${ended.kind === 'ended' ? 'The service ended' : 'The connection was lost'}: ${ended.how ?? 'nobody knows how'}</p>`}
</header>
`;
}

export function verdictMarkup(view: PageView): Markup {
  return markup`<div class="verdict" id="verdict">${verdictBody(view, selectVerdict(view.data))}</div>
${tilesMarkup(view)}`;
}

function verdictBody(view: PageView, verdict: Verdict): Markup {
  switch (verdict.kind) {
    case 'finding':
      return markup`${findingArticle(view, verdict.finding, 1, true)}${othersMarkup(view)}`;
    case 'blocked':
      return markup`${sentence('critical', 'BLOCKED', verdict.headline, [verdict.where, verdict.detail])}${othersMarkup(view, 0)}`;
    case 'ended':
      return sentence('critical', 'ENDED', 'The service ended', [verdict.how]);
    case 'lost':
      return sentence('critical', 'LOST', 'The connection was lost', [verdict.how]);
    case 'unexplained':
      return sentence('warning', 'UNEXPLAINED', 'Slow, and nothing found that explains it', [
        verdict.because,
      ]);
    case 'healthy':
      return sentence('ok', 'HEALTHY', 'Nothing found', [`watched for ${formatDuration(verdict.forMs)}`]);
    case 'watching':
      return sentence(
        'unknown',
        'TOO LITTLE SEEN',
        'Nothing found, and too little was seen to say that all is well',
        [`watched for ${formatDuration(verdict.forMs)}`],
      );
    default:
      return assertNever(verdict);
  }
}

function sentence(mark: Mark, label: string, headline: string, details: readonly string[]): Markup {
  return markup`<article class="finding leads ${markClass(mark)}"><p class="finding-head"><span class="badge ${markClass(mark)}">${markSign(mark)} ${label}</span></p>
<h1>${headline}</h1>${details.filter((detail) => detail !== '').map((detail) => markup`<p class="impact">${detail}</p>`)}</article>`;
}

/** What else was found, each a way to it. */
function othersMarkup({ findings }: PageView, shown = 1): Markup | null {
  if (findings.length <= shown) return null;
  const links = findings
    .slice(shown)
    .map(
      ({ severity, title }, index): Content =>
        markup`<li>${markSign(severity)} <a href="#${findingAnchor(shown + index + 1)}">${title}</a></li>`,
    );
  return markup`<ul class="others-found">${links}</ul>`;
}

/** Values in the past of a symptom. */
const SPARKS = 40;

function tilesMarkup({ data }: PageView): Markup {
  return markup`<ul class="tiles">${selectSymptoms(data, SPARKS).map(
    (symptom) =>
      markup`<li class="tile ${markClass(symptom.level)}"><span class="tile-title">${symptom.title} ${markSign(symptom.level)}</span>
<b>${symptom.value}</b> <span class="dim">${symptom.aside}</span>${sparkline(symptom)}</li>
`,
  )}</ul>
`;
}

function sparkline({ values, max, levelOf }: Symptom): Markup {
  const top = max ?? Math.max(1e-9, ...values.map((value) => value ?? 0));
  const width = 100 / values.length;
  const bars = values.map((value, index) => {
    if (value === null) return null;
    const height = round(Math.max(1, Math.min(1, value / top) * 100));
    return markup`<rect class="${markClass(levelOf(value))}" x="${round(index * width)}" y="${round(100 - height)}" width="${round(width * 0.86)}" height="${height}"/>`;
  });
  return markup`<svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>`;
}
