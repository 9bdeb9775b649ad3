import axe from 'axe-core';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatHtmlReport, type PageAssets } from '../../src/exports/html-report.ts';
import type { SessionReport } from '../../src/exports/session-report.ts';
import { launchChromium } from '../support/chromium.ts';
import { blockingSession, bundlePageAssets, hostileSession } from './report-session.ts';

const folder = mkdtempSync(join(tmpdir(), 'loopscope-report-'));
let browser: Browser;
let assets: PageAssets;

beforeAll(async () => {
  [browser, assets] = await Promise.all([launchChromium(), bundlePageAssets()]);
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface OpenPage {
  readonly page: Page;
  /** What the browser complained of: errors, and what the page's policy stopped. */
  readonly complaints: readonly string[];
  /** Everything that was asked for besides the page itself. */
  readonly requests: readonly string[];
}

async function open(session: SessionReport, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const path = join(folder, 'report.html');
  writeFileSync(path, formatHtmlReport(session, assets));
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(path).href);
  return {
    page,
    complaints,
    requests: requests.filter((url) => !url.endsWith('/report.html') && !url.startsWith('data:')),
  };
}

/** The element that has the focus, as a person would name it. */
const focused = (page: Page): Promise<string> =>
  page.evaluate('document.activeElement.id || document.activeElement.textContent.trim()');

async function tabTo(page: Page, id: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    if ((await focused(page)) === id) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${id} was not reached with the keyboard`);
}

describe('the page in a browser', () => {
  it('shows every section, complains of nothing and asks for nothing', async () => {
    const { page, complaints, requests } = await open(blockingSession());
    for (const id of [
      'verdict',
      'findings',
      'timeline',
      'cpu',
      'routes',
      'latency',
      'memory',
      'resources',
      'readiness',
      'seen',
    ]) {
      const box = await page.locator(`#${id}`).boundingBox();
      expect(box?.height, id).toBeGreaterThan(60);
    }
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    await page.context().close();
  });

  it('shows the same without a script', async () => {
    const { page } = await open(blockingSession(), { javaScriptEnabled: false });
    expect(await page.locator('#flame .block').count()).toBeGreaterThan(20);
    expect(await page.locator('#flame-controls').isVisible()).toBe(false);
    expect(await page.locator('#timeline .line').count()).toBeGreaterThan(5);
    await page.context().close();
  });

  it('is at most a megabyte beside its data', () => {
    const html = formatHtmlReport(blockingSession(), assets);
    const data = [...html.matchAll(/<script type="application\/json"[^>]*>[^<]*/g)].join('').length;
    expect(html.length - data).toBeLessThan(1_000_000);
    expect(assets.script.length + assets.style.length).toBeLessThan(60_000);
  });

  it('is used with the keyboard alone: flame graph, search, sorting, time line', async () => {
    const { page, complaints } = await open(blockingSession());
    const detail = page.locator('#flame-detail');
    await tabTo(page, 'moment-range');
    await page.keyboard.press('Home');
    expect(await page.locator('#moment').textContent()).toMatch(/^14:00:00 event-loop delay p99 /);

    await tabTo(page, 'flame');
    expect(await detail.textContent()).toMatch(/^verifyPassword .* called by login/);
    await page.keyboard.press('ArrowUp');
    expect(await detail.textContent()).toMatch(/^login /);
    await page.keyboard.press('ArrowRight');
    expect(await detail.textContent()).toMatch(/^renderReport /);
    await page.keyboard.press('Enter');
    expect(await page.locator('#flame .selected').getAttribute('width')).toBe('100.000%');
    await page.keyboard.press('Home');
    expect(await page.locator('#flame .selected').getAttribute('width')).not.toBe('100.000%');

    await page.keyboard.press('/');
    await page.keyboard.type('maprow');
    expect(await page.locator('#flame-found').textContent()).toMatch(/^1 match, /);
    await page.keyboard.press('Enter');
    expect(await detail.textContent()).toMatch(/^mapRow /);
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe('flame');
    await page.keyboard.press('i');
    expect(await detail.textContent()).toContain(' calls ');

    const firstRoute = page.locator('#routes tbody tr').first();
    await tabTo(page, 'Errors');
    await page.keyboard.press('Enter');
    expect(await firstRoute.textContent()).toContain('/inventory');
    expect(await page.locator('#routes th[aria-sort]').textContent()).toBe('Errors');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each([
    ['in the dark', { colorScheme: 'dark' }],
    ['in the light', { colorScheme: 'light' }],
    ['on a phone', { colorScheme: 'dark', viewport: { width: 390, height: 844 } }],
  ] as const)('is accessible %s', async (_, options) => {
    // The checker is put into the page from outside: the page itself lets in nothing.
    const { page } = await open(blockingSession(), { ...options, bypassCSP: true });
    await page.evaluate(axe.source);
    const violations: unknown = await page.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html, nodes[0].failureSummary]))',
    );
    expect(violations).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await page.context().close();
  });

  it('is printed on white with everything open', async () => {
    const { page } = await open(blockingSession(), { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.locator('details:not([open])').count()).toBe(0);
    expect(await page.locator('nav').isVisible()).toBe(false);
    await page.context().close();
  });
});

describe('a page whose every name is an attack', () => {
  it('shows them as text: nothing runs, no element is made', async () => {
    const { page, complaints, requests } = await open(hostileSession());
    await page.locator('#flame').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('#flame-search').fill('<img');
    expect(await page.evaluate('window.attacked')).toBeUndefined();
    expect(await page.locator('img, iframe, object, [onload], [onerror], [onmouseover]').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(3);
    expect(await page.locator('h1').textContent()).toBe('<script>window.attacked=1</script>');
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    await page.context().close();
  });

  it('would not run them if they were markup: the policy stops scripts, styles and requests from elsewhere', async () => {
    const html = formatHtmlReport(blockingSession(), assets).replace(
      '<main>',
      '<main><script>window.attacked=1</script><img src="http://127.0.0.1:9/x.png" onerror="window.attacked=2"><style>body{display:none}</style>',
    );
    const path = join(folder, 'injected.html');
    writeFileSync(path, html);
    const page = await browser.newPage();
    const stopped: string[] = [];
    page.on('console', (message) => stopped.push(message.text()));
    await page.goto(pathToFileURL(path).href);
    expect(await page.evaluate('window.attacked')).toBeUndefined();
    expect(await page.locator('body').isVisible()).toBe(true);
    expect(stopped.join('\n')).toMatch(/script-src[\s\S]*img-src|img-src[\s\S]*script-src/);
    await page.context().close();
  });
});
