/** Which processes are loopscope's own, and so never what a user means by a target. */
import { basename } from 'node:path';
import type { ProcessRecord } from './process-record.ts';
import { readProcess } from './process-record.ts';
import { holdersOf } from './process-table.ts';
import type { TcpSocket } from './socket-table.ts';

/** A package runner on behalf of loopscope: `npm exec loopscope attach server.js` is not the service. */
const RUNNER = /\b(?:npx|npm (?:exec|run)|pnpm|yarn|bunx?)\b.*\bloopscope\b/;
const OWN_SCRIPT = /^loopscope(?:\.js)?$/;
/** What the relay into a container's network calls itself: all that is left of its command line. */
export const RELAY_TITLE = 'loopscope-relay';

/** @param ancestors of this very process */
export function isLoopscope(record: ProcessRecord, ancestors: ReadonlySet<number>): boolean {
  if (record.pid === process.pid || runsLoopscope(record)) return true;
  const runsPackages = RUNNER.test(record.commandLine.join(' '));
  return runsPackages || (ancestors.has(record.pid) && /^np[mx]\b/.test(record.commandLine[0] ?? ''));
}

/** The loopscope that holds a connection to a port of this machine, or null. */
export function loopscopeConnectedTo(sockets: readonly TcpSocket[], port: number): number | null {
  const connections = sockets.filter(
    (socket) => socket.state === 'established' && socket.remotePort === port,
  );
  const pids = holdersOf(new Set(connections.map((socket) => socket.inode)));
  return (
    pids.find((pid) => {
      const record = readProcess(pid);
      return record !== null && runsLoopscope(record);
    }) ?? null
  );
}

function runsLoopscope(record: ProcessRecord): boolean {
  if (record.commandLine.some((argument) => argument.replace('--title=', '') === RELAY_TITLE)) return true;
  const script = record.commandLine.slice(1).find((argument) => !argument.startsWith('-')) ?? '';
  return OWN_SCRIPT.test(basename(script));
}
