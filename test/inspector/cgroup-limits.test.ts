import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readCgroupLimits, type CgroupLimits } from '../../src/inspector/cgroup-limits.ts';

/** Lays files out as the kernel does, under a folder of their own. */
function limitsOf(
  files: Readonly<Record<string, string>>,
  roots: { readonly own: string; readonly theirs: string } = { own: 'nowhere', theirs: '' },
): CgroupLimits {
  const root = mkdtempSync(join(tmpdir(), 'loopscope-cgroup-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return readCgroupLimits(7, {
    proc: join(root, 'proc'),
    ownRoot: join(root, roots.own),
    theirRoot: join(root, roots.theirs),
  });
}

test('version 2: the smallest limit on the way up counts', () => {
  const limits = limitsOf({
    'proc/7/cgroup': '0::/pods/app\n',
    'sys/fs/cgroup/pods/app/cpu.max': '150000 100000\n',
    'sys/fs/cgroup/pods/app/memory.max': 'max\n',
    'sys/fs/cgroup/pods/cpu.max': 'max 100000\n',
    'sys/fs/cgroup/pods/memory.max': '536870912\n',
  });
  expect(limits).toEqual({ cores: 1.5, memoryBytes: 536_870_912 });
});

test('version 2: inside a container the limits stand at the root', () => {
  const limits = limitsOf({
    'proc/7/cgroup': '0::/\n',
    'sys/fs/cgroup/cpu.max': '50000 100000\n',
    'sys/fs/cgroup/memory.max': '268435456\n',
  });
  expect(limits).toEqual({ cores: 0.5, memoryBytes: 268_435_456 });
});

test('version 1: quota over period, and the largest number means no limit', () => {
  const limits = limitsOf({
    'proc/7/cgroup': '4:memory:/docker/ab\n3:cpu,cpuacct:/docker/ab\n',
    'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '200000\n',
    'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
  });
  expect(limits).toEqual({ cores: 2, memoryBytes: null });
});

const HOST = { own: '', theirs: 'container' };

test('from the host: our own mount shows the container, and what limits the pod around it', () => {
  const limits = limitsOf(
    {
      'proc/7/cgroup': '0::/pods/app\n',
      'sys/fs/cgroup/pods/app/cpu.max': '100000 100000\n',
      'sys/fs/cgroup/pods/memory.max': '536870912\n',
      'container/sys/fs/cgroup/memory.max': '999999999\n',
    },
    HOST,
  );
  expect(limits).toEqual({ cores: 1, memoryBytes: 536_870_912 });
});

test.each(['0::/../app\n', '0::/pods/app\n'])(
  'from another container (%j): not our own limits, but those that the container sees',
  (membership) => {
    const limits = limitsOf(
      {
        'proc/7/cgroup': membership,
        'sys/fs/cgroup/cpu.max': '900000 100000\n',
        'sys/fs/cgroup/memory.max': '1000\n',
        'container/sys/fs/cgroup/cpu.max': '50000 100000\n',
        'container/sys/fs/cgroup/memory.max': '268435456\n',
      },
      HOST,
    );
    expect(limits).toEqual({ cores: 0.5, memoryBytes: 268_435_456 });
  },
);

test('without limits there is none', () => {
  expect(limitsOf({ 'proc/7/cgroup': '0::/\n' })).toEqual({ cores: null, memoryBytes: null });
  expect(limitsOf({})).toEqual({ cores: null, memoryBytes: null });
});
