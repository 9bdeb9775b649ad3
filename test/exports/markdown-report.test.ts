import { describe, expect, it } from 'vitest';
import { formatMarkdownReport } from '../../src/exports/markdown-report.ts';
import { findingMarkdown } from '../../src/presentation/finding-markdown.ts';
import { markdownCode, markdownTable, markdownText } from '../../src/presentation/markdown-text.ts';
import { SYNTHETIC_FINDINGS } from '../terminal/synthetic-timeline.ts';
import { blockingSession, hostileSession } from './report-session.ts';

describe('the report as Markdown', () => {
  const text = formatMarkdownReport(blockingSession());

  it('begins with the verdict, the service and the first finding with its source', () => {
    expect(text.split('\n').slice(0, 24).join('\n')).toMatchInlineSnapshot(`
      "# verifyPassword blocks the event loop for 210 ms at a time

      \`api-gateway\` pid 48213, Node v22.12.0, 2026-01-31 14:00:00 UTC, watched for 1m 10s: \`node server.js\` in \`/srv/api-gateway\`

      ## Finding 1

      **CRITICAL: verifyPassword blocks the event loop for 210 ms at a time** (97% sure)

      all 20 routes wait: 93% of the requests overlapped a stall

      Culprit: \`verifyPassword\` at \`/srv/api-gateway/src/auth/password.ts:12\`

      \`\`\`
           11    const { salt } = user;
      >    12    return pbkdf2Sync(password, salt, 1e6, 64, 'sha512');
           13  }
      \`\`\`

      \`\`\`
      verifyPassword /srv/api-gateway/src/auth/password.ts:12
      login /srv/api-gateway/src/routes/login.ts:40
      \`\`\`

      Routes: \`POST /login\`"
    `);
  });

  it('holds each finding as the screen copies it', () => {
    for (const finding of SYNTHETIC_FINDINGS.slice(1))
      expect(text).toContain(findingMarkdown(finding).trimEnd());
  });

  it('goes on with tables of figures, routes and the readiness card', () => {
    expect(text).toContain('| `POST /login` |');
    expect(text).toContain('| async-correctness | fail | see finding 1 |');
  });

  it('lets no name of the service become HTML, a link or a table cell', () => {
    const hostile = formatMarkdownReport(hostileSession());
    const outsideOfCode = hostile
      .replace(/^```[\s\S]*?^```$/gm, '')
      .replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '');
    expect(outsideOfCode).not.toMatch(/(?<!\\)<(?!\\)/);
    expect(outsideOfCode).not.toMatch(/(?<!\\)\[/);
  });
});

describe('text in Markdown', () => {
  it('keeps its own signs', () => {
    expect(markdownText('a_b <img> [x](y) #1')).toBe(String.raw`a\_b \<img\> \[x\](y) \#1`);
  });

  it('is code with a fence that nothing in it closes', () => {
    expect(markdownCode('run')).toBe('`run`');
    expect(markdownCode('a`b')).toBe('``a`b``');
    expect(markdownCode('`')).toBe('`` ` ``');
  });

  it('stays in its cell of a table', () => {
    expect(markdownTable(['a'], [['`x|y`'], [markdownText('x|y')]])).toEqual([
      '| a |',
      '| --- |',
      String.raw`| \`x\|y\` |`.replaceAll('\\`', '`'),
      String.raw`| x\|y |`,
    ]);
  });
});
