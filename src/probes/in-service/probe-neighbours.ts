/**
 * Who else is installed in the service: every loopscope's probe by its owner, under one symbol of the globals. This text
 * runs inside the service.
 *
 *   globalThis[Symbol.for(registry)] = { probes: { '4711-…': probe, '4712-…': probe }, maxListeners: 10 }
 */
import type { InstalledProbe } from './installed-probe.ts';

export interface ProbeNeighbours {
  /** Whether one more may come: this loopscope has none that is polled, and there are not too many others. */
  hasRoom(): boolean;
  /** Registers a probe. What nobody polls any more is taken out, its own predecessor first. */
  join(probe: InstalledProbe): void;
  others(probe: InstalledProbe): InstalledProbe[];
  /** Undoes `join`; the answer has the duties of the one that leaves, undefined when it was the last. */
  leave(probe: InstalledProbe): InstalledProbe | undefined;
}

/** What hangs on `globalThis` while at least one probe is installed. A later loopscope may meet it: keep it so. */
interface ProbeRegistry {
  readonly probes: Record<string, InstalledProbe>;
  /** The application's own limit of listeners, which the first probe raises and the last restores; 0 is none. */
  readonly maxListeners: number;
}

export function createProbeNeighbours(names: {
  readonly registry: string;
  readonly owner: string;
}): ProbeNeighbours {
  // A loopscope that lives polls twice a second at least, so after this silence its probe is an orphan.
  const ORPHANED_AFTER_MS = 2000;
  // In an incident two or three people look at once; each costs the service as much as the first.
  const MOST_PROBES = 4;
  const { owner } = names;
  const key = Symbol.for(names.registry);
  const holder = globalThis as unknown as Record<symbol, ProbeRegistry | undefined>;

  const isOrphan = (probe: InstalledProbe): boolean => probe.sincePolledMs() >= ORPHANED_AFTER_MS;
  const others = (probe: InstalledProbe | undefined): InstalledProbe[] =>
    Object.values(holder[key]?.probes ?? {}).filter((each) => each !== probe);

  /** A listener of ours must not be the one too many that makes Node warn of a leak. */
  const open = (): ProbeRegistry => {
    const maxListeners = process.getMaxListeners();
    if (maxListeners > 0) process.setMaxListeners(maxListeners + MOST_PROBES);
    const value: ProbeRegistry = { probes: {}, maxListeners };
    Object.defineProperty(holder, key, { value, configurable: true, enumerable: false, writable: false });
    return value;
  };

  const close = ({ maxListeners }: ProbeRegistry): void => {
    if (maxListeners > 0 && process.getMaxListeners() === maxListeners + MOST_PROBES) {
      process.setMaxListeners(maxListeners);
    }
    delete holder[key];
  };

  return {
    others,
    hasRoom() {
      const own = holder[key]?.probes[owner];
      if (own !== undefined && !isOrphan(own)) return false;
      return others(own).filter((other) => !isOrphan(other)).length < MOST_PROBES;
    },
    join(probe) {
      const { probes } = holder[key] ?? open();
      const predecessor = probes[owner];
      probes[owner] = probe;
      // Only now: the orphan of a killed loopscope hands over what it has to close.
      predecessor?.uninstall();
      for (const other of others(probe)) if (isOrphan(other)) other.uninstall();
    },
    leave(probe) {
      const registry = holder[key];
      const [heir] = others(probe);
      if (registry?.probes[owner] === probe) delete registry.probes[owner];
      if (registry !== undefined && heir === undefined) close(registry);
      return heir;
    },
  };
}
