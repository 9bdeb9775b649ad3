/**
 * Profiles written as text.
 *
 *   profileFrom('handler>derive>pbkdf2Sync@node:internal/crypto/pbkdf2 20ms', '(idle) 10ms')
 *
 * One line is one stack, outermost first, and how long it ran; a sample is taken every 10 ms. A function alone is
 * the user's, in /srv/app/<function>.js; `name@place` puts it elsewhere, `name@` makes it native. `name:12` has its
 * hits on line 12, and `name:12{text}` says what stands there.
 */
import { isMetaFunction, metaFrame, OWN_FRAME, placeOf, ROOT_FUNCTION } from '../../src/model/code-frame.ts';
import type { CodeFrame, CpuProfileEvent } from '../../src/model/timeline-event.ts';

const INTERVAL_MS = 10;
const STACK = /^(.*) (\d+)ms$/;
const STEP = /^([^@:{]+)(?:@([^{]*?))?(?::(\d+))?(?:\{(.*)\})?$/;

export function profileFrom(...lines: readonly string[]): CpuProfileEvent {
  return profileAt(0, ...lines);
}

/** As `profileFrom`, beginning at a moment other than 0. */
export function profileAt(startMs: number, ...lines: readonly string[]): CpuProfileEvent {
  const frames: CodeFrame[] = [metaFrame(ROOT_FUNCTION)];
  const parents = [-1];
  const known = new Map<string, number>();
  const sampleNodes: number[] = [];
  const sampleTimesMs: number[] = [];
  const sampleWeightsMs: number[] = [];
  const lineTicks: [number, number, number][] = [];
  const lineTexts: [number, number, string][] = [];
  let nowMs = startMs;

  for (const line of lines) {
    const [, stack = '', duration = '0'] = STACK.exec(line) ?? [];
    let node = 0;
    let path = '';
    for (const step of stack.split('>')) {
      path += `>${step.replace(/:\d+\{.*$/, '')}`;
      const [, name = '', place, hit, text] = STEP.exec(step) ?? [];
      let child = known.get(path);
      if (child === undefined) {
        child = frames.push(frameFrom(name, place)) - 1;
        parents.push(node);
        known.set(path, child);
      }
      node = child;
      if (hit !== undefined) lineTicks.push([node, Number(hit), Number(duration) / INTERVAL_MS]);
      if (text !== undefined) lineTexts.push([node, Number(hit), text]);
    }
    for (let left = Number(duration); left > 0; left -= INTERVAL_MS) {
      const weightMs = Math.min(left, INTERVAL_MS);
      nowMs += weightMs;
      sampleNodes.push(node);
      sampleTimesMs.push(nowMs);
      sampleWeightsMs.push(weightMs);
    }
  }
  return {
    kind: 'cpu-profile',
    atMs: nowMs,
    startMs,
    endMs: nowMs,
    samplingIntervalUs: INTERVAL_MS * 1000,
    frames,
    nodeFrames: frames.map((_, index) => index),
    parents,
    sampleNodes,
    sampleTimesMs,
    sampleWeightsMs,
    lineTicks,
    lineTexts,
  };
}

function frameFrom(name: string, place: string | undefined): CodeFrame {
  if (name === OWN_FRAME.function) return OWN_FRAME;
  if (isMetaFunction(name)) return metaFrame(name);
  const isNative = place === '';
  return {
    function: name,
    line: isNative ? 0 : 1,
    column: isNative ? 0 : 1,
    ...placeOf(place ?? `/srv/app/${name}.js`),
  };
}
