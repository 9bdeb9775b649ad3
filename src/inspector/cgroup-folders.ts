/**
 * Where the kernel keeps the accounts and limits of a process's container: folders of cgroup v2 or v1, as they can be
 * found from here.
 *
 *   /proc/4711/cgroup '0::/pods/app' -> /sys/fs/cgroup/pods/app, /sys/fs/cgroup/pods, /sys/fs/cgroup
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface CgroupFolder {
  readonly version: 1 | 2;
  readonly path: string;
}

/** Where to look; tests bring their own. */
export interface CgroupView {
  readonly proc: string;
  /** Where our own file system begins, and where that of the process does. */
  readonly ownRoot: string;
  readonly theirRoot: string;
}

export const viewOf = (pid: number): CgroupView => ({
  proc: '/proc',
  ownRoot: '',
  theirRoot: `/proc/${pid}/root`,
});

/**
 * The folders of one controller, the process's own first, then those above it, whose limits count, too.
 *
 * Our own mount is right where it shows the group of the process: then it shows what stands above a container, too.
 * From one container into another (a sidecar) it shows us instead, and the path begins with `/..` or is not there;
 * then the container's own mount counts, in which the path may be one that only the host knows, and `/` is its own.
 */
export function cgroupFoldersOf(
  pid: number,
  controller: 'cpu' | 'memory',
  view: CgroupView,
): readonly CgroupFolder[] {
  return memberships(pid, view).flatMap(({ controllers, path }): CgroupFolder[] => {
    const version = controllers === '' ? 2 : 1;
    if (version === 1 && !controllers.split(',').includes(controller)) return [];
    const inMount = (root: string, folder: string): string =>
      join(root, '/sys/fs/cgroup', version === 2 ? '' : controller, folder);
    const isOurs = !path.startsWith('/..') && existsSync(inMount(view.ownRoot, path));
    const root = isOurs ? view.ownRoot : view.theirRoot;
    return upwards(path).map((folder) => ({ version, path: inMount(root, folder) }));
  });
}

function memberships(pid: number, { proc }: CgroupView): readonly { controllers: string; path: string }[] {
  return (readOrNull(`${proc}/${pid}/cgroup`) ?? '').split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return controllers === undefined || path === undefined ? [] : { controllers, path };
  });
}

/** `/a/b` -> `/a/b`, `/a`, `/`. */
function upwards(path: string): readonly string[] {
  const folders = [path];
  while ((folders.at(-1) ?? '/') !== '/') folders.push(dirname(folders.at(-1) ?? '/'));
  return folders.filter((folder) => !folder.startsWith('/..'));
}

/** Text of a file in a folder; null where the kernel or a permission keeps it. */
export const readCgroupFile = ({ path }: CgroupFolder, file: string): string | null =>
  readOrNull(join(path, file));

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
