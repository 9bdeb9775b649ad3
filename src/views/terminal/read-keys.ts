/** Keys from a terminal's stream: decodes, splits, and waits a moment before a lone ESC is Escape. */
import { ESCAPE_TIMEOUT_MS, KeyParser, type Input } from './key-parser.ts';

/** Reads keys from the terminal until it is stopped. */
export function readKeys(stdin: NodeJS.ReadStream, handle: (input: Input) => void): () => void {
  const parser = new KeyParser();
  const decoder = new TextDecoder();
  let timer: NodeJS.Timeout | undefined;
  const onData = (chunk: Buffer | string) => {
    clearTimeout(timer);
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    for (const input of parser.push(text)) handle(input);
    if (parser.hasPending) {
      timer = setTimeout(() => {
        for (const input of parser.flush()) handle(input);
      }, ESCAPE_TIMEOUT_MS);
    }
  };
  stdin.on('data', onData);
  return () => {
    clearTimeout(timer);
    stdin.off('data', onData);
  };
}
