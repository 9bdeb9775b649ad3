/**
 * Several live sessions at once: the targets that were named, and with `--tree` what they started. One is attached to
 * after the other, because inspectors open on one port; whoever dies in a tree is replaced by its successor.
 */
import type { AttachProgressLine } from './attach-progress.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandIo, WatchOptions } from './command-io.ts';
import { createLiveSource } from './live-source.ts';
import type { LiveSession } from './live-session.ts';
import { createRecentPast, type RecentPast } from './recent-past.ts';
import { openTarget } from './target-session.ts';
import type { AttachTarget } from '../inspector/attach.ts';
import { readProcess } from '../inspector/process-record.ts';
import type { ProcessRecord } from '../inspector/process-record.ts';
import { ancestryOf } from '../inspector/process-table.ts';
import { nodeTreeOf, settlesInMs } from '../inspector/process-tree.ts';
import { resolveTarget, resolveTree } from '../inspector/target.ts';
import type { FleetMember } from '../presentation/fleet-rows.ts';
import { formatSeconds } from '../presentation/format.ts';
import type { TimelineEvent } from '../model/timeline-event.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { ok, type Result } from '../shared/result.ts';

export interface FleetOptions extends WatchOptions {
  readonly tree?: true;
  /** Whether what just happened is kept, for whoever asks to write it. */
  readonly keepsPast?: true;
  /**
   * Gives whoever hears every event of a process from the first on; called before each is attached to.
   * @param target its pid, or the address of its inspector
   */
  readonly hear?: (target: string) => (event: TimelineEvent) => void;
  /** Who is told what is waited for, beside the list; by default a line on stderr. */
  readonly progress?: AttachProgressLine;
}

/** A place on the screen: a process, and after its end its successor. */
export interface WatchedMember extends FleetMember {
  readonly session: LiveSession | null;
  /** Null also where it is not kept. */
  readonly past: RecentPast | null;
  /** Why it could not be attached to. */
  readonly error: CodedError | null;
}

export interface Fleet {
  /** In the order in which they were found; a successor takes the place of who ended. */
  members(): readonly WatchedMember[];
  /** Called back after a member came, ended or saw something; returns the way to stop it. */
  subscribe(listener: () => void): () => void;
  /** Resolves when all that were there at the beginning have been attached to, or refused. */
  readonly ready: Promise<void>;
  /** Resolves when the root of the tree, or every process that was named, has ended. */
  readonly ended: LiveSession['ended'];
  /** Leaves every process; what could not be removed is given back. */
  close(): Promise<readonly CodedError[]>;
}

/** A cluster replaces a worker within milliseconds; a person looks once a second. */
const LOOK_EVERY_MS = 1_000;
/** The next one needs the debug port: a busy loop, or a machine that is, is waited for longer than for one process. */
const MOVE_WITHIN_MS = 5_000;
/** Ended workers that were not replaced stay on the screen; more than these say nothing new. */
const MOST_MEMBERS = 64;

/** Resolves the targets, which can fail, and starts to attach to them one by one. */
export async function openFleet(
  targets: readonly string[],
  options: FleetOptions,
  io: CommandIo,
): Promise<Result<Fleet, CodedError>> {
  const resolved: AttachTarget[] = [];
  for (const target of targets) {
    const one = options.tree ? resolveTree(target) : await resolveTarget(target);
    if (!one.ok) return one;
    resolved.push(one.value);
  }
  const fleet = new LiveFleet(options, io);
  fleet.open(resolved);
  return ok(fleet);
}

interface Slot {
  member: WatchedMember;
  /** To tell whether another process is its successor. */
  readonly parentPid: number | null;
  readonly command: string;
  ended: boolean;
}

class LiveFleet implements Fleet {
  readonly #options: FleetOptions;
  readonly #io: CommandIo;
  readonly #slots: Slot[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();
  ready: Promise<void> = Promise.resolve();
  ended: LiveSession['ended'] = new Promise(() => {});

  constructor(options: FleetOptions, io: CommandIo) {
    this.#options = options;
    this.#io = io;
  }

