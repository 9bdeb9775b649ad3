/** Where the CPU time goes: the flame graph, the frame under the cursor, the hottest functions. */
import { Box } from 'ink';
import { Canvas } from '../Canvas.tsx';
import { drawFlameGraph } from '../panels/flame-graph.ts';
import { drawFrameDetail } from '../panels/frame-detail.ts';
import { drawHottestList } from '../panels/hottest-list.ts';
import type { ScreenSize } from './screen-size.ts';

export function Cpu({ columns, rows }: ScreenSize) {
  const below = Math.max(8, Math.min(16, Math.floor(rows * 0.38)));
  return (
    <Box flexDirection="column" height={rows}>
      <Canvas panel={drawFlameGraph} height={rows - below} flexGrow={0} flexShrink={0} />
      <Box height={below} flexShrink={0}>
        <Canvas panel={drawFrameDetail} width={Math.floor(columns / 2)} flexGrow={0} flexShrink={0} />
        <Canvas panel={drawHottestList} />
      </Box>
    </Box>
  );
}
