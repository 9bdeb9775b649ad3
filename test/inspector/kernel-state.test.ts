import { expect, test } from 'vitest';
import { formatKernelState, isIdle, type KernelState } from '../../src/inspector/kernel-state.ts';

const IDLE: KernelState = { state: 'S', waitingIn: 'ep_poll', inMainLoop: true, children: [] };
const WORKER = { pid: 7, command: 'worker', ageMs: 60_000 };
const SLEEP = { pid: 8, command: 'sleep 8', ageMs: 3_000 };

test('a main loop that waits for events is idle, whatever children the process has', () => {
  expect(isIdle(IDLE)).toBe(true);
  expect(isIdle({ ...IDLE, children: [WORKER] })).toBe(true);
  expect(formatKernelState({ ...IDLE, children: [WORKER] }, Infinity)).toBe('waiting (ep_poll)');
});

test('another loop that waits for events is that of a synchronous child, the youngest', () => {
  const spawning: KernelState = { ...IDLE, inMainLoop: false, children: [WORKER, SLEEP] };
  expect(isIdle(spawning)).toBe(false);
  expect(formatKernelState(spawning, 200)).toBe('waiting for its child: sleep 8');
});

test('where the kernel does not say which loop, a process with children may wait for one', () => {
  const unknown: KernelState = { ...IDLE, inMainLoop: null };
  expect(isIdle(unknown)).toBe(true);
  expect(isIdle({ ...unknown, children: [WORKER] })).toBe(false);
  expect(formatKernelState({ ...unknown, children: [WORKER, SLEEP] }, 3_000)).toBe(
    'waiting for its child: sleep 8',
  );
  expect(formatKernelState({ ...unknown, children: [WORKER] }, 3_000)).toBe('waiting (ep_poll)');
});

test('a thread that runs is on the CPU, and one in a read waits there', () => {
  const ready = { ...IDLE, state: 'R', waitingIn: null };
  expect(formatKernelState(ready, 0)).toBe('on CPU');
  expect(formatKernelState(ready, 0, 0.9)).toBe('on CPU');
  expect(formatKernelState(ready, 0, 0.5)).toBe('waiting for a CPU');
  expect(formatKernelState({ ...IDLE, waitingIn: 'pipe_read', inMainLoop: null }, 0)).toBe(
    'waiting (pipe_read)',
  );
});
