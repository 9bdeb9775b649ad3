/** The style and the script of the report's page: built beside the program, and read when a page is written. */
import { readFile } from 'node:fs/promises';
import type { PageAssets } from '../exports/html-report.ts';

/** @param folder where they are; default is beside this program */
export async function readPageAssets(folder: URL = new URL('./', import.meta.url)): Promise<PageAssets> {
  const read = (name: string): Promise<string> => readFile(new URL(name, folder), 'utf8');
  const [style, script] = await Promise.all([read('report-page.css'), read('report-page.js')]);
  return { style, script };
}
