/** Every severity is a sign and a colour, so that neither alone has to be seen. */
import { assertNever } from '../../shared/result.ts';
import type { Severity } from '../../model/finding.ts';
import type { Token } from '../terminal/palettes.ts';
import type { Span } from '../terminal/surface.ts';
import type { Theme } from '../terminal/theme.ts';

export type Level = 'ok' | 'plain' | 'warning' | 'critical';

export const LEVEL_TOKENS: Readonly<Record<Level, Token>> = {
  ok: 'ok',
  plain: 'series',
  warning: 'warning',
  critical: 'critical',
};

export function severityLevel(severity: Severity): Level {
  return severity === 'info' ? 'plain' : severity;
}

/** The sign of a level in its colour; a level without news has a space. */
export function levelSign(theme: Theme, level: Level): Span {
  const { glyphs } = theme;
  switch (level) {
    case 'ok':
      return [glyphs.ok, theme.styleOf('ok')];
    case 'plain':
      return [glyphs.info, theme.styleOf('accent')];
    case 'warning':
      return [glyphs.warning, theme.styleOf('warning')];
    case 'critical':
      return [glyphs.critical, theme.style('critical', { bold: true })];
    default:
      return assertNever(level);
  }
}
