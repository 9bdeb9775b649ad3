/**
 * Text of a service in Markdown: none of it may become formatting, a link or HTML.
 *
 *   markdownText('a_b <img>')  -> 'a\_b \<img\>'      markdownCode('a`b') -> '`` a`b ``'
 */

/** For the middle of a line. */
export const markdownText = (text: string): string => text.replace(/[\\`*_[\]<>|~#&]/g, String.raw`\$&`);

/** A name as code; its fence is longer than any run of backticks in it. */
export function markdownCode(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1);
  const padding = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${text}${padding}${fence}`;
}

/** Lines as a block of code. */
export function markdownBlock(lines: readonly string[]): readonly string[] {
  const fence = '`'.repeat(Math.max(3, ...lines.map((line) => longestRun(line) + 1)));
  return [fence, ...lines, fence];
}

/** Rows below a heading; cells are Markdown already. A bar in one, in code too, would end its cell. */
export function markdownTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, String.raw`\|`)).join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)];
}

const longestRun = (text: string): number =>
  Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
