/** The job meter as an extension of the probe: its text. */
import { createJobLibraries } from './in-service/job-libraries.ts';
import { createJobLog } from './in-service/job-log.ts';
import { createJobMeter } from './in-service/job-meter.ts';
import type { JobMeterParts } from './in-service/job-meter.ts';
import { createStandIns } from './in-service/stand-in.ts';

export const JOBS = 'jobs';

const parts: JobMeterParts = { createJobLog, createJobLibraries, createStandIns };

const partsText = Object.entries(parts)
  .map(([name, part]) => `${name}: ${String(part)}`)
  .join(',\n');

/** Text of a function of an `ExtensionHost`. */
export const JOB_METER_TEXT = `(host) => (${String(createJobMeter)})(host, {${partsText}})`;
