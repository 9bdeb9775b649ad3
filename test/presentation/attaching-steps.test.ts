import { describe, expect, it } from 'vitest';
import { selectAttachingSteps, type AttachingStage } from '../../src/presentation/attaching-steps.ts';

function states(...begun: readonly AttachingStage[]): string {
  const steps = selectAttachingSteps(begun.map((stage, i) => ({ stage, atMs: i * 20 })));
  return steps.map(({ state, tookMs }) => (tookMs === null ? state : `${state} ${tookMs}`)).join(', ');
}

describe('the steps of attaching', () => {
  it('are done with how long they took, going on, or still to come', () => {
    expect(states('finding', 'proving', 'opening')).toBe('done 20, done 20, now, later, later, later');
  });

  it('were not needed where they were passed over: an inspector that is open is neither opened nor moved', () => {
    expect(states('finding', 'proving', 'asking', 'installing')).toBe(
      'done 20, done 20, needless, done 20, needless, now',
    );
  });

  it('are all to come before the first', () => {
    expect(states()).toBe('later, later, later, later, later, later');
  });
});
