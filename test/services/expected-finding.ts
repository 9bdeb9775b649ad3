/** What a diagnosis must say about a service under test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FindingCause, FindingKind } from '../../src/model/finding.ts';

export interface ExpectedFinding {
  readonly kind: FindingKind;
  /** Any of these is right. */
  readonly causes: readonly FindingCause[];
  /** Null where no function is to blame: a process out of CPU, workers that die. */
  readonly culprit: CulpritPlace | null;
  /** As the report writes it; null where no single route is to blame. */
  readonly route: string | null;
}

export interface CulpritPlace {
  readonly function: string;
  /** Absolute path of the source. */
  readonly file: string;
  /** The line on which the function begins, and the one on which it ends. */
  readonly firstLine: number;
  readonly lastLine: number;
}

/** The place of a culprit is not given: in the source, the comment `// culprit` stands above its function. */
export function finding(
  file: string,
  kind: FindingKind,
  causes: readonly FindingCause[],
  culprit: string | null,
  route: string | null,
): ExpectedFinding {
  return { kind, causes, route, culprit: culprit === null ? null : culpritIn(file, culprit) };
}

/** Finds the function below a `// culprit` comment, and its end by the brace that stands as far left as it does. */
function culpritIn(file: string, name: string): CulpritPlace {
  const path = join(import.meta.dirname, file);
  const lines = readFileSync(path, 'utf8').split('\n');
  const marker = lines.findIndex(
    (line, index) => line === '// culprit' && (lines[index + 1] ?? '').includes(`function ${name}(`),
  );
  const end = lines.findIndex((line, index) => index > marker && line === '}');
  if (marker === -1 || end === -1) throw new Error(`${file} marks no culprit called ${name}`);
  return { function: name, file: path, firstLine: marker + 2, lastLine: end + 1 };
}