  open(targets: readonly AttachTarget[]): void {
    const roots = [...new Set(targets)];
    // One that cannot be attached to is refused like any other, with the reason.
    for (const root of roots) this.#add(root);
    this.ready = this.#attachToFirst(roots);
    this.ended = this.ready.then(() => this.#endOf(roots));
    this.#running = this.#options.tree ? this.ready.then(() => this.#follow(roots)) : this.ready;
  }

  members(): readonly WatchedMember[] {
    return this.#slots.map(({ member }) => member);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<readonly CodedError[]> {
    this.#closing.abort();
    await this.#running;
    const sessions = this.#slots.flatMap(({ member }) => member.session ?? []);
    const left = await Promise.all(sessions.map((session) => session.close()));
    return left.flatMap((one) => (one.ok ? [] : one.error));
  }

  /** Puts a process where its predecessor was, or at the end. */
  #add(target: AttachTarget): void {
    const pid = typeof target === 'number' ? target : 0;
    const record = pid === 0 ? null : readProcess(pid);
    const [parentPid, command] = [record?.parentPid ?? null, record === null ? '' : purposeOf(record)];
    const place = this.#slots.findIndex(
      (slot) => slot.ended && slot.parentPid === parentPid && slot.command === command,
    );
    const predecessor = this.#slots[place]?.member;
    const slot: Slot = {
      member: {
        pid,
        target: labelOf(target),
        session: null,
        past: null,
        source: null,
        error: null,
        note: 'waits to be attached to',
        restarts: predecessor === undefined ? 0 : predecessor.restarts + 1,
      },
      parentPid,
      command,
      ended: false,
    };
    if (place === -1) this.#slots.push(slot);
    else this.#slots[place] = slot;
    this.#changed();
  }

  async #attachToFirst(roots: readonly AttachTarget[]): Promise<void> {
    if (this.#options.tree) {
      // A cluster that has just started: its workers are waited for, because its primary must not come before them.
      const settlesMs = Math.max(...pidsOf(roots).map(settlesInMs), 0);
      await sleep(settlesMs, undefined, { signal: this.#closing.signal }).catch(() => {});
      this.#addNew(roots);
    }
    await this.#attachToNew();
  }

  #addNew(roots: readonly AttachTarget[]): void {
    const known = new Set(this.#slots.map(({ member }) => member.pid));
    for (const { pid } of pidsOf(roots).flatMap(nodeTreeOf)) {
      if (known.has(pid) || this.#slots.length >= MOST_MEMBERS) continue;
      known.add(pid);
      this.#add(pid);
    }
  }

  /** Children before their parents: the primary of a cluster signals its workers, unless they were attached to. */
  async #attachToNew(): Promise<void> {
    const waiting = this.#slots.filter(({ member }) => member.session === null && member.error === null);
    for (const slot of waiting.toSorted((a, b) => generationOf(b) - generationOf(a))) {
      if (!this.#closing.signal.aborted) await this.#attachTo(slot);
    }
  }

  async #attachTo(slot: Slot): Promise<void> {
    const become = (change: Partial<WatchedMember>): void => {
      slot.member = { ...slot.member, ...change };
      this.#changed();
    };
    become({ note: 'attaching' });
    const past = this.#options.keepsPast ? createRecentPast() : null;
    const onEvent = past?.add ?? this.#options.hear?.(slot.member.target);
    const opened = await openTarget(slot.member.target, this.#io, {
      ...this.#options,
      ...(onEvent ? { onEvent } : {}),
      moveWithinMs: MOVE_WITHIN_MS,
      onWait: ({ forMs, kernelState }) =>
        become({ note: `blocked by a native call for ${formatSeconds(forMs)}: ${kernelState}` }),
    });
    if (!opened.ok)
      return become({ error: opened.error, note: `${opened.error.message}; ${opened.error.hint}` });
    const session = opened.value;
    const source = createLiveSource(session, this.#io.clock);
    become({ session, past, source, note: null, pid: session.attachment.target.pid });
    session.subscribe(() => this.#changed());
    void session.ended.then(async () => {
      slot.ended = true;
      this.#changed();
      await session.close();
    });
  }

  /** Looks for what the processes start anew, until the fleet is left. */
  async #follow(roots: readonly AttachTarget[]): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      for (const slot of this.#slots) slot.ended ||= readProcess(slot.member.pid) === null;
      this.#addNew(roots);
      await this.#attachToNew();
    }
  }

  async #endOf(roots: readonly AttachTarget[]): LiveSession['ended'] {
    const named = this.#slots.filter(
      ({ member }) => !this.#options.tree || roots.some((root) => root === member.pid),
    );
    const ends = await Promise.all(named.flatMap(({ member }) => member.session?.ended ?? []));
    // Without one that could be attached to there is no end to wait for.
    return ends.at(-1) ?? new Promise(() => {});
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

const pidsOf = (targets: readonly AttachTarget[]): readonly number[] =>
  targets.filter((target) => typeof target === 'number');

/** What a process runs. A cluster gives every worker another port for its inspector. */
const purposeOf = ({ commandLine }: ProcessRecord): string =>
  commandLine.filter((argument) => !argument.startsWith('--inspect-port=')).join(' ');

const generationOf = ({ member }: Slot): number => (member.pid === 0 ? 0 : ancestryOf(member.pid).length);

function labelOf(target: AttachTarget): string {
  if (typeof target === 'number') return String(target);
  return 'webSocketUrl' in target ? target.webSocketUrl : `${target.host}:${target.port}`;
}

/** Why none of them could be attached to; null when one could. */
export function refusalOf(fleet: Fleet): CodedError | null {
  const members = fleet.members();
  if (members.some(({ session }) => session !== null)) return null;
  return members.find(({ error }) => error !== null)?.error ?? null;
}
