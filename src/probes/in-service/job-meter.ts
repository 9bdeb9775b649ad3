/**
 * Jobs of queue libraries in a service that nobody prepared. This text runs inside the service.
 *
 *   require.cache holds bullmq -> its Worker is followed -> read: emails of bullmq, 3 active, 120 waiting
 *
 * Classes are found among the loaded modules, and in bundles by the search for pools, which offers what it sees.
 */
import type { createJobLibraries, JobLibrary } from './job-libraries.ts';
import type { createJobLog, QueueTally } from './job-log.ts';
import type { Foreign } from './pool-shapes.ts';
import type { ExtensionHost, ProbeExtension } from './installed-probe.ts';
import type { createStandIns } from './stand-in.ts';

export interface JobMeter extends ProbeExtension {
  /** Takes any object or class; follows it when it is one of a queue library. */
  offer(value: Foreign): void;
  read(): WireJobs;
}

export interface WireJobs {
  readonly nowMs: number;
  readonly windowMs: number;
  /** Queues with jobs so far; `completed` and `failed` since the reading before. */
  readonly queues: readonly QueueTally[];
}

export interface JobMeterParts {
  readonly createJobLog: typeof createJobLog;
  readonly createJobLibraries: typeof createJobLibraries;
  readonly createStandIns: typeof createStandIns;
}

export function createJobMeter(host: ExtensionHost, parts: JobMeterParts): JobMeter {
  /** Asking Redis for the length of a list twice in this time is enough to see it grow. */
  const LOOK_EVERY_MS = 1000;
  /** A library may be loaded with its first use. */
  const SEARCH_AGAIN_EVERY = 10;
  const { nowMs, builtin } = host;
  const standIns = parts.createStandIns();
  const jobs = parts.createJobLog(host);
  const libraries = parts.createJobLibraries({ jobs, standIns, nowMs });
  const followed = new WeakSet();
  const timers = builtin('timers') as typeof import('node:timers');
  const { _cache: cache } = builtin('module') as {
    readonly _cache?: Record<string, { readonly exports?: Foreign }>;
  };
  let cutMs = nowMs();
  let looks = 0;

  const prototypeOf = (value: Foreign): Foreign =>
    typeof value === 'function' ? Object.getOwnPropertyDescriptor(value, 'prototype')?.value : value;

  /** Methods of a class lie on its prototype, which an instance only inherits from. */
  const followOne = (library: JobLibrary, value: Foreign): void => {
    let owner = value;
    while (owner !== null && !Object.hasOwn(owner, library.marks[0]!)) owner = Object.getPrototypeOf(owner);
    if (owner === null || followed.has(owner)) return;
    followed.add(owner);
    library.follow(owner);
  };
  const offer = (value: Foreign): void => {
    const candidate = prototypeOf(value);
    if (candidate === null || typeof candidate !== 'object') return;
    const library = libraries.find(({ marks }) => marks.every((mark) => mark in candidate));
    if (library !== undefined) followOne(library, candidate);
  };
  const offerExports = (exported: Foreign): void => {
    if (typeof exported === 'function') return offer(exported);
    if (exported === null || typeof exported !== 'object') return;
    for (const name of Object.getOwnPropertyNames(exported)) {
      const value = Object.getOwnPropertyDescriptor(exported, name)?.value;
      if (typeof value === 'function') offer(value);
    }
  };
  const searchModules = (): void => {
    const folders = libraries.map(({ folder }) => `/${folder}/`);
    for (const file of Object.keys(cache ?? {})) {
      const path = file.split('\\').join('/');
      if (folders.some((folder) => path.includes(folder))) offerExports(cache![file]?.exports);
    }
  };
  const look = (): void => {
    try {
      if (looks++ % SEARCH_AGAIN_EVERY === 0) searchModules();
      for (const library of libraries) library.look?.();
    } catch {
      // A library of another make than those we know: its jobs go unnoticed.
    }
  };
  look();
  const every = timers.setInterval(look, LOOK_EVERY_MS);
  every.unref();

  return {
    offer,
    read() {
      const atMs = nowMs();
      const windowMs = atMs - cutMs;
      cutMs = atMs;
      const queues = jobs.queues.map((queue) => ({ ...queue }));
      for (const queue of jobs.queues) {
        queue.completed = 0;
        queue.failed = 0;
      }
      return { nowMs: atMs, windowMs, queues };
    },
    remove() {
      timers.clearInterval(every);
      standIns.removeAll();
    },
  };
}
