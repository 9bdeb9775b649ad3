import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatHtmlReport } from '../../src/exports/html-report.ts';
import { fromCallTree, toCallTree } from '../../src/exports/html/flame-data.ts';
import { dataScript, markup } from '../../src/exports/html/markup.ts';
import { stepPath } from '../../src/exports/html/time-scale.ts';
import { buildCallTree } from '../../src/model/call-tree.ts';
import { profileAt } from '../model/profile-text.ts';
import { ATTACKS, blockingSession, hostileSession } from './report-session.ts';

const ASSETS = { style: 'p{margin:0}', script: 'document.title' };

describe('the page of a session', () => {
  const page = formatHtmlReport(blockingSession(), ASSETS);

  it('says first what is wrong, where and what to do', () => {
    const words = page
      .slice(page.indexOf('<main>'))
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ');
    expect(words.slice(0, 700)).toContain(
      'CRITICAL 97% sure verifyPassword blocks the event loop for 210 ms at a time',
    );
    expect(words.slice(0, 700)).toContain('verifyPassword ./src/auth/password.ts:12');
    expect(words.slice(0, 700)).toContain('▶ 12 return pbkdf2Sync(');
    expect(words.slice(0, 900)).toContain('use crypto.pbkdf2 (asynchronous)');
  });

  it('has every section without a script', () => {
    const sections = [...page.matchAll(/<section class="panel" id="([^"]+)"/g)].map(([, id]) => id);
    expect(sections).toEqual([
      'findings',
      'timeline',
      'cpu',
      'routes',
      'latency',
      'memory',
      'resources',
      'readiness',
      'seen',
    ]);
    for (const text of [
      'POST</span> /login',
      'orders@db:5432',
      'async correctness',
      'renderReport',
      'remember',
    ])
      expect(page).toContain(text);
  });

  it('allows its own style and script by their hashes, and nothing else', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/
      .exec(page)?.[1]
      ?.replaceAll('&#39;', "'");
    const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64');
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    expect(policy).toContain(`script-src 'sha256-${hashOf(ASSETS.script)}';`);
    expect(policy).toContain(`style-src 'sha256-${hashOf(style)}';`);
    expect(policy).toMatch(/^default-src 'none'; /);
    expect(policy).not.toContain('unsafe');
    expect(page).not.toMatch(/ style="| on[a-z]+="/);
  });

  it('is the same for the same session', () => {
    expect(formatHtmlReport(blockingSession(), ASSETS)).toBe(page);
  });

  it('says that nothing was found where nothing was', () => {
    const healthy = formatHtmlReport(blockingSession([]), ASSETS);
    expect(healthy).toContain('nothing was found');
    expect(healthy).not.toContain('class="lanes"');
  });
});

describe('names of a service', () => {
  it('are text in the page, whatever they are', () => {
    const page = formatHtmlReport(hostileSession(), ASSETS);
    // One script of data each for the flame graph and the time line, and the page's own.
    expect(page.match(/<script/g)).toHaveLength(3);
    expect(page.match(/<style/g)).toHaveLength(1);
    expect(page).not.toMatch(/<(img|svg\/)/);
    expect(page).toContain('&lt;script&gt;window.attacked=1&lt;/script&gt;');
  });

  it('are escaped in text, in attributes and in data', () => {
    for (const attack of ATTACKS) {
      const { text } = markup`<p title="${attack}">${attack}</p>`;
      expect(text).toMatch(/^<p title="[^"<>]*">[^<>]*<\/p>$/);
      const data = dataScript('x', { attack }).text;
      expect(data.match(/</g)).toHaveLength(2);
      expect(JSON.parse(data.slice(data.indexOf('>') + 1, data.lastIndexOf('<')))).toEqual({ attack });
    }
  });
});

describe('the parts of the page', () => {
  it('carry a call tree and build it again', () => {
    const tree = buildCallTree([profileAt(0, 'main>a>hash 5ms', 'main>b>hash 3ms', 'main>b 1ms')], 0, 100);
    const again = toCallTree(JSON.parse(JSON.stringify(fromCallTree(tree))));
    expect(again.children).toEqual(
      tree.children.map((child) => expect.objectContaining({ totalMs: child.totalMs })),
    );
    expect(fromCallTree(again)).toEqual(fromCallTree(tree));
  });

  it('draw a series as steps and break where nothing was measured', () => {
    const scale = { span: { fromMs: 0, toMs: 1000 }, startWallMs: 0 };
    const series = { startMs: 0, stepMs: 250, values: [1, 2, null, 4] };
    expect(stepPath(scale, series, 4, false)).toBe('M0 75H250V50H500M750 0H1000');
    expect(stepPath(scale, series, 4, true)).toBe('M0 100V75H250V50H500V100H0ZM750 100V0H1000V100H750Z');
  });
});
