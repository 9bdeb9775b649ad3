/**
 * Objects of libraries that show themselves as they are used: their classes lie among the loaded CommonJS modules, and
 * each call of one of their methods passes by us. This text runs inside the service.
 *
 *   module cache: node_modules/pg-pool/index.js -> Pool.prototype.connect passes by us -> `this` is a pool
 *
 * Without it a pool whose connections are all out stays unseen: nothing leads from such a connection back to it.
 * An import of a CommonJS package from an ES module lies there as well; a bundle does not.
 */
import type { Foreign } from './pool-shapes.ts';
import type { StandIns } from './stand-in.ts';

export interface LibraryClasses {
  /** Follows the classes of modules that were loaded since the look before. */
  look(): void;
  /** Whether any class is followed: then what is in use tells of itself. */
  followed(): boolean;
  remove(): void;
}

export interface FollowedMethod {
  readonly packages: readonly string[];
  readonly method: string;
  /** What else the class has: others may have a method of that name. */
  readonly marks: readonly string[];
}

export interface LibraryClassesDependencies {
  /** The modules that CommonJS has loaded, by file; missing where Node does not show them. */
  readonly cache:
    | Readonly<Record<string, { readonly exports?: Foreign; readonly loaded?: boolean }>>
    | undefined;
  readonly standIns: StandIns;
  readonly methods: readonly FollowedMethod[];
  /** Before each call, again and again. Like `onReturn`, it must not throw. */
  readonly onCall?: (self: Foreign) => void;
  readonly onReturn?: (args: readonly Foreign[], result: Foreign) => void;
}

export function createLibraryClasses({
  cache,
  standIns,
  methods,
  onCall,
  onReturn,
}: LibraryClassesDependencies): LibraryClasses {
  const seen = new Set<string>();
  const owners = new WeakSet();
  let isActive = true;
  let count = 0;

  const follow = (exported: Foreign, { method, marks }: FollowedMethod): void => {
    if (typeof exported !== 'function') return;
    const prototype = Object.getOwnPropertyDescriptor(exported, 'prototype')?.value;
    if (prototype === null || typeof prototype !== 'object') return;
    if (!marks.every((mark) => mark in prototype)) return;
    let owner = prototype;
    while (owner !== null && !Object.hasOwn(owner, method)) owner = Object.getPrototypeOf(owner);
    if (owner === null || owners.has(owner)) return;
    owners.add(owner);
    const isFollowed = standIns.standInFor(
      owner,
      method,
      (passedOn) =>
        function (this: Foreign, ...args: Foreign[]): Foreign {
          if (isActive) onCall?.(this);
          const result = Reflect.apply(passedOn.original, this, args);
          if (isActive) onReturn?.(args, result);
          return result;
        },
    );
    if (isFollowed) count++;
  };

  const followExports = (exported: Foreign, library: FollowedMethod): void => {
    follow(exported, library);
    if (exported === null || (typeof exported !== 'object' && typeof exported !== 'function')) return;
    for (const name of Object.getOwnPropertyNames(exported)) {
      follow(Object.getOwnPropertyDescriptor(exported, name)?.value, library);
    }
  };

  return {
    look() {
      for (const file of Object.keys(cache ?? {})) {
        if (seen.has(file) || cache![file]?.loaded === false) continue;
        seen.add(file);
        const path = file.split('\\').join('/');
        const library = methods.find(({ packages }) =>
          packages.some((name) => path.includes(`/node_modules/${name}/`)),
        );
        try {
          if (library !== undefined) followExports(cache![file]?.exports, library);
        } catch {
          // A module that does not want to be looked at, or is one of another make than those we know.
        }
      }
    },
    followed: () => count > 0,
    remove() {
      isActive = false;
      standIns.removeAll();
    },
  };
}
