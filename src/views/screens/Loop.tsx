/** The event loop: its delay, when it stood still, and who held it. */
import { Box } from 'ink';
import { Canvas } from '../Canvas.tsx';
import { drawDelayChart } from '../panels/delay-chart.ts';
import { drawStallList, drawStallStack, drawStallStrip } from '../panels/stalls.ts';
import type { ScreenSize } from './screen-size.ts';

export function Loop({ columns, rows }: ScreenSize) {
  return (
    <Box flexDirection="column" height={rows}>
      <Canvas panel={drawDelayChart} flexGrow={5} flexBasis={0} />
      <Canvas panel={drawStallStrip} height={rows >= 30 ? 6 : 4} flexGrow={0} flexShrink={0} />
      <Box flexGrow={5} flexBasis={0}>
        <Canvas panel={drawStallList} width={Math.floor(columns * 0.48)} flexGrow={0} flexShrink={0} />
        <Canvas panel={drawStallStack} />
      </Box>
    </Box>
  );
}
