/**
 * The stack of the code that a poll has interrupted, as V8 itself words it. This text runs inside the service.
 *
 * The application's own `Error.prepareStackTrace` and Node's source-map one are stepped aside for the moment: they
 * are slow, may throw, and positions are mapped on our side.
 */
export function captureStack(below: (...never: never[]) => unknown): string {
  const MAX_FRAMES = 48;
  const limitBefore = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  const prepareBefore = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const restore = (name: string, before: PropertyDescriptor | undefined): void => {
    if (before === undefined) Reflect.deleteProperty(Error, name);
    else Object.defineProperty(Error, name, before);
  };
  try {
    Object.defineProperty(Error, 'stackTraceLimit', {
      value: MAX_FRAMES,
      configurable: true,
      writable: true,
    });
    Object.defineProperty(Error, 'prepareStackTrace', {
      value: (_error: Error, frames: NodeJS.CallSite[]) => frames,
      configurable: true,
      writable: true,
    });
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, below);
    const frames = holder.stack;
    if (!Array.isArray(frames)) return '';
    // The outermost of our own frames is the evaluated expression itself.
    return frames
      .slice(1)
      .map((frame) => `    at ${String(frame)}`)
      .join('\n');
  } catch {
    // Frozen intrinsics: no stack can be had without touching what is the application's.
    return '';
  } finally {
    try {
      restore('stackTraceLimit', limitBefore);
      restore('prepareStackTrace', prepareBefore);
    } catch {
      // As above: then nothing was changed either.
    }
  }
}
