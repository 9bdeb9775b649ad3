/** The stack of what runs as it is asked for: one constant expression that leaves nothing in the service. */
import { ownScript } from './extension.ts';
import { captureStack } from './in-service/capture-stack.ts';

/** What `STACK_EXPRESSION` answers: the service's clock, and V8's text, empty when nothing was running. */
export type WireStack = readonly [nowMs: number, stack: string];

export const STACK_EXPRESSION = `((take) => function sample() {
  const [seconds, nanoseconds] = process.hrtime();
  return [seconds * 1e3 + nanoseconds / 1e6, take(sample)];
})(${String(captureStack)})()${ownScript('stack')}`;
