/**
 * `loopscope report`: a session as one HTML page that needs nothing but itself. It loads nothing, and its policy
 * forbids it to: only the style and the script that it carries run, both known by their hashes. Without its script
 * it shows the same; the script adds zooming, sorting and the time line's cursor.
 */
import { createHash } from 'node:crypto';
import { processName } from '../presentation/header.ts';
import { createScreenData, FigureCache } from '../presentation/screen-data.ts';
import { describeVerdict, selectVerdict, sortFindings } from '../presentation/verdict.ts';
import { formatUtcMoment } from '../presentation/format.ts';
import { selectWallMs } from '../timeline/session-selectors.ts';
import { cpuSection } from './html/cpu-section.ts';
import { findingsSection } from './html/findings-section.ts';
import { markup, ownScript, ownStyle, type Markup } from './html/markup.ts';
import { memorySection } from './html/memory-section.ts';
import { pageColours } from './html/page-colours.ts';
import type { PageView } from './html/page-view.ts';
import { readinessSection } from './html/readiness-section.ts';
import { heatSection, routesSection } from './html/requests-section.ts';
import { resourcesSection } from './html/resources-section.ts';
import { footerMarkup, seenSection } from './html/seen-section.ts';
import { timelineSection } from './html/timeline-section.ts';
import { headerMarkup, verdictMarkup } from './html/verdict-section.ts';
import type { SessionReport } from './session-report.ts';

/** The page's own style and script, bundled. */
export interface PageAssets {
  readonly style: string;
  readonly script: string;
}

/** The whole page. The same session and the same assets give the same page. */
export function formatHtmlReport(input: SessionReport, assets: PageAssets): string {
  const view = viewOf(input);
  const style = pageColours() + assets.style;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(style, assets.script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="generator" content="loopscope ${input.report.loopscope}">
<title>${titleOf(view)}</title>
<link rel="icon" href="data:,">
${ownStyle(style)}
</head>
<body>
<a class="skip" href="#verdict">Skip to the verdict</a>
${headerMarkup(view)}
${NAVIGATION}
<main>
${verdictMarkup(view)}
${findingsSection(view)}
${timelineSection(view)}
${cpuSection(view)}
${routesSection(view)}
${heatSection(view)}
${memorySection(view)}
${resourcesSection(view)}
${readinessSection(view)}
${seenSection(view)}
</main>
${footerMarkup(view)}
${ownScript(assets.script)}
</body>
</html>
`.text;
}

const NAVIGATION: Markup = markup`<nav aria-label="Sections">${[
  ['verdict', 'Verdict'],
  ['findings', 'Findings'],
  ['timeline', 'Time line'],
  ['cpu', 'CPU'],
  ['routes', 'Routes'],
  ['latency', 'Latency'],
  ['memory', 'Memory'],
  ['resources', 'Resources'],
  ['readiness', 'Readiness'],
  ['seen', 'What was seen'],
].map(([id, label]) => markup`<a href="#${id ?? ''}">${label ?? ''}</a> `)}</nav>`;

function viewOf({ report, timeline, span, sourceAround }: SessionReport): PageView {
  const { findings, readiness } = report;
  const sorted = sortFindings(findings);
  const windowMs = span.toMs - span.fromMs;
  return {
    report,
    data: createScreenData(
      { timeline, findings: sorted, readiness, endMs: null, windowMs, span },
      new FigureCache(),
    ),
    scale: { span, startWallMs: selectWallMs(timeline, span.fromMs) ?? 0 },
    findings: sorted,
    sourceAround,
  };
}

/** Nothing may be loaded, sent or framed; no text becomes markup or script, not by the page's own script either. */
function policyOf(style: string, script: string): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function titleOf({ report, data, scale }: PageView): string {
  const when = formatUtcMoment(scale.startWallMs);
  return `${describeVerdict(selectVerdict(data))} · ${processName(report.target)} · ${when}`;
}
