/** Where a culprit is, as it would be opened from the service's folder: `./src/auth.js:12`. */
import type { Culprit } from '../model/finding.ts';

/** @param cwd the service's working directory; files outside of it keep their whole path */
export function formatCulpritPlace({ file, line }: Pick<Culprit, 'file' | 'line'>, cwd: string): string {
  if (file === '') return '(native)';
  const inside = cwd !== '' && cwd !== '/' && file.startsWith(`${cwd}/`);
  return `${inside ? `.${file.slice(cwd.length)}` : file}:${line}`;
}
