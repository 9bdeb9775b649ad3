import { describe, expect, it } from 'vitest';
import { estimateSnapshotCost } from '../../src/heap/snapshot-estimate.ts';
import type { SnapshotVitals } from '../../src/heap/snapshot-vitals.ts';

const MB = 2 ** 20;
const roomy: SnapshotVitals = {
  nodeMajor: 22,
  heapUsedBytes: 100 * MB,
  largeObjectBytes: 0,
  machineFreeBytes: 64_000 * MB,
  containerFreeBytes: null,
  longestScript: null,
};

describe('the price of a snapshot', () => {
  it('grows with the heap, and counts large objects for little', () => {
    const small = estimateSnapshotCost(roomy);
    const large = estimateSnapshotCost({ ...roomy, heapUsedBytes: 200 * MB });
    const arrays = estimateSnapshotCost({ ...roomy, largeObjectBytes: 90 * MB });
    expect(large.pauseMs).toBeGreaterThan(small.pauseMs * 1.8);
    expect(arrays.pauseMs).toBeLessThan(small.pauseMs / 4);
    expect(small.refusal).toBeNull();
  });

  // What was measured on an idle machine; see snapshot-estimate.ts.
  it.each([
    ['plain objects on Node 20', 20, 24, 3835, 353],
    ['many plain objects on Node 20', 20, 88, 10_319, 1363],
    ['closures in a Map on Node 20', 20, 39, 3919, 815],
    ['plain objects on Node 24', 24, 25, 1707, 330],
    ['many plain objects on Node 24', 24, 88, 9970, 1221],
    ['closures in a Map on Node 24', 24, 40, 3938, 785],
  ])('is within a factor of two of what happened with %s', (_, nodeMajor, heapMb, pauseMs, extraMb) => {
    const estimate = estimateSnapshotCost({ ...roomy, nodeMajor, heapUsedBytes: heapMb * MB });
    expect(estimate.pauseMs / pauseMs).toBeGreaterThan(0.5);
    expect(estimate.pauseMs / pauseMs).toBeLessThan(2);
    expect(estimate.extraBytes / (extraMb * MB)).toBeGreaterThan(0.5);
    expect(estimate.extraBytes / (extraMb * MB)).toBeLessThan(2);
  });

  it('is too high where the container could kill the service', () => {
    const { refusal } = estimateSnapshotCost({ ...roomy, containerFreeBytes: 300 * MB });
    expect(refusal).toMatchObject({ code: 'snapshot-needs-memory', exitCode: 3 });
    expect(refusal?.message).toContain('its container has 300 MB');
    expect(estimateSnapshotCost({ ...roomy, machineFreeBytes: 300 * MB }).refusal?.message).toContain(
      'the machine',
    );
  });

  it('is too high for Node 20 with a long script, and only there', () => {
    const longestScript = { name: 'bundle.js', length: 4 * MB };
    expect(estimateSnapshotCost({ ...roomy, nodeMajor: 20, longestScript }).refusal).toMatchObject({
      code: 'snapshot-would-freeze',
    });
    expect(estimateSnapshotCost({ ...roomy, nodeMajor: 22, longestScript }).refusal).toBeNull();
    const short = { name: 'app.js', length: 3000 };
    expect(estimateSnapshotCost({ ...roomy, nodeMajor: 20, longestScript: short }).refusal).toBeNull();
  });
});
