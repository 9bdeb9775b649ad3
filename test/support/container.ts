/**
 * What a container is to a process, made of namespaces: its own pids, network and files; a slim root that is read-only
 * and holds Node, its libraries and the program; no /tmp; a user without rights. Needs root.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { pollUntil } from '../../src/inspector/polling.ts';
import { numbersIn } from '../../src/inspector/event-loops.ts';
import { readProcess } from '../../src/inspector/process-record.ts';
import { startTarget, type TargetProcess } from './target-process.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const USER = 4711;

/** Namespaces can be made by root, and not in every container. */
export const canContain =
  spawnSync('unshare', ['--pid', '--net', '--mount', '--fork', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'])
    .status === 0;

export interface Container {
  /** Of the service, as the host sees it; inside it is 1. */
  readonly pid: number;
  readonly service: TargetProcess;
  /** Runs a program inside, as `docker exec` does. */
  exec(command: readonly string[], options?: InsideOptions): Promise<TargetProcess>;
  /** Runs one beside it, with its pids and its network but the host's files, as `kubectl debug` does. */
  beside(command: readonly string[], options?: InsideOptions): Promise<TargetProcess>;
}

export interface InsideOptions {
  /** Default is the service's own. */
  readonly userId?: number;
  /** Capabilities that are taken away. */
  readonly without?: readonly string[];
}

export interface ContainerOptions {
  /** Folders of cgroups that it joins. */
  readonly groups?: readonly string[];
  /** How its `/proc` is mounted. */
  readonly procOptions?: string;
}

/** Starts a service in a container of its own; the file is found there as `/app/NAME`. */
export async function startInContainer(file: string, options: ContainerOptions = {}): Promise<Container> {
  const root = mkdtempSync(join(tmpdir(), 'loopscope-container-'));
  // What was mounted on it goes with the namespace.
  onTestFinished(() => rmdirSync(root));
  const service = await startTarget(
    ['--pid', '--net', '--mount', '--fork', '--kill-child', 'sh', '-ec', setUp(root, file, options)],
    { executable: 'unshare', ready: /^ready/m },
  );
  const pid = await pidOfNode(service.pid);
  const enter = (namespaces: readonly string[], command: readonly string[]): Promise<TargetProcess> =>
    startTarget(['-t', String(pid), ...namespaces, '--', ...command], {
      executable: 'nsenter',
      env: { NO_COLOR: '1', NODE_OPTIONS: '' },
      ready: /(?:)/,
    });
  return {
    pid,
    service,
    exec: (command, inside = {}) =>
      enter(['-p', '-n', '-m', '-r', '-w'], [...asUser(inside, '/bin/setpriv'), ...command]),
    beside: (command, inside = {}) => {
      const run = [...asUser(inside, 'setpriv'), ...command];
      return enter(
        ['-p', '-n'],
        ['unshare', '--mount', 'sh', '-ec', 'mount -t proc proc /proc; exec "$@"', 'sh', ...run],
      );
    },
  };
}

function asUser({ userId = USER, without = [] }: InsideOptions, setpriv: string): readonly string[] {
  const user = userId === 0 ? [] : [`--reuid=${userId}`, `--regid=${userId}`, '--clear-groups'];
  const lost = without.map((capability) => `-${capability}`).join(',');
  return [setpriv, ...user, ...(lost === '' ? [] : [`--bounding-set=${lost}`]), '--'];
}

function setUp(root: string, file: string, { groups = [], procOptions = '' }: ContainerOptions): string {
  const node = realpathSync(process.execPath);
  const files = {
    [node]: 'bin/node',
    [execFileSync('which', ['setpriv'], { encoding: 'utf8' }).trim()]: 'bin/setpriv',
  };
  const folders = {
    ...Object.fromEntries(foldersOfLibraries(node).map((folder) => [folder, folder.slice(1)])),
    [dirname(file)]: 'app',
    [join(REPOSITORY, 'bin')]: 'loopscope/bin',
    [join(REPOSITORY, 'dist')]: 'loopscope/dist',
  };
  return [
    ...groups.map((group) => `echo $$ > ${group}/cgroup.procs`),
    'mount --make-rprivate /',
    `mount -t tmpfs tmpfs ${root}`,
    `cd ${root}`,
    'mkdir bin proc old',
    ...Object.entries(files).flatMap(([from, to]) => [`touch ${to}`, `mount --bind ${from} ${to}`]),
    ...Object.entries(folders).flatMap(([from, to]) => [`mkdir -p ${to}`, `mount --bind ${from} ${to}`]),
    `mount -t proc ${procOptions} proc proc`,
    'ip link set lo up',
    'mount -o remount,ro .',
    'pivot_root . old',
    'cd /',
    '/old/bin/umount -l /old',
    // A change of user forgets the signal that `--kill-child` asked for.
    `exec /bin/setpriv --pdeathsig=KILL --reuid=${USER} --regid=${USER} --clear-groups -- /bin/node /app/${file.slice(dirname(file).length + 1)}`,
  ].join('\n');
}

/** Where the loader finds what Node is linked with. */
function foldersOfLibraries(node: string): readonly string[] {
  const said = execFileSync('ldd', [node], { encoding: 'utf8' });
  return [...new Set((said.match(/\/\S+\/(?=[^/\s]+\.so)/g) ?? []).map((folder) => folder.slice(0, -1)))];
}

/** `unshare` forks, and its child becomes the service. */
async function pidOfNode(parent: number): Promise<number> {
  const child = await pollUntil(
    () => numbersIn('/proc').find((pid) => readProcess(pid)?.parentPid === parent) ?? null,
    { everyMs: 10, withinMs: 10_000 },
  );
  if (child === null) throw new Error('the container has no process');
  return child;
}
