/** From an attribution to the culprits of a finding, and the words for them. */
import { formatFrame, isApplicationFrame } from '../model/code-frame.ts';
import type { SpanAttribution } from '../model/cause-attribution.ts';
import type { Culprit } from '../model/finding.ts';
import type { CodeFrame } from '../model/timeline-event.ts';

/** Frames of a stack that a report shows: enough to reach the handler through a framework. */
const STACK_FRAMES = 24;

/** The user's function first; if a package's code did the work for it, that package's function second. */
export function culpritsOf(attribution: SpanAttribution, share = attribution.share): readonly Culprit[] {
  const { frame, stack, via, selfMs, totalMs, certainty } = attribution;
  if (!frame) return [];
  const own = culpritOf(frame, stack, { share, selfMs, totalMs, certainty });
  // The outermost of the package's frames is the function that the user's code called.
  const called = via.findLastIndex((each) => each.origin === 'dependency');
  const dependency = via[called];
  if (frame.origin === 'dependency' || !dependency) return [own];
  return [
    own,
    culpritOf(dependency, [...via.slice(called), ...stack], { share, selfMs: 0, totalMs, certainty }),
  ];
}

type CulpritFigures = Pick<Culprit, 'share' | 'selfMs' | 'totalMs' | 'certainty'>;

export function culpritOf(frame: CodeFrame, stack: readonly CodeFrame[], figures: CulpritFigures): Culprit {
  return {
    function: frame.function,
    file: frame.file,
    line: frame.line,
    column: frame.column,
    package: frame.package,
    ...figures,
    stack: stack.filter(isApplicationFrame).slice(0, STACK_FRAMES).map(formatFrame),
  };
}

/**
 * The innermost frame of the user's own code, failing that a package's, failing that none. A callback without a name
 * stands for the named function that it is written in and that handed it over (`rows.map((row) => …)`).
 */
export function applicationFrame(stack: readonly CodeFrame[]): CodeFrame | null {
  const user = stack.findIndex((frame) => frame.origin === 'user');
  if (user === -1) return stack.find(isApplicationFrame) ?? null;
  const frame = stack[user] as CodeFrame;
  const owner = stack.find(
    (each, index) => index > user && each.function === frame.within && each.file === frame.file,
  );
  return owner ?? frame;
}

/** `derivePassword`, `parse of body-parser`, or `an anonymous function in app.js:12`, as a sentence would name it. */
export function nameOf(frame: Pick<CodeFrame, 'function' | 'file' | 'line' | 'package'> | null): string {
  if (!frame) return 'code without a frame of the application';
  if (frame.function.startsWith('(')) {
    const what = frame.function === '(module)' ? 'the top level of' : 'an anonymous function in';
    return `${what} ${frame.file.split(/[\\/]/).at(-1)}:${frame.line}`;
  }
  return frame.package === null ? frame.function : `${frame.function} of ${frame.package}`;
}
