/** What attaching has done, does now and will do, each with how long it took. */

/** In this order. */
const STAGES = {
  finding: 'find the process',
  proving: 'prove that it is Node, and that the signal does no harm',
  opening: 'open its inspector',
  asking: 'ask it who it is',
  moving: 'move the inspector off the debug port',
  installing: 'put the probe in',
} as const;

export type AttachingStage = keyof typeof STAGES;

/** A stage that has begun, in the order of their beginnings. */
export interface BegunStage {
  readonly stage: AttachingStage;
  readonly atMs: number;
}

export interface AttachingStep {
  readonly text: string;
  readonly state: 'done' | 'now' | 'later' | 'needless';
  /** Of what is done, until the next began. */
  readonly tookMs: number | null;
}

/** All stages as they stand; one that was passed over was not needed. */
export function selectAttachingSteps(begun: readonly BegunStage[]): readonly AttachingStep[] {
  const stages = Object.keys(STAGES) as AttachingStage[];
  const current = begun.at(-1);
  const reached = current === undefined ? -1 : stages.indexOf(current.stage);
  return stages.map((stage, place) => {
    const at = begun.findIndex((each) => each.stage === stage);
    const text = STAGES[stage];
    if (place > reached) return { text, state: 'later', tookMs: null };
    if (place === reached) return { text, state: 'now', tookMs: null };
    const [own, next] = [begun[at], begun[at + 1]];
    return own && next
      ? { text, state: 'done', tookMs: next.atMs - own.atMs }
      : { text, state: 'needless', tookMs: null };
  });
}
