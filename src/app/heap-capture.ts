/** Heap snapshots by hand in the terminal UI: price, consent, snapshot, comparison. */
import type { ComparerProgress, HeapComparer } from './heap-comparer.ts';
import type { SnapshotEstimate } from '../heap/snapshot-estimate.ts';
import { formatBytes } from '../presentation/format.ts';
import type { HeapCapture, HeapCaptureSource } from '../presentation/heap-capture.ts';
import { selectHeapShare } from '../presentation/heap-progress.ts';

export function createHeapCapture(comparer: HeapComparer): HeapCaptureSource {
  const listeners = new Set<() => void>();
  let state: HeapCapture = { kind: 'idle' };
  let offered: SnapshotEstimate | null = null;
  const become = (next: HeapCapture): void => {
    state = next;
    for (const listener of listeners) listener();
  };
  const isBusy = (): boolean => ['pricing', 'taking', 'analysing'].includes(state.kind);

  const ask = async (): Promise<void> => {
    become({ kind: 'pricing' });
    const price = await comparer.price();
    if (!price.ok) return become({ kind: 'failed', error: price.error });
    offered = price.value;
    const { pauseMs, extraBytes } = price.value;
    become({ kind: 'offered', pauseMs, extraBytes });
  };
  const take = async (estimate: SnapshotEstimate): Promise<void> => {
    become({ kind: 'taking', says: 'V8 collects garbage', share: null });
    const taken = await comparer.take(estimate, (progress) => become(fromProgress(progress)));
    if (!taken.ok) return become({ kind: 'failed', error: taken.error });
    become({ kind: 'analysing', share: 0 });
    const growth = await taken.value.growth;
    become(growth.ok ? { kind: 'idle' } : { kind: 'failed', error: growth.error });
  };

  return {
    state: () => state,
    request() {
      if (!isBusy()) void ask();
    },
    accept() {
      if (state.kind === 'offered' && offered) void take(offered);
    },
    decline() {
      if (!isBusy()) become({ kind: 'idle' });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function fromProgress(progress: ComparerProgress): HeapCapture {
  switch (progress.kind) {
    case 'building':
      return { kind: 'taking', says: 'V8 walks the heap', share: progress.share };
    case 'sending':
      return { kind: 'taking', says: `${formatBytes(progress.bytes)} came`, share: null };
    case 'analysing':
      return { kind: 'analysing', share: selectHeapShare({ file: 0, files: 1, progress }) };
  }
}
