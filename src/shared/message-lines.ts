/**
 * Messages on a stream of bytes, one line each: JSON as `JSON.stringify` writes it holds no line break.
 *
 *   '{"id":1}\n{"i', 'd":2}\n'  ->  '{"id":1}', '{"id":2}'
 */
const NEWLINE = 0x0a;

/** Takes the next bytes; false when a line grew too long, after which the stream makes no sense any more. */
export type LineReader = (chunk: Buffer) => boolean;

export function createLineReader(onLine: (line: string) => void, longestLineBytes: number): LineReader {
  // What has come of a line is joined once, when it is complete: a line of 100 MB comes in thousands of pieces.
  let pieces: Buffer[] = [];
  let pieceBytes = 0;
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const last = chunk.subarray(start, end);
      start = end + 1;
      if (pieceBytes + last.length > longestLineBytes) return false;
      const line = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
      pieces = [];
      pieceBytes = 0;
      onLine(line.toString('utf8'));
    }
    if (start < chunk.length) {
      pieces.push(chunk.subarray(start));
      pieceBytes += chunk.length - start;
    }
    return pieceBytes <= longestLineBytes;
  };
}

/** One message as it goes over the wire. As bytes, because a stream keeps strings that wait on the JavaScript heap. */
export const lineOf = (message: string): Buffer => Buffer.from(`${message}\n`);
