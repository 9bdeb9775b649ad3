/**
 * The README's table of figures, from the files that `npm run bench` writes: one row a claim, with the bar beside the
 * figure and what people use today beside both. A claim that has not been measured has no row.
 *
 *   install.json -> | installed with `npx`, cold cache | 1 package, 2.8 MB, 1.1 s | 45 packages, 12 MB | clinic 694, … |
 */

interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** A median, and the interval that holds the true one in 95 of 100 cases. */
interface Within {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

interface Measured {
  readonly claim: string;
  readonly date: string;
  readonly node: string;
  readonly machine: { readonly processor: string; readonly cores: number; readonly memoryGb: number };
  readonly versions?: Readonly<Record<string, string>>;
}

export interface StartClaim extends Measured {
  readonly rows: readonly { readonly name: string; readonly ratio: number; readonly bar: number | null }[];
}

export interface InstallClaim extends Measured {
  readonly bars: { readonly packages: number; readonly megabytes: number };
  readonly rows: readonly {
    readonly name: string;
    readonly packages: number;
    readonly megabytes: number;
    readonly seconds: Spread;
  }[];
}

export interface NamingClaim extends Measured {
  readonly rows: readonly {
    readonly tool: string;
    readonly restarts: boolean;
    readonly seconds: Spread;
    readonly right: number;
    readonly wrong: number;
    readonly nothing: number;
  }[];
}

export interface OverheadClaim extends Measured {
  readonly rows: readonly {
    readonly node: number;
    readonly service: string;
    readonly ratio: Within;
    readonly p99: Within;
    /** The longest that loopscope itself held the service up, once it had settled. */
    readonly ownPauseMs: number;
  }[];
}

export interface PeersClaim extends Measured {
  readonly services: Readonly<
    Record<
      string,
      readonly {
        readonly side: string;
        readonly failed?: string;
        readonly cpuUsPerRequestRatio: number;
        readonly attachPauseMs: number;
        readonly pauseMs: number;
        readonly perSecondRatio: number;
      }[]
    >
  >;
}

export interface HeapClaim extends Measured {
  readonly files: readonly {
    readonly name: string;
    readonly megabytes: number;
    /** Ours first; without figures where the program failed. */
    readonly rows: readonly {
      readonly name: string;
      readonly seconds?: number;
      readonly peakMb?: number;
      readonly failed?: string;
    }[];
    /** `devtools: seconds` is how many times ours theirs are. */
    readonly bars: readonly { readonly what: string; readonly value: number; readonly bar: number }[];
  }[];
}

export interface ScreensClaim extends Measured {
  readonly rows: readonly { readonly what: string; readonly value: string; readonly bar: string }[];
}

export interface GrowthClaim extends Measured {
  readonly bars: { readonly exponent: number };
  readonly growths: readonly {
    readonly name: string;
    readonly unit: string;
    readonly points: readonly { readonly count: number; readonly cost: Spread; readonly megabytes: Spread }[];
    readonly exponent: number;
  }[];
}

export interface SelfClaim extends Measured {
  readonly busyShare: number;
  readonly seconds: number;
  readonly layers: readonly { readonly layer: string; readonly share: number }[];
}

/** What has been measured, by claim. */
export interface Claims {
  readonly start?: StartClaim;
  readonly install?: InstallClaim;
  readonly naming?: NamingClaim;
  readonly overhead?: OverheadClaim;
  readonly peers?: PeersClaim;
  readonly heap?: HeapClaim;
  readonly screens?: ScreensClaim;
  readonly growth?: GrowthClaim;
  readonly self?: SelfClaim;
}

interface Row {
  readonly claim: string;
  readonly figure: string;
  readonly bar: string;
  readonly beside: string;
}

/** Of the issue "Proof": CPU time per request, attached against not attached. */
const OVERHEAD_BARS: Readonly<Record<string, number>> = { hello: 1.04, express: 1.02 };

const OVERHEAD_P99_BAR = 1.1;
const OVERHEAD_PAUSE_BAR_MS = 15;

const SERVICE_NAMES: Readonly<Record<string, string>> = {
  hello: 'a hello-world',
  express: 'an Express service',
  allocating: 'a service that allocates',
};

const GROWTH_NAMES: Readonly<Record<string, string>> = {
  routes: 'routes seen',
  functions: 'functions in one session',
  processes: 'processes watched at once',
  load: 'requests a second to the service',
};

/** The whole section, without the marks around it. */
export function formatClaims(claims: Claims): string {
  const rows = [
    ...(claims.start ? startRows(claims.start) : []),
    ...(claims.install ? installRows(claims.install) : []),
    ...(claims.naming ? namingRows(claims.naming) : []),
    ...(claims.overhead ? overheadRows(claims.overhead) : []),
    ...(claims.peers ? peerRows(claims.peers) : []),
    ...(claims.heap ? heapRows(claims.heap) : []),
    ...(claims.screens ? screenRows(claims.screens) : []),
    ...(claims.growth ? growthRows(claims.growth) : []),
    ...(claims.self ? selfRows(claims.self) : []),
  ];
  const lines = rows.map(({ claim, figure, bar, beside }) => `| ${claim} | ${figure} | ${bar} | ${beside} |`);
  return [
    '| what | loopscope | bar | beside it |',
    '|---|---|---|---|',
    ...lines,
    '',
    formatSurroundings(Object.values(claims)),
  ].join('\n');
}

function formatSurroundings(measured: readonly Measured[]): string {
  const versions = Object.assign({}, ...measured.map((each) => each.versions ?? {})) as Record<
    string,
    string
  >;
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const machines = unique(
    measured.map(
      ({ machine, node }) =>
        `${machine.cores} cores of ${machine.processor}, ${machine.memoryGb} GB, Node ${node.slice(1)}`,
    ),
  );
  const peers = named.length > 0 ? `, beside ${named.join(', ')}` : '';
  return `Measured on ${unique(measured.map(({ date }) => date).toSorted()).join(', ')} with ${machines.join('; ')}${peers}. Medians of sides that took turns; \`npm run bench\` measures all of it again and writes this table.`;
}

function startRows({ rows }: StartClaim): readonly Row[] {
  const ratioOf = (name: string): string => times(rows.find((row) => row.name === name)?.ratio);
  return rows
    .filter(({ name }) => name.startsWith('first '))
    .map(({ name, ratio, bar }) => ({
      claim: `from the command to its ${name}, by the start of \`node -e 0\``,
      figure: times(ratio),
      bar: bar === null ? '' : times(bar),
      beside: `an empty Ink program ${ratioOf('empty Ink')}`,
    }));
}

function installRows({ rows, bars }: InstallClaim): readonly Row[] {
  const [own, ...peers] = rows;
  if (own === undefined) return [];
  const told = ({ packages, megabytes, seconds }: (typeof rows)[number]): string =>
    `${packages} ${packages === 1 ? 'package' : 'packages'}, ${megabytes.toFixed(1)} MB, ${seconds.median.toFixed(1)} s`;
  return [
    {
      claim: 'installing with `npx` and a cold cache',
      figure: told(own),
      bar: `${bars.packages} packages, ${bars.megabytes} MB`,
      beside: peers.map((peer) => `${peer.name} ${told(peer)}`).join('; '),
    },
  ];
}

function namingRows({ rows }: NamingClaim): readonly Row[] {
  const told = (tool: string): string => {
    const of = rows.filter((row) => row.tool === tool);
    const sum = (verdict: 'right' | 'wrong' | 'nothing'): number =>
      of.reduce((total, row) => total + row[verdict], 0);
    const runs = sum('right') + sum('wrong') + sum('nothing');
    const seconds = of.map((row) => row.seconds.median).toSorted((a, b) => a - b);
    const [least, most] = [seconds[0] ?? 0, seconds.at(-1) ?? 0];
    const range =
      least.toFixed(1) === most.toFixed(1) ? least.toFixed(1) : `${least.toFixed(1)} to ${most.toFixed(1)}`;
    const verdict = sum('nothing') === runs ? 'names no function' : `right ${sum('right')} of ${runs}`;
    return `${range} s, ${verdict}`;
  };
  const peers = unique(rows.map(({ tool }) => tool)).filter((tool) => tool !== 'loopscope');
  const restarts = (tool: string): string =>
    rows.some((row) => row.tool === tool && row.restarts) ? ' (restart)' : '';
  return [
    {
      claim: 'from "it is slow" to the name of the function; other tools sample for 5 s',
      figure: told('loopscope'),
      bar: '',
      beside: peers.map((tool) => `${tool}${restarts(tool)} ${told(tool)}`).join('; '),
    },
  ];
}

function overheadRows({ rows }: OverheadClaim): readonly Row[] {
  return unique(rows.map(({ service }) => service)).flatMap((service) => {
    const name = SERVICE_NAMES[service] ?? service;
    const told = (text: (row: OverheadClaim['rows'][number]) => string): string =>
      rows
        .filter((row) => row.service === service)
        .map((row) => `${text(row)} on Node ${row.node}`)
        .join(', ');
    const within = ({ median, low, high }: Within): string =>
      `${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
    return [
      {
        claim: `CPU time per request of ${name}, attached against not, and the 95% interval`,
        figure: told(({ ratio }) => within(ratio)),
        bar: times(OVERHEAD_BARS[service]),
        beside: '',
      },
      {
        claim: `p99 of ${name} at a fixed rate, attached against not, and the longest pause that loopscope adds`,
        figure: told(({ p99, ownPauseMs }) => `${times(p99.median)}, ${significant(ownPauseMs)} ms`),
        bar: `${times(OVERHEAD_P99_BAR)}, ${OVERHEAD_PAUSE_BAR_MS} ms`,
        beside: '',
      },
    ];
  });
}

type PeerSide = PeersClaim['services'][string][number];

function peerRows({ services }: PeersClaim): readonly Row[] {
  return Object.entries(services).flatMap(([service, sides]) => {
    const name = SERVICE_NAMES[service] ?? service;
    const told = (side: PeerSide, text: (side: PeerSide) => string): string =>
      side.failed === undefined ? text(side) : 'failed';
    const rowOf = (claim: string, bar: string, text: (side: PeerSide) => string): Row => {
      const own = sides.find(({ side }) => side === 'loopscope');
      const others = sides.filter(({ side }) => side !== 'loopscope' && side !== 'untouched');
      return {
        claim,
        figure: own === undefined ? '' : told(own, text),
        bar,
        beside: others.map((side) => `${side.side} ${told(side, text)}`).join('; '),
      };
    };
    const [untouched] = sides;
    const pauses = ({ attachPauseMs, pauseMs }: PeerSide): string =>
      `${significant(attachPauseMs)} and ${significant(pauseMs)} ms`;
    return [
      rowOf(
        `CPU time per request of ${name}, each tool against none`,
        'below every tool that profiles',
        (side) => times(side.cpuUsPerRequestRatio),
      ),
      rowOf(`requests a second of ${name} as fast as it answers, each tool against none`, '', (side) =>
        times(side.perSecondRatio),
      ),
      rowOf(
        `the longest pause of ${name} while a tool attaches or has just started it, and after; untouched ${untouched ? pauses(untouched) : ''}`,
        '15 ms more, after',
        pauses,
      ),
    ];
  });
}

function heapRows({ files }: HeapClaim): readonly Row[] {
  return files.map(({ name, megabytes, rows, bars }) => {
    const told = ({ seconds, peakMb, failed }: (typeof rows)[number]): string =>
      seconds === undefined ? `failed (${failed})` : `${seconds.toFixed(1)} s, ${Math.round(peakMb ?? 0)} MB`;
    const [own, ...others] = rows.filter((row) => !/parsing|JSON/.test(row.name));
    const faster = bars.filter(({ what }) => what.endsWith(': seconds') && !what.startsWith('JSON'));
    return {
      claim: `a heap snapshot of ${Math.round(megabytes)} MB${name === 'real' ? ', of a real program' : ''}, read and analysed`,
      figure: own === undefined ? '' : told(own),
      bar: faster.map(({ what, bar }) => `${bar} times faster than ${what.split(':')[0]}`).join(', '),
      beside: others.map((row) => `${row.name} ${told(row)}${factor(own, row)}`).join('; '),
    };
  });
}

/** `, 8.1 times as long` */
function factor(
  own: { readonly seconds?: number } | undefined,
  { seconds }: { readonly seconds?: number },
): string {
  if (own?.seconds === undefined || seconds === undefined) return '';
  return `, ${(seconds / own.seconds).toFixed(1)} times as long`;
}

/** The default size; the other sizes have bars of their own, which the bench checks. */
function screenRows({ rows }: ScreensClaim): readonly Row[] {
  return rows
    .filter(({ what }) => /^120x40, 4 frames\/s: (CPU|bytes a frame)$/.test(what))
    .map(({ what, value, bar }) => ({
      claim: `the screens, ${what.replace(': ', ', ')}`,
      figure: value,
      bar: bar.replace('<= ', ''),
      beside: '',
    }));
}

function growthRows({ growths, bars }: GrowthClaim): readonly Row[] {
  return growths.map(({ name, unit, points, exponent }) => {
    const costs = points.map(({ cost }) => significant(cost.median)).join(', ');
    const megabytes = significant(points.at(-1)?.megabytes.median ?? 0);
    return {
      claim: `${GROWTH_NAMES[name] ?? name}: ${points.map(({ count }) => count.toLocaleString('en')).join(', ')}`,
      figure: `${costs} ${unit}, at last ${megabytes} MB; it grows with the power ${exponent.toFixed(2)}`,
      bar: `the power ${bars.exponent}`,
      beside: '',
    };
  });
}

function selfRows({ busyShare, layers }: SelfClaim): readonly Row[] {
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
  return [
    {
      claim: 'where the time of loopscope itself goes, told by loopscope',
      figure: `${(busyShare * 100).toFixed(1)} % of a core: ${layers.map(({ layer, share }) => `${layer} ${percent(share)}`).join(', ')}`,
      bar: '',
      beside: '',
    },
  ];
}

const times = (ratio: number | undefined): string => (ratio === undefined ? '' : `${ratio.toFixed(2)} times`);

const significant = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));

const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];
