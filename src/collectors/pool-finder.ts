/**
 * Runs a search for pools from outside: lets the service look at its own objects a few milliseconds at a time, and
 * opens with the inspector what JavaScript cannot look into. Between two steps the service rests.
 *
 *   begin -> advance … -> open 6 functions: [[Scopes]] -> enter -> rest -> advance …
 */
import type { InspectorSession } from '../inspector/session.ts';
import type { SearchProgress } from '../probes/in-service/pool-search.ts';

export interface PoolFinderOptions {
  readonly session: InspectorSession;
  /** Expression of the search inside the service. */
  readonly search: string;
  readonly rest: (ms: number) => Promise<void>;
  readonly monotonicMs: () => number;
  /** Ends the search early. */
  readonly cancelled: () => boolean;
}

export interface SearchOutcome {
  readonly found: number;
  readonly visited: number;
  readonly opened: number;
  /** What the service spent: told by itself for its own steps, estimated for the protocol's. */
  readonly spentMs: number;
  readonly longestStepMs: number;
  /** Why it ended before everything within reach was looked at; null when it was. */
  readonly cutShort: 'time' | 'openings' | 'service' | 'cancelled' | null;
}

const GROUP = 'loopscope-pools';
/** A look at 4 ms' worth of objects stays well under the 20 ms that a request may notice. */
const ADVANCE_BUDGET_MS = 4;
const OPENED_AT_ONCE = 8;
/** Every pool of an application with nine of them was found within 24; the rest is for larger ones. */
const MOST_OPENED = 200;
/** After this much of the service's time it rests, four times as long: a fifth of the loop at most is ours. */
const REST_AFTER_MS = 2;
const REST_RATIO = 4;
/** CPU of one call with its answer, measured over 2,200 of them; round trips are longer by the wire's delays. */
const PROTOCOL_CALL_MS = 0.2;
const GIVE_UP_AFTER_MS = 15_000;
const SLOW_CALL_MS = 5000;

interface RemoteObject {
  readonly objectId?: string;
  readonly description?: string;
}
interface PropertyEntry {
  readonly name: string;
  readonly value?: RemoteObject;
}
interface Properties {
  readonly result: readonly PropertyEntry[];
  readonly internalProperties?: readonly PropertyEntry[];
  readonly privateProperties?: readonly PropertyEntry[];
}

/** One search, to its end. Releases every object it was handed, also when it ends early. */
export async function findPools(options: PoolFinderOptions): Promise<SearchOutcome> {
  const finder = new PoolFinder(options);
  return finder.run();
}

class PoolFinder {
  readonly #options: PoolFinderOptions;
  #opened = 0;
  #spentMs = 0;
  #spentSinceRestMs = 0;
  #longestStepMs = 0;

  constructor(options: PoolFinderOptions) {
    this.#options = options;
  }

