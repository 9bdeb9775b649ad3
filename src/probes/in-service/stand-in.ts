/**
 * Functions that stand in for methods of the application's libraries, and go away again. This text runs inside the
 * service.
 *
 *   stand in for Worker.prototype.callProcessJob -> each job passes through us -> removeAll: as it was
 *
 * Several loopscopes may stand in for the same method, one upon the other, and leave in any order: each stand-in
 * knows what it passes on to, so that one in the middle can be taken out.
 */
import type { Foreign } from './pool-shapes.ts';

/** What a stand-in passes on to, by the time it is called. */
export interface PassedOn {
  original: Foreign;
}

export interface StandIns {
  /** Puts what `make` makes in the place of a method that `owner` itself has; false when it cannot be replaced. */
  standInFor(owner: Foreign, name: string, make: (passedOn: PassedOn) => Foreign): boolean;
  removeAll(): void;
}

export function createStandIns(): StandIns {
  // Shared by all loopscopes that are attached: it is how they find each other's.
  const PASSED_ON = Symbol.for('loopscope.passed-on');
  const undo: (() => void)[] = [];

  /** Takes ours out of the chain that begins at the method; what is not ours ends the chain. */
  const takeOut = (owner: Foreign, name: string, own: Foreign, passedOn: PassedOn): void => {
    const now = Object.getOwnPropertyDescriptor(owner, name);
    if (now?.value === own) {
      Object.defineProperty(owner, name, { ...now, value: passedOn.original });
      return;
    }
    for (let link = now?.value?.[PASSED_ON]; link !== undefined; link = link.original?.[PASSED_ON]) {
      if (link.original !== own) continue;
      link.original = passedOn.original;
      return;
    }
  };

  return {
    standInFor(owner, name, make) {
      const before = Object.getOwnPropertyDescriptor(owner, name);
      if (typeof before?.value !== 'function' || before.configurable !== true) return false;
      const passedOn = { original: before.value };
      const own = make(passedOn);
      Object.defineProperty(own, PASSED_ON, { value: passedOn });
      Object.defineProperty(owner, name, { ...before, value: own });
      undo.push(() => takeOut(owner, name, own, passedOn));
      return true;
    },
    removeAll() {
      for (const remove of undo.splice(0)) remove();
    },
  };
}
