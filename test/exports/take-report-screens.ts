/** The top of the report's page for the README, dark and light: the synthetic service of the tests, the built style. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readPageAssets } from '../../src/app/report-page.ts';
import { formatHtmlReport } from '../../src/exports/html-report.ts';
import { launchChromium } from '../support/chromium.ts';
import { blockingSession } from './report-session.ts';

const repository = process.cwd();
const assets = await readPageAssets(pathToFileURL(join(repository, 'dist', '/')));
const html = formatHtmlReport(blockingSession(), assets);
const browser = await launchChromium();
for (const colorScheme of ['dark', 'light'] as const) {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 1780 } });
  await page.setContent(html);
  const path = join(repository, 'test', 'exports', 'screens', `report-${colorScheme}.png`);
  await page.screenshot({ path });
  console.log(path);
}
await browser.close();
