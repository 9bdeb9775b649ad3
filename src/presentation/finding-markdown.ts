/** A finding as Markdown, for a chat or a ticket. */
import type { Culprit, Finding } from '../model/finding.ts';
import { formatPercent } from './format.ts';
import { markdownBlock, markdownCode, markdownText } from './markdown-text.ts';

interface NumberedLine {
  readonly line: number;
  readonly text: string;
}

/** @param source the lines around the culprit, where they are known */
export function findingMarkdown(finding: Finding, source: readonly NumberedLine[] = []): string {
  const { severity, title, confidence, impact, routes, evidence, remedies } = finding;
  const [culprit] = finding.culprits;
  const lines = [
    `**${severity.toUpperCase()}: ${markdownText(title)}** (${formatPercent(confidence)} sure)`,
    '',
    markdownText(impact),
    ...(culprit ? culpritLines(culprit, source) : []),
    ...(routes.length > 0 ? ['', `Routes: ${routes.map(markdownCode).join(', ')}`] : []),
    ...list('Evidence', evidence),
    ...list('Remedies', remedies),
  ];
  return `${lines.join('\n')}\n`;
}

function culpritLines(culprit: Culprit, source: readonly NumberedLine[]): readonly string[] {
  const place = markdownCode(`${culprit.file}:${culprit.line}`);
  const shown = source.map(
    ({ line, text }) => `${line === culprit.line ? '>' : ' '} ${String(line).padStart(5)}  ${text}`,
  );
  return [
    '',
    `Culprit: ${markdownCode(culprit.function)} at ${place}`,
    ...(shown.length > 0 ? ['', ...markdownBlock(shown)] : []),
    '',
    ...markdownBlock(culprit.stack),
  ];
}

function list(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : ['', `${title}:`, ...items.map((item) => `- ${markdownText(item)}`)];
}
