/**
 * Closing the inspector that we opened, from inside: when the service ends, and when nobody is left to do it. This
 * text runs inside the service.
 */

export interface InspectorClosing {
  /** Prepares for the end of the service; `forget` undoes it. */
  watchEnd(): void;
  /** From now on the inspector is ours to close, and this debug port is what the next signal shall open. */
  own(originalDebugPort: number): void;
  /** Closes it soon, if it is ours. */
  closeSoon(): void;
  /** Leaves the service's end to the service. */
  forget(): void;
}

export interface InspectorClosingDependencies {
  readonly builtin: (name: string) => unknown;
  /** A timer that carries no AsyncLocalStorage store. */
  readonly startCleanTimer: (callback: () => void, delayMs: number) => NodeJS.Timeout;
}

export function createInspectorClosing(dependencies: InspectorClosingDependencies): InspectorClosing {
  const CLOSE_AFTER_MS = 50;
  const SERVES_MS = 3;
  const AGENT_SYMBOL = 'loopscope.agent';
  const { builtin, startCleanTimer } = dependencies;
  let debugPort = -1;

  const close = (): void => {
    if (debugPort < 0) return;
    try {
      (builtin('inspector') as typeof import('node:inspector')).close();
      process.debugPort = debugPort;
    } catch {
      // It has been closed by somebody else.
    }
  };

  /**
   * Node would wait at its end for the debugger to disconnect. And Node 18 and 20 end by SIGSEGV when an evaluate with
   * the command-line API (a change of the CPU profile needs it) is still to be served after the last JavaScript has
   * run: 20 of 20 where the loop ran empty, 3 of 20 by `process.exit` on 18, also without any listener of ours. So the
   * inspector is closed while JavaScript can still run, and what came through it before is served here. The in-process
   * agent holds up no end, but Node would say on stderr that it waits for a debugger.
   */
  const onEnd = (): void => {
    close();
    const holder = globalThis as unknown as Record<symbol, { leave(): void } | undefined>;
    holder[Symbol.for(AGENT_SYMBOL)]?.leave();
    const until = performance.now() + SERVES_MS;
    while (performance.now() < until);
  };

  return {
    watchEnd() {
      process.prependOnceListener('beforeExit', onEnd);
      process.prependOnceListener('exit', onEnd);
    },
    own(originalDebugPort) {
      debugPort = originalDebugPort;
    },
    closeSoon() {
      if (debugPort < 0) return;
      // After a whole turn of the loop: SIGUSR1 asks for the inspector twice, by an interrupt and by a wake-up of the
      // loop, and closed before that wake-up was handled it would open again, with nobody there to close it.
      startCleanTimer(() => {
        (builtin('timers') as typeof import('node:timers')).setImmediate(close);
      }, CLOSE_AFTER_MS);
    },
    forget() {
      process.removeListener('beforeExit', onEnd);
      process.removeListener('exit', onEnd);
    },
  };
}
