import { describe, expect, it } from 'vitest';
import { estimateSnapshotCost } from '../../src/heap/snapshot-estimate.ts';
import type { SnapshotVitals } from '../../src/heap/snapshot-vitals.ts';

const MB = 2 ** 20;
const roomy: SnapshotVitals = {
  nodeMajor: 22,
  heapUsedBytes: 100 * MB,
  collection: { cpuMs: 200, wallMs: 120 },
  machineFreeBytes: 64_000 * MB,
  containerFreeBytes: null,
};

describe('the price of a snapshot', () => {
  it('goes with the time of a collection, and counts bytes that are no objects for little', () => {
    const small = estimateSnapshotCost(roomy);
    const twice = { heapUsedBytes: 200 * MB, collection: { cpuMs: 400, wallMs: 240 } };
    const large = estimateSnapshotCost({ ...roomy, ...twice });
    const arrays = estimateSnapshotCost({ ...roomy, collection: { cpuMs: 20, wallMs: 10 } });
    expect(large.pauseMs).toBeGreaterThan(small.pauseMs * 1.8);
    expect(arrays.pauseMs).toBeLessThan(small.pauseMs / 4);
    expect(small.refusal).toBeNull();
  });

  it('is higher where others use the processors, and says the same of the memory', () => {
    const quiet = estimateSnapshotCost(roomy);
    const busy = estimateSnapshotCost({ ...roomy, collection: { cpuMs: 200, wallMs: 800 } });
    expect(busy.pauseMs).toBeCloseTo(quiet.pauseMs * 4);
    expect(busy.extraBytes).toBe(quiet.extraBytes);
  });

  // CPU milliseconds of a collection and of the snapshot that followed, MB used and taken: other heaps than those
  // it was calibrated on.
  it.each([
    ['closures', 20, 50, 96, 3795, 402],
    ['a list of class instances', 20, 50, 139, 4148, 370],
    ['documents', 20, 39, 56, 2318, 231],
    ['typed arrays and dates', 20, 48, 48, 1226, 127],
    ['libraries', 20, 40, 99, 2750, 227],
    ['closures', 22, 50, 115, 3546, 358],
    ['a list of class instances', 22, 50, 109, 3665, 344],
    ['documents', 22, 43, 62, 2498, 240],
    ['typed arrays and dates', 22, 50, 44, 1165, 119],
    ['libraries', 22, 39, 90, 1833, 195],
    ['closures', 24, 50, 121, 2265, 357],
    ['a list of class instances', 24, 50, 118, 2407, 335],
    ['documents', 24, 29, 45, 912, 172],
    ['typed arrays and dates', 24, 48, 53, 712, 116],
    ['libraries', 24, 42, 90, 1337, 202],
    ['closures', 26, 50, 105, 2391, 360],
    ['a list of class instances', 26, 50, 120, 2633, 335],
    ['documents', 26, 29, 43, 1022, 164],
    ['typed arrays and dates', 26, 49, 59, 864, 119],
    ['libraries', 26, 37, 89, 1248, 191],
  ])(
    'is within a factor of two of what happened with %s on Node %i',
    (_, nodeMajor, heapMb, cpuMs, pauseMs, extraMb) => {
      const collection = { cpuMs, wallMs: cpuMs / 2 };
      const vitals = { ...roomy, nodeMajor, heapUsedBytes: heapMb * MB, collection };
      const estimate = estimateSnapshotCost(vitals);
      expect(estimate.pauseMs / pauseMs).toBeGreaterThan(0.5);
      expect(estimate.pauseMs / pauseMs).toBeLessThan(2);
      expect(estimate.extraBytes / (extraMb * MB)).toBeGreaterThan(0.5);
      expect(estimate.extraBytes / (extraMb * MB)).toBeLessThan(2);
    },
  );

  it('is too high where the container could kill the service', () => {
    const { refusal } = estimateSnapshotCost({ ...roomy, containerFreeBytes: 300 * MB });
    expect(refusal).toMatchObject({ code: 'snapshot-needs-memory', exitCode: 3 });
    expect(refusal?.message).toContain('its container has 300 MB');
    expect(estimateSnapshotCost({ ...roomy, machineFreeBytes: 300 * MB }).refusal?.message).toContain(
      'the machine',
    );
  });
});
