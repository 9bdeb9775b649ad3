/** What is known of the selected row: figures first, then what it holds or is held by. */
import type { RetainingStep } from '../../model/heap-snapshot.ts';
import { formatBytes, formatCount } from '../../presentation/format.ts';
import { formatConstructor, formatObjectName } from '../../presentation/heap-path.ts';
import { selectPathLines, type PathLine } from '../../presentation/heap-steps.ts';
import type { HeapSubject } from '../../presentation/heap-tables.ts';
import { assertNever } from '../../shared/result.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { drawWrapped } from '../drawing/wrapped-text.ts';
import type { Span, Surface } from '../terminal/surface.ts';

/** Lines for the groups that a holder of growth holds; more are in the JSON. */
const MOST_GROUPS = 4;
/** Of a low panel the path gets the larger part. */
const ROOM_FOR_GROUPS = 10;
const BYTES_COLUMNS = 8;
/** Steps kept at the root of a path that does not fit: where it starts, and who owns it. */
const FIRST_STEPS = 2;

export function drawDetail(
  surface: Surface,
  subject: HeapSubject | null,
  pathOf: (id: number) => readonly RetainingStep[] | undefined,
): void {
  drawFrame(surface, { title: subject === null ? 'Selected' : titleOf(subject) });
  insideFrame(surface, (inside) => {
    if (subject !== null) drawSubject(inside, subject, pathOf);
  });
}

function titleOf(subject: HeapSubject): string {
  switch (subject.kind) {
    case 'object':
      return 'Held by';
    case 'holder':
      return 'What grew, and what holds it';
    case 'constructor':
    case 'change':
      return 'Constructor';
    case 'string':
      return 'String';
    default:
      return assertNever(subject);
  }
}

function drawSubject(
  surface: Surface,
  subject: HeapSubject,
  pathOf: (id: number) => readonly RetainingStep[] | undefined,
): void {
  switch (subject.kind) {
    case 'object':
      return drawObject(surface, subject, pathOf(subject.object.id));
    case 'holder':
      return drawHolder(surface, subject);
    case 'constructor':
      return drawConstructor(surface, subject);
    case 'change':
      return drawChange(surface, subject);
    case 'string':
      return drawString(surface, subject);
    default:
      return assertNever(subject);
  }
}

type Subject<K extends HeapSubject['kind']> = Extract<HeapSubject, { kind: K }>;

function drawObject(
  surface: Surface,
  { object }: Subject<'object'>,
  path: readonly RetainingStep[] | undefined,
): void {
  drawName(surface, `${formatObjectName(object)} @${object.id}`);
  drawFacts(surface, 1, [
    ['own', formatBytes(object.shallowBytes)],
    ['retained', formatBytes(object.retainedBytes)],
    ['from a root', object.distance === null ? 'only V8' : `${object.distance} steps`],
  ]);
  if (path) drawPath(surface, 3, selectPathLines(path, object));
}

function drawHolder(surface: Surface, { holder }: Subject<'holder'>): void {
  const { theme } = surface;
  const dim = theme.styleOf('dim');
  surface.spans(0, 0, [
    [`+${formatBytes(holder.grownBytes)}`, theme.style('warning', { bold: true })],
    [`  ${formatCount(holder.newObjects)} new objects, ${formatBytes(holder.newBytes)}`, dim],
  ]);
  const roomy = surface.height >= ROOM_FOR_GROUPS;
  const groups = holder.holds.slice(0, roomy ? MOST_GROUPS : 1);
  groups.forEach((group, i) => {
    const example = formatObjectName(group.example);
    const such = example === group.constructor ? '' : `  such as ${example}`;
    const bytes = formatBytes(group.retainedBytes);
    surface.textRight(0, 1 + i, BYTES_COLUMNS, bytes, theme.style('strong', { bold: true }));
    surface.spans(BYTES_COLUMNS + 1, 1 + i, [
      [`${formatCount(group.objects)} x ${formatConstructor(group.constructor)}`, 0],
      [such, dim],
    ]);
  });
  drawPath(surface, groups.length + (roomy ? 2 : 1), selectPathLines(holder.path, holder.object));
}

function drawConstructor(surface: Surface, { constructor }: Subject<'constructor'>): void {
  drawName(surface, constructor.name);
  drawFacts(surface, 1, [
    ['instances', formatCount(constructor.instances)],
    ['own', formatBytes(constructor.shallowBytes)],
    ['retained', formatBytes(constructor.retainedBytes)],
  ]);
  const place = constructor.place === null ? '' : `written in ${constructor.place}`;
  drawWrapped(surface, 0, 2, place, surface.theme.styleOf('dim'), surface.width);
}

function drawChange(surface: Surface, { change }: Subject<'change'>): void {
  drawName(surface, change.name);
  drawFacts(surface, 1, [
    ['new', formatCount(change.newInstances)],
    ['gone', formatCount(change.goneInstances)],
    ['now', formatCount(change.instances)],
    ['change', formatBytes(change.shallowDeltaBytes)],
  ]);
}

function drawString(surface: Surface, { string }: Subject<'string'>): void {
  drawFacts(surface, 0, [
    ['copies', formatCount(string.copies)],
    ['each', formatBytes(string.shallowBytes / string.copies)],
    ['one copy would save', formatBytes(string.wastedBytes)],
  ]);
  drawWrapped(surface, 0, 2, string.text, 0, surface.width);
}

function drawName(surface: Surface, name: string): void {
  surface.text(0, 0, name, surface.theme.style('strong', { bold: true }));
}

/** Labels and values in one line. */
function drawFacts(
  surface: Surface,
  y: number,
  facts: readonly (readonly [label: string, value: string])[],
): void {
  const { theme } = surface;
  const [dim, strong] = [theme.styleOf('dim'), theme.style('strong', { bold: true })];
  const spans = facts.flatMap(([label, value]): Span[] => [
    [`${label} `, dim],
    [`${value}   `, strong],
  ]);
  surface.spans(0, y, spans);
}

/** From the root down to the object, which is the last line; what does not fit is left out in the middle. */
function drawPath(surface: Surface, top: number, lines: readonly PathLine[]): void {
  const { theme, width, height } = surface;
  const room = height - top;
  if (room < 1) return;
  const dim = theme.styleOf('dim');
  const left = lines.length - room;
  const first = room > FIRST_STEPS + 2 ? FIRST_STEPS : 0;
  const shown: readonly (PathLine | null)[] =
    left <= 0 ? lines : [...lines.slice(0, first), null, ...lines.slice(lines.length - (room - first - 1))];
  const widest = Math.floor(width * 0.55);
  const edgeColumns = Math.min(widest, Math.max(0, ...lines.map(({ edge }) => edge.length)) + 1);
  shown.forEach((line, i) => {
    const y = top + i;
    if (line === null) {
      surface.text(0, y, `${theme.glyphs.ellipsis} ${left + 1} steps ${theme.glyphs.ellipsis}`, dim);
      return;
    }
    const isObject = line === lines.at(-1);
    surface.text(0, y, line.edge, theme.styleOf('accent'), edgeColumns - 1);
    const nameAt = line.edge === '' ? 0 : edgeColumns;
    const style = isObject ? theme.style('strong', { bold: true }) : 0;
    surface.text(nameAt, y, line.name, style, width - nameAt - BYTES_COLUMNS - 1);
    surface.textRight(width - BYTES_COLUMNS, y, BYTES_COLUMNS, formatBytes(line.object.retainedBytes), dim);
  });
}
