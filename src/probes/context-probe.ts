/** The context meter as an extension of the probe: its text, and where it answers. */
import { extensionExpression } from './extension.ts';
import { captureStack } from './in-service/capture-stack.ts';
import { createContextMeter } from './in-service/context-meter.ts';

export const CONTEXT = 'context';

/** Text of a function of an `ExtensionHost`. */
export const CONTEXT_METER_TEXT = `(host) => (${String(createContextMeter)})(host, ${String(captureStack)})`;

export const SAMPLE_CONTEXT_EXPRESSION = `${extensionExpression(CONTEXT)}?.sample() ?? null`;
