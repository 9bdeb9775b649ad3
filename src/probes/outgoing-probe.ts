/** The outgoing meter as an extension of the probe: its text. */
import { bucketOf } from '../model/latency-histogram.ts';
import { createOutgoingMeter } from './in-service/outgoing-meter.ts';

export const OUTGOING = 'outgoing';

/** Text of a function of an `ExtensionHost`. */
export const OUTGOING_METER_TEXT = `(host) => (${String(createOutgoingMeter)})(host, ${String(bucketOf)})`;
