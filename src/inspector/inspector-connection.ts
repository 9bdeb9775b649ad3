/** Connecting to an inspector, and the proof that it is the right process that answers. */
import { assertNever, fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { sanitise } from '../shared/sanitiser.ts';
import { connectAgentSocket } from './agent-transport.ts';
import * as errors from './attach-errors.ts';
import { evaluateWithModules } from './builtin-modules.ts';
import { PROGRESS_EVERY_MS, WAITING_AFTER_MS } from './inspector-opening.ts';
import type { AttachProgress } from './inspector-opening.ts';
import { formatKernelState, isIdle, readKernelState } from './kernel-state.ts';
import { watchRunning } from './main-thread-times.ts';
import { openSession } from './protocol-session.ts';
import type { CallFailure, InspectorSession } from './session.ts';
import { OWN_FACTS } from './target-facts.ts';
import type { OwnFacts } from './target-facts.ts';
import { connectInNetworkOf, hasOwnNetwork } from './network-namespace.ts';
import { connectWebSocket, findInspectorAt } from './websocket-transport.ts';
import type { SocketOpener, WireFailure } from './websocket-transport.ts';

/** The handshake is served by a thread of its own, in 2 to 15 ms, whatever the service does. */
const HANDSHAKE_MS = 3000;

/** Where to connect: an address on which `/json/list` is asked, or a URL that is complete. */
export type InspectorAddress =
  | {
      readonly host: string;
      readonly port: number;
      /** The process in whose network the address is meant; ours by default. */
      readonly asSeenBy?: number;
    }
  | { readonly webSocketUrl: string };

export async function connectTo(address: InspectorAddress): Promise<Result<InspectorSession, CodedError>> {
  const openSocket = socketOpenerFor(address);
  const url = await webSocketUrlOf(address, openSocket);
  if (!url.ok) return url;
  const wire = await connectWebSocket(url.value, HANDSHAKE_MS, openSocket);
  return wire.ok
    ? ok(openSession(wire.value))
    : fail(errors.unreachable(labelOf(address), sayWireFailure(wire.error)));
}

/** Connects to the socket of an in-process agent. */
export async function connectToAgentAt(path: string): Promise<Result<InspectorSession, CodedError>> {
  const wire = await connectAgentSocket(path, HANDSHAKE_MS);
  return wire.ok
    ? ok(openSession(wire.value))
    : fail(errors.agentUnreachable(path, sayWireFailure(wire.error)));
}

/** Null for the system's own way. */
function socketOpenerFor(address: InspectorAddress): SocketOpener | null {
  const pid = 'asSeenBy' in address ? address.asSeenBy : undefined;
  if (pid === undefined || !hasOwnNetwork(pid)) return null;
  return (host, port) => connectInNetworkOf(pid, host, port);
}

async function webSocketUrlOf(
  address: InspectorAddress,
  openSocket: SocketOpener | null,
): Promise<Result<string, CodedError>> {
  if ('webSocketUrl' in address) return ok(address.webSocketUrl);
  const listing = await findInspectorAt(reachable(address.host), address.port, HANDSHAKE_MS, openSocket);
  return listing.ok
    ? ok(listing.value.webSocketUrl)
    : fail(errors.unreachable(labelOf(address), sayWireFailure(listing.error)));
}

export interface Patience {
  /** How long a native call may hold up the answer. */
  readonly waitMs: number;
  readonly onProgress: (progress: AttachProgress) => void;
  /** Ends the wait: what is left to be undone in the service is queued there and done when the call returns. */
  readonly interrupted: AbortSignal;
}

/**
 * Asks the service who it is. While its loop runs JavaScript the answer comes at once; while a native call blocks it
 * the answer comes after, and `onProgress` hears what the kernel says meanwhile.
 * @param localPid the process to be asked about, when it is one of this machine
 */
export async function askOwnFacts(
  session: InspectorSession,
  localPid: number | null,
  { waitMs, onProgress, interrupted }: Patience,
): Promise<Result<OwnFacts, CallFailure>> {
  const askedAt = performance.now();
  const ranShare = localPid === null ? null : watchRunning(localPid);
  const tell = (): void => {
    const forMs = performance.now() - askedAt;
    const kernel = localPid === null ? null : readKernelState(localPid);
    if (kernel === null || isIdle(kernel) || forMs < WAITING_AFTER_MS) return;
    const kernelState = formatKernelState(kernel, Infinity, ranShare?.() ?? null);
    onProgress({ kind: 'waiting-native', forMs, kernelState, opensOn: null });
  };
  const ticking = setInterval(tell, PROGRESS_EVERY_MS);
  let interrupt = (): void => {};
  const interruption = new Promise<Result<OwnFacts, CallFailure>>((resolve) => {
    interrupt = () => resolve(fail({ kind: 'closed', reason: 'interrupted' }));
  });
  interrupted.addEventListener('abort', interrupt);
  if (interrupted.aborted) interrupt();
  try {
    const facts = evaluateWithModules<OwnFacts>(session, OWN_FACTS, { timeoutMs: waitMs });
    return await Promise.race([facts, interruption]);
  } finally {
    clearInterval(ticking);
    interrupted.removeEventListener('abort', interrupt);
  }
}

/** For people: why a call had no answer. */
export function sayCallFailure(failure: CallFailure): string {
  switch (failure.kind) {
    case 'closed':
      return failure.reason;
    case 'timeout':
      return `nothing for ${(failure.afterMs / 1000).toFixed(1)} s`;
    case 'protocol':
      return failure.message;
    case 'exception':
      return sanitise(failure.description.split('\n')[0]);
    default:
      return assertNever(failure);
  }
}

function sayWireFailure(failure: WireFailure): string {
  switch (failure.kind) {
    case 'unreachable':
      return failure.reason;
    case 'silent':
      return `it said nothing for ${(failure.afterMs / 1000).toFixed(1)} s`;
    case 'not-an-inspector':
      return failure.reason;
    default:
      return assertNever(failure);
  }
}

const labelOf = (address: InspectorAddress): string =>
  'webSocketUrl' in address ? address.webSocketUrl : `${address.host}:${address.port}`;

/** A socket that listens on every address is reached by the loopback one. */
const reachable = (host: string): string => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[host] ?? host;
