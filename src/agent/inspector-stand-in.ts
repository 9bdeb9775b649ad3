/**
 * What answers in a Node that was built without an inspector: the part of the protocol that plain JavaScript and the
 * optional packages can serve, in the main thread.
 *
 *   Runtime.evaluate            when the loop turns: nothing here can interrupt JavaScript that blocks
 *   profile, profileEnd         with v8-profiler-next
 *   HeapProfiler.takeHeapSnapshot   with heapdump, else by Node's own `v8.getHeapSnapshot`
 *
 * Everything else is answered as a method that is not there.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import type { ToMainThread } from './agent-wire.ts';
import type { InspectorMessage } from './debuggee.ts';
import { loadProfiler } from './native-profiler.ts';
import type { NativeProfiler } from './native-profiler.ts';
import { openHeapSnapshot } from './native-snapshot.ts';

export interface InspectorStandIn {
  hear(message: ToMainThread): void;
}

type Send = (message: InspectorMessage) => void;
type Params = Readonly<Record<string, unknown>>;

const METHOD_NOT_FOUND = -32_601;
const SERVER_ERROR = -32_000;
/** They change nothing here, and what follows works. */
const NEEDS_NOTHING: ReadonlySet<string> = new Set([
  'Profiler.enable',
  'Profiler.disable',
  'HeapProfiler.enable',
  'HeapProfiler.disable',
  'Runtime.enable',
  'NodeRuntime.notifyWhenWaitingForDisconnect',
]);

/** @param send to one of the connections */
export function createInspectorStandIn(
  packagePlaces: readonly string[],
  send: (connection: number, message: InspectorMessage) => void,
): InspectorStandIn {
  const clients = new Map<number, Client>();
  return {
    hear(message) {
      const { connection } = message;
      const client =
        clients.get(connection) ?? new Client(packagePlaces, (answer) => send(connection, answer));
      clients.set(connection, client);
      if (message.kind === 'call') client.call(message.id, message.method, message.params);
      else {
        client.leave();
        clients.delete(connection);
      }
    },
  };
}

class Client {
  readonly #packagePlaces: readonly string[];
  readonly #send: Send;
  readonly #profiles = new Set<string>();
  /** Undefined until it is wanted. */
  #profiler: NativeProfiler | null | undefined;

  constructor(packagePlaces: readonly string[], send: Send) {
    this.#packagePlaces = packagePlaces;
    this.#send = send;
  }

  call(id: number, method: string, params: Params): void {
    try {
      if (method === 'HeapProfiler.takeHeapSnapshot') return this.#takeSnapshot(id);
      this.#send({ id, result: this.#answer(method, params) });
    } catch (error) {
      const unknown = error instanceof UnknownMethod;
      const message = error instanceof Error ? error.message : String(error);
      this.#send({ id, error: { code: unknown ? METHOD_NOT_FOUND : SERVER_ERROR, message } });
    }
  }

  /** Ends the profiles that this client began, as V8 does at the end of a session. */
  leave(): void {
    for (const title of this.#profiles) this.#profiler?.stopCpuProfile(title);
    this.#profiles.clear();
  }

  #answer(method: string, params: Params): unknown {
    if (NEEDS_NOTHING.has(method)) return {};
    if (method === 'Runtime.evaluate') return this.#evaluate(String(params['expression']));
    if (method === 'Profiler.setSamplingInterval') {
      this.#needProfiler().setCpuInterval(Number(params['interval']));
      return {};
    }
    throw new UnknownMethod(`${method} needs an inspector, and this Node was built without one`);
  }

  /** In the global scope, with the functions of the command-line API that loopscope uses. */
  #evaluate(expression: string): unknown {
    const evaluateWith = compileFunction('return eval(expression)', [
      'require',
      'profile',
      'profileEnd',
      'expression',
    ]);
    const requireBuiltin = createRequire(join(process.cwd(), 'any.js'));
    const profile = (title: string): void => this.#startProfile(title);
    const profileEnd = (title: string): void => this.#endProfile(title);
    try {
      const value: unknown = evaluateWith(requireBuiltin, profile, profileEnd, expression);
      const json = JSON.stringify(value);
      return { result: { type: typeof value, ...(json === undefined ? {} : { value: JSON.parse(json) }) } };
    } catch (error) {
      const description = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { result: {}, exceptionDetails: { text: 'Uncaught', exception: { description } } };
    }
  }

  #startProfile(title: string): void {
    this.#needProfiler().startCpuProfile(title);
    this.#profiles.add(title);
  }

  #endProfile(title: string): void {
    if (!this.#profiles.delete(title)) return;
    const profile = this.#needProfiler().stopCpuProfile(title);
    this.#send({ method: 'Profiler.consoleProfileFinished', params: { id: title, title, profile } });
  }

  #needProfiler(): NativeProfiler {
    this.#profiler ??= loadProfiler(this.#packagePlaces);
    if (this.#profiler === null) {
      throw new Error('CPU profiles need v8-profiler-next here: this Node was built without an inspector');
    }
    return this.#profiler;
  }

  #takeSnapshot(id: number): void {
    const snapshot = openHeapSnapshot(this.#packagePlaces);
    snapshot.setEncoding('utf8');
    snapshot.on('data', (chunk: string) => {
      this.#send({ method: 'HeapProfiler.addHeapSnapshotChunk', params: { chunk } });
    });
    snapshot.once('end', () => this.#send({ id, result: {} }));
    snapshot.once('error', ({ message }) => this.#send({ id, error: { code: SERVER_ERROR, message } }));
  }
}

class UnknownMethod extends Error {}
