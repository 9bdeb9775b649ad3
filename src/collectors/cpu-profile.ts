/** From V8's profile to the timeline event: own work set apart, inlining undone, frames located and deduplicated. */
import { frameKey, OWN_FRAME, placeOf } from '../model/code-frame.ts';
import type { CodeFrame, CpuProfileEvent } from '../model/timeline-event.ts';
import { uncoverHidden } from './cpu-hidden.ts';
import type { UncoveredSamples } from './cpu-hidden.ts';
import { mentionsAnother, unfoldInlined } from './cpu-inlining.ts';
import { ownNodes, scriptOf } from './cpu-samples.ts';
import type { CpuSamples, SampledNode } from './cpu-samples.ts';
import { frameStacks } from './cpu-stack-frames.ts';
import { samplesFromStacks } from './cpu-stack-profile.ts';
import type { ExactStack } from './cpu-stacks.ts';
import { createSourceFiles } from './source-files.ts';
import { createSourceFunctions } from './source-functions.ts';
import type { ScriptFunctions, SourceFunctions } from './source-functions.ts';
import { createSourceLocator } from './source-locator.ts';
import type { SourceLocator } from './source-locator.ts';
import { createSourceMaps } from './source-maps.ts';

/** What is known of the service's sources. */
export interface SourceKnowledge {
  readonly locator: SourceLocator;
  readonly functions: SourceFunctions;
}

/**
 * @param root where the service's files are found from here, or null when they cannot be
 * @param workingDirectory the service's own
 */
export function createSourceKnowledge(root: string | null, workingDirectory: string): SourceKnowledge {
  const files = createSourceFiles(root);
  const functions = createSourceFunctions(files);
  const maps = createSourceMaps(files, workingDirectory);
  return { locator: createSourceLocator(files, maps, functions), functions };
}

/** Lines are evidence only where a function was hit this often: one hit is as likely chance. */
const MIN_LINE_TICKS = 2;
/** Lines kept of one function. */
const MAX_LINES = 5;

export interface CpuProfileOptions {
  readonly samplingIntervalUs: number;
  /** Whether this V8 charges inlined functions to their callers. */
  readonly hidesInlined: boolean;
  /** Taken by asking, at any time in the last minute. */
  readonly stacks: readonly ExactStack[];
}

/** Builds the event of one window. */
export async function buildCpuProfile(
  samples: CpuSamples,
  sources: SourceKnowledge,
  { samplingIntervalUs, hidesInlined, stacks }: CpuProfileOptions,
): Promise<CpuProfileEvent> {
  const framed = await frameStacks(stacks, sources.functions);
  const scripts = [
    ...samples.nodes.flatMap((node) => (hitOften(node) ? (scriptOf(node) ?? []) : [])),
    ...framed.flatMap(({ frames }) => frames.flatMap((frame) => (frame.isApplication ? frame.file : []))),
  ];
  const functionsOf = await functionsOfScripts(scripts, sources.functions);
  const unfolded = hidesInlined ? unfoldInlined(samples, functionsOf) : samples;
  // Whatever V8 had optimised before the profile began may be missing, not only what it inlined.
  const doubted = { ...unfolded, mayHideInlined: nodesWithLines(unfolded) };
  const uncovered = uncoverHidden(doubted, framed, (node) => {
    const script = functionsOf(placeOf(node.place.url).file);
    return script === null || mentionsAnother(script, node);
  });
  return await eventFrom(uncovered, sources, samplingIntervalUs);
}

/** Builds the event of one window from stacks alone. */
export async function buildStackProfile(
  window: { readonly startMs: number; readonly endMs: number },
  stacks: readonly ExactStack[],
  sources: SourceKnowledge,
  samplingIntervalUs: number,
): Promise<CpuProfileEvent> {
  const framed = await frameStacks(stacks, sources.functions);
  return await eventFrom(
    samplesFromStacks(framed, window.startMs, window.endMs),
    sources,
    samplingIntervalUs,
  );
}

async function eventFrom(
  samples: UncoveredSamples,
  sources: SourceKnowledge,
  samplingIntervalUs: number,
): Promise<CpuProfileEvent> {
  const located = await locateNodes(samples, sources.locator);
  const lines = await locateLines(samples.nodes, located, sources.locator);
  return {
    kind: 'cpu-profile',
    atMs: samples.endMs,
    startMs: samples.startMs,
    endMs: samples.endMs,
    samplingIntervalUs,
    ...deduplicate(located),
    parents: samples.nodes.map(({ parent }) => parent),
    sampleNodes: samples.samples.map(({ node }) => node),
    sampleTimesMs: samples.samples.map(({ timeMs }) => timeMs),
    sampleWeightsMs: samples.samples.map(({ weightMs }) => weightMs),
    lineTicks: lines.map(({ node, line, ticks }) => [node, line, ticks] as const),
    lineTexts: lines.flatMap(({ node, line, text }) => (text === null ? [] : [[node, line, text] as const])),
    mayHideInlined: samples.mayHideInlined,
    exactNodes: samples.exact,
  };
}

function nodesWithLines({ nodes }: CpuSamples): readonly number[] {
  return [...nodes.keys()].filter((index) => scriptOf(nodes[index] as SampledNode) !== null);
}

async function functionsOfScripts(
  scripts: readonly string[],
  functions: SourceFunctions,
): Promise<(script: string) => ScriptFunctions | null> {
  const known = new Map<string, ScriptFunctions | null>();
  for (const script of new Set(scripts)) known.set(script, await functions.of(script));
  return (script) => known.get(script) ?? null;
}

async function locateNodes({ nodes }: CpuSamples, locator: SourceLocator): Promise<CodeFrame[]> {
  const own = ownNodes(nodes);
  const frames: CodeFrame[] = [];
  for (const [index, node] of nodes.entries()) {
    frames.push(own[index] === true ? OWN_FRAME : await locator.locate(node.place));
  }
  return frames;
}

interface NodeLine {
  readonly node: number;
  readonly line: number;
  readonly ticks: number;
  readonly text: string | null;
}

async function locateLines(
  nodes: readonly SampledNode[],
  frames: readonly CodeFrame[],
  locator: SourceLocator,
): Promise<readonly NodeLine[]> {
  const lines: NodeLine[] = [];
  for (const [index, node] of nodes.entries()) {
    const frame = frames[index];
    if (frame === undefined || !hitOften(node) || scriptOf(node) === null) continue;
    for (const { line, ticks } of node.ticks.slice(0, MAX_LINES)) {
      const located = await locator.locateLine(node.place, frame, line);
      if (located !== null) lines.push({ node: index, ticks, ...located });
    }
  }
  return lines;
}

function hitOften({ ticks }: SampledNode): boolean {
  return ticks.reduce((total, tick) => total + tick.ticks, 0) >= MIN_LINE_TICKS;
}

function deduplicate(located: readonly CodeFrame[]): Pick<CpuProfileEvent, 'frames' | 'nodeFrames'> {
  const indexByKey = new Map<string, number>();
  const frames: CodeFrame[] = [];
  const nodeFrames = located.map((frame) => {
    const key = frameKey(frame);
    const known = indexByKey.get(key);
    if (known !== undefined) return known;
    indexByKey.set(key, frames.length);
    return frames.push(frame) - 1;
  });
  return { frames, nodeFrames };
}
