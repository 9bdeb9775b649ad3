/** What fills the memory, who allocated it, and what collecting costs. */
import { Box } from 'ink';
import { Canvas } from '../Canvas.tsx';
import { drawAllocationSites } from '../panels/allocation-sites.ts';
import { drawCollector } from '../panels/collector.ts';
import { drawHeapChart } from '../panels/heap-chart.ts';
import { drawHeapGrowth } from '../panels/heap-growth.ts';
import { drawHeapSpaces } from '../panels/heap-spaces.ts';
import type { ScreenSize } from './screen-size.ts';

export function Memory({ columns, rows }: ScreenSize) {
  const chart = Math.floor(rows * 0.42);
  return (
    <Box flexDirection="column" height={rows}>
      <Canvas panel={drawHeapChart} height={chart} flexGrow={0} flexShrink={0} />
      <Box flexGrow={1}>
        <Box flexDirection="column" width={Math.floor(columns * 0.48)} flexShrink={0}>
          <Canvas panel={drawHeapSpaces} flexGrow={1} flexBasis={0} />
          <Canvas panel={drawCollector} height={rows >= 30 ? 7 : 4} flexGrow={0} flexShrink={0} />
        </Box>
        <Box flexDirection="column" flexGrow={1}>
          <Canvas panel={drawAllocationSites} flexGrow={1} flexBasis={0} />
          <Canvas panel={drawHeapGrowth} height={rows >= 30 ? 8 : 5} flexGrow={0} flexShrink={0} />
        </Box>
      </Box>
    </Box>
  );
}
