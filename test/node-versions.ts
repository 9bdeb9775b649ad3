/**
 * Node binaries of other major versions, for targets under test. loopscope itself runs on one Node; the services it
 * attaches to run on any.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, '..', 'node_modules', '.cache', 'node-versions');
const PACKAGE = `node-${process.platform}-${process.arch}`;
/** A Node binary is a download of about 50 MB. */
const INSTALL_DEADLINE_MS = 180_000;

const installing = new Map<number, Promise<string>>();

/**
 * Path of a Node binary of that major version: the running one, or one that npm installs into `node_modules/.cache`
 * the first time it is asked for. Throws with a sentence for the person who runs the tests when it cannot be had.
 */
export function nodeBinary(major: number): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return Promise.resolve(process.execPath);
  const known = installing.get(major);
  if (known !== undefined) return known;
  const installation = install(major);
  installing.set(major, installation);
  return installation;
}

/** Installs beside the final folder and renames, so that test files that run at the same time cannot see a half. */
async function install(major: number): Promise<string> {
  const home = join(CACHE, String(major));
  const binary = join(home, 'node_modules', PACKAGE, 'bin', 'node');
  if (existsSync(binary)) return binary;
  await mkdir(CACHE, { recursive: true });
  const draft = await mkdtemp(join(CACHE, `${major}-`));
  try {
    const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    await run('npm', ['install', '--prefix', draft, ...flags, `${PACKAGE}@${major}`], {
      timeout: INSTALL_DEADLINE_MS,
    });
    await rename(draft, home);
  } catch (cause) {
    // Another run may have been faster: its folder is as good.
    if (!existsSync(binary)) throw new Error(installFailure(major, cause), { cause });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return binary;
}

function installFailure(major: number, cause: unknown): string {
  const said = (cause as { stderr?: string }).stderr?.trim() ?? String(cause);
  return (
    `Node ${major} is needed by this test and npm could not install ${PACKAGE}@${major} into ${CACHE}. ` +
    `Is the npm registry reachable? npm said: ${said}`
  );
}
