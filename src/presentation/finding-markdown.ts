/** A finding as Markdown, for a chat or a ticket. */
import type { Finding } from '../model/finding.ts';
import { formatPercent } from './format.ts';

export function findingMarkdown(finding: Finding): string {
  const [culprit] = finding.culprits;
  const lines = [
    `**${finding.severity.toUpperCase()}: ${finding.title}** (${formatPercent(finding.confidence)} sure)`,
    '',
    finding.impact,
  ];
  if (culprit) {
    lines.push('', `Culprit: \`${culprit.function}\` at \`${culprit.file}:${culprit.line}\``);
    lines.push('', '```', ...culprit.stack, '```');
  }
  if (finding.routes.length > 0)
    lines.push('', `Routes: ${finding.routes.map((route) => `\`${route}\``).join(', ')}`);
  if (finding.evidence.length > 0)
    lines.push('', 'Evidence:', ...finding.evidence.map((line) => `- ${line}`));
  if (finding.remedies.length > 0)
    lines.push('', 'Remedies:', ...finding.remedies.map((line) => `- ${line}`));
  return `${lines.join('\n')}\n`;
}
