/** How the workers of a cluster end, heard where they are forked: an extension of the probe. */
import type { ExtensionHost, ProbeExtension } from './in-service/installed-probe.ts';

export const WORKERS = 'workers';

export interface WorkerExit {
  readonly pid: number;
  readonly code: number | null;
  readonly signal: string | null;
}

/** Text of a function of an `ExtensionHost`; only for the primary process of a cluster. */
export const WORKER_EXITS_TEXT = String(createWorkerExits);

function createWorkerExits({ builtin }: ExtensionHost): ProbeExtension & { read(): readonly WorkerExit[] } {
  const MOST_EXITS = 200;
  const cluster = builtin('cluster') as typeof import('node:cluster').default;
  let exits: WorkerExit[] = [];
  const onExit = (
    worker: { process: { pid?: number } },
    code: number | null,
    signal: string | null,
  ): void => {
    if (exits.length < MOST_EXITS) exits.push({ pid: worker.process.pid ?? 0, code, signal });
  };
  cluster.on('exit', onExit);
  return {
    read() {
      const told = exits;
      exits = [];
      return told;
    },
    remove: () => void cluster.removeListener('exit', onExit),
  };
}
