/** Where an export goes: standard output, or a file that takes its name only when it is whole. */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { CommandIo } from './command-io.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';

export interface ExportOutput {
  /** A file is whole when this returns; what a reader has open stays as it was. */
  write(content: string | Uint8Array): Result<void, CodedError>;
}

/** Function names, routes and paths of a service in production are its owner's business. */
const OWNER_ONLY = 0o600;
/** A file for node_exporter is there to be read by another account. */
const READABLE = 0o644;

/**
 * @param path null for standard output
 * @param kind `binary` is not written to a terminal; `refreshed` is a file that is written again and again, and may be
 *   there already
 */
export function openExportOutput(
  path: string | null,
  kind: 'text' | 'binary' | 'refreshed',
  { stdout }: Pick<CommandIo, 'stdout'>,
): Result<ExportOutput, CodedError> {
  if (path === null) {
    if (kind === 'binary' && stdout.isTTY) return fail(BINARY_TO_TERMINAL);
    return ok({
      write(content) {
        stdout.write(content);
        return ok(undefined);
      },
    });
  }
  if (kind !== 'refreshed' && existsSync(path)) return fail(unwritable(path, 'it exists already'));
  const draft = `${path}.${process.pid}.partial`;
  const mode = kind === 'refreshed' ? READABLE : OWNER_ONLY;
  const attempt = (work: () => void): Result<void, CodedError> => {
    try {
      work();
      return ok(undefined);
    } catch (cause) {
      rmSync(draft, { force: true });
      return fail(unwritable(path, cause));
    }
  };
  // What cannot be written is no reason to touch the service.
  const tried = attempt(() => {
    writeFileSync(draft, '', { flag: 'wx', mode });
    rmSync(draft);
  });
  if (!tried.ok) return tried;
  return ok({
    write: (content) =>
      attempt(() => {
        writeFileSync(draft, content, { flag: 'wx', mode });
        renameSync(draft, path);
      }),
  });
}

const BINARY_TO_TERMINAL: CodedError = {
  code: 'export-binary-to-terminal',
  message: 'this format is binary, and standard output is a terminal',
  hint: 'give a file with -o, or send it to another program with |',
  exitCode: 2,
};

function unwritable(path: string, cause: unknown): CodedError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return {
    code: 'export-unwritable',
    message: `${path} cannot be written: ${why}`,
    hint: 'give another file',
    exitCode: 2,
  };
}