  async run(): Promise<SearchOutcome> {
    const { monotonicMs, cancelled } = this.#options;
    const startedMs = monotonicMs();
    let cutShort: SearchOutcome['cutShort'] = null;
    let progress = await this.#ask('begin()');
    let last = progress;
    while (progress !== null && progress.queued + progress.toOpen > 0) {
      if (cancelled()) cutShort = 'cancelled';
      else if (monotonicMs() - startedMs > GIVE_UP_AFTER_MS) cutShort = 'time';
      else if (progress.queued === 0 && this.#opened >= MOST_OPENED) cutShort = 'openings';
      if (cutShort !== null) break;
      if (progress.queued === 0) await this.#openSome();
      last = progress;
      progress = await this.#ask(`advance(${ADVANCE_BUDGET_MS})`);
    }
    if (progress === null) cutShort = 'service';
    await this.#call('Runtime.releaseObjectGroup', { objectGroup: GROUP });
    await this.#ask('end()');
    const { found = 0, visited = 0 } = progress ?? last ?? {};
    return {
      found,
      visited,
      opened: this.#opened,
      spentMs: this.#spentMs,
      longestStepMs: this.#longestStepMs,
      cutShort,
    };
  }

  async #ask(call: string): Promise<SearchProgress | null> {
    const answer = await this.#call<{ readonly result: { readonly value?: SearchProgress } }>(
      'Runtime.evaluate',
      {
        expression: `${this.#options.search}.${call}`,
        returnByValue: true,
        silent: true,
      },
    );
    return this.#account(answer?.result.value);
  }

  #account(progress: SearchProgress | undefined): SearchProgress | null {
    if (progress !== undefined) this.#spend(progress.spentMs);
    return progress ?? null;
  }

  #spend(ms: number): void {
    this.#spentMs += ms;
    this.#spentSinceRestMs += ms;
    this.#longestStepMs = Math.max(this.#longestStepMs, ms);
  }

  /**
   * One call at a time: answers that follow each other are held back 40 ms by the kernels' delayed acknowledgement,
   * and calls that arrive together are served in one go, as one pause.
   */
  async #call<T>(method: string, params: Record<string, unknown>): Promise<T | null> {
    const { session, rest } = this.#options;
    if (this.#spentSinceRestMs > REST_AFTER_MS) {
      await rest(this.#spentSinceRestMs * REST_RATIO);
      this.#spentSinceRestMs = 0;
    }
    const answer = await session.call<T>(method, params, { timeoutMs: SLOW_CALL_MS });
    this.#spend(PROTOCOL_CALL_MS);
    return answer.ok ? answer.value : null;
  }

  #inside(objectId: string): Promise<Properties | null> {
    return this.#call<Properties>('Runtime.getProperties', { objectId, ownProperties: true });
  }

  /** Opens a few of the functions and instances that wait, and hands what they hold back to the search. */
  async #openSome(): Promise<void> {
    this.#opened += OPENED_AT_ONCE;
    const list = await this.#call<{ readonly result: RemoteObject }>('Runtime.evaluate', {
      expression: `${this.#options.search}.nextToOpen(${OPENED_AT_ONCE})`,
      objectGroup: GROUP,
      silent: true,
    });
    const listId = list?.result.objectId;
    if (listId === undefined) return;
    const items = (await this.#inside(listId))?.result.filter((entry) => /^\d+$/.test(entry.name));
    const contents: string[] = [];
    const scopes: string[] = [];
    for (const item of idsOf(items)) {
      const inside = await this.#inside(item);
      contents.push(...idsOf(inside?.privateProperties));
      for (const { name, value } of inside?.internalProperties ?? []) {
        if (value?.objectId === undefined) continue;
        if (name === '[[Scopes]]') scopes.push(...(await this.#scopesIn(value.objectId)));
        else if (name === '[[BoundThis]]' || name === '[[TargetFunction]]') contents.push(value.objectId);
      }
    }
    await this.#hand('enter', scopes);
    await this.#hand('consider', contents);
    await this.#call('Runtime.releaseObjectGroup', { objectGroup: GROUP });
  }

  async #scopesIn(listId: string): Promise<string[]> {
    const list = await this.#inside(listId);
    return idsOf(list?.result.filter((entry) => !entry.value?.description?.startsWith('Global')));
  }

  async #hand(method: 'enter' | 'consider', ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const answer = await this.#call<{ readonly result: { readonly value?: SearchProgress } }>(
      'Runtime.callFunctionOn',
      {
        objectId: ids[0],
        functionDeclaration: `function (...given) { return ${this.#options.search}.${method}(...given); }`,
        arguments: ids.map((objectId) => ({ objectId })),
        returnByValue: true,
        silent: true,
      },
    );
    this.#account(answer?.result.value);
  }
}

const idsOf = (entries: readonly PropertyEntry[] | undefined): string[] =>
  (entries ?? []).flatMap((entry) => entry.value?.objectId ?? []);
