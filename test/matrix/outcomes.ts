/** What a run over many versions came to: a table of version by suite, and what was left out, with the reason. */

type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'skipped'; readonly because: string };

export interface Place {
  readonly loopscope: number;
  readonly target: number;
  readonly suite: string;
  readonly test: string;
}

export interface Outcomes {
  /** Runs a test and notes how it went; a test that is run again is noted as it went last. */
  note(place: Place, test: () => Promise<void>): Promise<void>;
  skip(place: Place, because: string): void;
  format(): string;
}

export function createOutcomes(): Outcomes {
  const outcomes = new Map<string, { readonly place: Place; readonly outcome: Outcome }>();
  const set = (place: Place, outcome: Outcome): void => {
    outcomes.set(JSON.stringify(place), { place, outcome });
  };
  return {
    async note(place, test) {
      set(place, { kind: 'failed' });
      await test();
      set(place, { kind: 'passed' });
    },
    skip: (place, because) => set(place, { kind: 'skipped', because }),
    format: () => formatTable([...outcomes.values()]),
  };
}

const ROW = 44;
const CELL = 20;

type Noted = readonly { readonly place: Place; readonly outcome: Outcome }[];

function formatTable(noted: Noted): string {
  const suites = [...new Set(noted.map(({ place }) => place.suite))];
  const rows = [...new Set(noted.map(({ place }) => rowOf(place)))].toSorted();
  const lines = rows.map((row) => {
    const cells = suites.map((suite) =>
      cellOf(noted.filter(({ place }) => rowOf(place) === row && place.suite === suite)),
    );
    return [row.padEnd(ROW), ...cells.map((cell) => cell.padEnd(CELL))].join('').trimEnd();
  });
  const failed = noted.filter(({ outcome }) => outcome.kind === 'failed');
  const reasons = new Map<string, string[]>();
  for (const { place, outcome } of noted) {
    if (outcome.kind !== 'skipped') continue;
    const what = `${place.test} (Node ${place.target})`;
    reasons.set(outcome.because, [...(reasons.get(outcome.because) ?? []), what]);
  }
  return [
    ['', ...suites]
      .map((title, i) => title.padEnd(i === 0 ? ROW : CELL))
      .join('')
      .trimEnd(),
    ...lines,
    ...failed.map(({ place }) => `FAILED: ${rowOf(place)}, ${place.suite}: ${place.test}`),
    ...[...reasons].map(([because, what]) => `skipped, ${because}: ${[...new Set(what)].join(', ')}`),
  ].join('\n');
}

const rowOf = ({ loopscope, target }: Place): string =>
  `loopscope on Node ${loopscope}, service on Node ${target}`;

function cellOf(cell: Noted): string {
  if (cell.length === 0) return '-';
  const count = (kind: Outcome['kind']): number => cell.filter(({ outcome }) => outcome.kind === kind).length;
  const ran = cell.length - count('skipped');
  const skipped = count('skipped') > 0 ? `, ${count('skipped')} skipped` : '';
  return `${count('passed')} of ${ran}${count('failed') > 0 ? ' FAILED' : ''}${skipped}`;
}
