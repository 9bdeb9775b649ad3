/**
 * The protocol over any transport: numbers calls, gives each a deadline, hands events on.
 *
 *   call('Runtime.enable') -> {"id":1,"method":"Runtime.enable"} ... {"id":1,"result":{}} -> { ok: true, value: {} }
 *
 * Whatever the other side sends is tolerated: answers out of order, to calls that were given up or never made, and
 * messages that are no protocol at all change nothing.
 */
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CallFailure, CallOptions, EvaluateOptions, InspectorSession } from './session.ts';
import type { Transport } from './transport.ts';

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * `never` stands for the shape that only the caller knows: it names the one the protocol documents, and an answer
 * of type `never` can be handed to any of them.
 */
interface PendingCall {
  readonly settle: (outcome: Result<never, CallFailure>) => void;
  readonly deadline: NodeJS.Timeout;
}

/** What `Runtime.evaluate` answers, in the protocol's own names. */
interface EvaluateAnswer<T> {
  readonly result: { readonly value: T };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}

/** Makes a session of an open transport; the transport belongs to the session from then on. */
export function openSession(transport: Transport): InspectorSession {
  return new ProtocolSession(transport);
}

class ProtocolSession implements InspectorSession {
  readonly #transport: Transport;
  readonly #pending = new Map<number, PendingCall>();
  readonly #listeners = new Map<string, Set<(params: never) => void>>();
  readonly #closeListeners = new Set<(reason: string) => void>();
  #lastId = 0;
  #closedBecause: string | null = null;

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.onMessage = (message) => this.#receive(message);
    transport.onClose = (reason) => this.#end(reason);
  }

  get closed(): boolean {
    return this.#closedBecause !== null;
  }

  call<T>(
    method: string,
    params: Record<string, unknown> = {},
    options: CallOptions = {},
  ): Promise<Result<T, CallFailure>> {
    if (this.#closedBecause !== null) {
      return Promise.resolve(fail({ kind: 'closed', reason: this.#closedBecause }));
    }
    const id = ++this.#lastId;
    const afterMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    return new Promise((resolve) => {
      const deadline = setTimeout(() => this.#settle(id, fail({ kind: 'timeout', afterMs })), afterMs);
      this.#pending.set(id, { settle: resolve, deadline });
      this.#transport.send(JSON.stringify({ id, method, params }));
    });
  }

  async evaluate<T>(expression: string, options: EvaluateOptions = {}): Promise<Result<T, CallFailure>> {
    const answer = await this.call<EvaluateAnswer<T>>(
      'Runtime.evaluate',
      {
        expression,
        includeCommandLineAPI: options.commandLineApi ?? false,
        returnByValue: true,
        silent: true,
        awaitPromise: false,
      },
      options,
    );
    if (!answer.ok) return answer;
    const thrown = answer.value.exceptionDetails;
    if (thrown === undefined) return ok(answer.value.result.value);
    return fail({ kind: 'exception', description: thrown.exception?.description ?? thrown.text });
  }

  on(event: string, listener: (params: never) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  onClosed(listener: (reason: string) => void): () => void {
    if (this.#closedBecause !== null) {
      listener(this.#closedBecause);
      return () => {};
    }
    this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  close(): void {
    this.#transport.close();
    this.#end('closed by loopscope');
  }

  #receive(text: string): void {
    const message = parseMessage(text);
    if (message === null) return;
    if ('method' in message) {
      const listeners = this.#listeners.get(message.method) ?? [];
      for (const listener of listeners) listener(message.params);
      return;
    }
    this.#settle(message.id, message.outcome);
  }

  #settle(id: number, outcome: Result<never, CallFailure>): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    clearTimeout(pending.deadline);
    pending.settle(outcome);
  }

  #end(reason: string): void {
    if (this.#closedBecause !== null) return;
    this.#closedBecause = reason;
    for (const id of this.#pending.keys()) this.#settle(id, fail({ kind: 'closed', reason }));
    for (const listener of this.#closeListeners) listener(reason);
    this.#closeListeners.clear();
    this.#listeners.clear();
  }
}

type Message =
  | { readonly method: string; readonly params: never }
  | { readonly id: number; readonly outcome: Result<never, CallFailure> };

interface WireMessage {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params: never;
  readonly result: never;
  readonly error?: { readonly code?: unknown; readonly message?: unknown } | null;
}

function parseMessage(text: string): Message | null {
  let raw: WireMessage | null;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof raw !== 'object' || raw === null) return null;
  const { id, method, error } = raw;
  if (typeof method === 'string') return { method, params: raw.params };
  if (typeof id !== 'number') return null;
  if (typeof error !== 'object' || error === null) return { id, outcome: ok(raw.result) };
  const code = typeof error.code === 'number' ? error.code : 0;
  const message = typeof error.message === 'string' ? error.message : 'unknown protocol error';
  return { id, outcome: fail({ kind: 'protocol', code, message }) };
}
