/** What a click or the wheel means, by where it is. Panels say it as they draw. */
import type { PanelId, ScreenId } from './ui-state.ts';

export type TouchTarget =
  | { readonly kind: 'screen'; readonly screen: ScreenId }
  | { readonly kind: 'panel'; readonly panel: PanelId }
  | { readonly kind: 'row'; readonly panel: Exclude<PanelId, 'flame' | 'output'>; readonly row: number }
  /** A block of the flame graph. */
  | { readonly kind: 'frame'; readonly path: readonly string[] };
