/** The outgoing meter as an extension of the probe: its text, and where it answers. */
import { bucketOf } from '../model/latency-histogram.ts';
import { extensionExpression } from './extension.ts';
import { createOutgoingMeter } from './in-service/outgoing-meter.ts';

export const OUTGOING = 'outgoing';

/** Text of a function of an `ExtensionHost`. */
export const OUTGOING_METER_TEXT = `(host) => (${String(createOutgoingMeter)})(host, ${String(bucketOf)})`;

export const READ_OUTGOING_EXPRESSION = `${extensionExpression(OUTGOING)}?.read() ?? null`;
