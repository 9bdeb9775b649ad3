/** The thread pool meter as an extension of the probe: its text. */
import { createThreadpoolMeter } from './in-service/threadpool-meter.ts';

export const THREADPOOL = 'threadpool';

/** Text of a function of an `ExtensionHost`. */
export const THREADPOOL_METER_TEXT = String(createThreadpoolMeter);
