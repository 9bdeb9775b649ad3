/** A box that Ink lays out and a panel paints. React mounts it; data never passes through React. */
import { Box, type DOMElement } from 'ink';
import {
  createContext,
  useContext,
  useLayoutEffect,
  useRef,
  type ComponentProps,
  type ReactNode,
} from 'react';
import type { Compositor, Rectangle } from './terminal/compositor.ts';
import type { Panel, View } from './view.ts';

export interface Stage {
  readonly compositor: Compositor;
  /** The view of the frame that is being painted. */
  view(): View;
}

const StageContext = createContext<Stage | null>(null);

export function StageProvider({ stage, children }: { readonly stage: Stage; readonly children: ReactNode }) {
  return <StageContext.Provider value={stage}>{children}</StageContext.Provider>;
}

type CanvasProps = Omit<ComponentProps<typeof Box>, 'ref'> & { readonly panel: Panel };

export function Canvas({ panel, ...box }: CanvasProps) {
  const stage = useContext(StageContext);
  const node = useRef<DOMElement>(null);
  useLayoutEffect(
    () =>
      stage?.compositor.add({
        rectangle: () => rectangleOf(node.current),
        paint: (surface) => panel(surface, stage.view()),
      }),
    [stage, panel],
  );
  return <Box ref={node} flexGrow={1} flexShrink={1} {...box} />;
}

/** Where Ink's layout put a node on the screen. */
function rectangleOf(node: DOMElement | null): Rectangle | null {
  const layout = node?.yogaNode;
  if (!node || !layout) return null;
  let [x, y] = [0, 0];
  let ancestor: DOMElement | undefined = node;
  while (ancestor?.yogaNode) {
    x += ancestor.yogaNode.getComputedLeft();
    y += ancestor.yogaNode.getComputedTop();
    ancestor = ancestor.parentNode;
  }
  return { x, y, width: layout.getComputedWidth(), height: layout.getComputedHeight() };
}
