/** Where the CPU time goes: the flame graph, the frame under the cursor, the hottest functions. */
import { Box } from 'ink';
import { Canvas } from '../Canvas.tsx';
import { drawFlameGraph } from '../panels/flame-graph.ts';
import { drawFrameDetail } from '../panels/frame-detail.ts';
import { drawHottestList } from '../panels/hottest-list.ts';
import type { ScreenSize } from './screen-size.ts';

/** The functions that are worth a word to a room. */
const PRESENTED_FUNCTIONS = 5;

export function Cpu({ columns, rows, presenter }: ScreenSize) {
  if (presenter) return <PresentedCpu rows={rows} />;
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

/** For people across a room: tall blocks, and who is the hottest. */
function PresentedCpu({ rows }: Pick<ScreenSize, 'rows'>) {
  const below = PRESENTED_FUNCTIONS + 2;
  return (
    <Box flexDirection="column" height={rows}>
      <Canvas panel={drawFlameGraph} height={rows - below} flexGrow={0} flexShrink={0} />
      <Canvas panel={drawHottestList} height={below} flexGrow={0} flexShrink={0} />
    </Box>
  );
}
