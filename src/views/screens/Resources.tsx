/** What requests wait for besides the loop: pools, threads, other services, the machine. */
import { Box } from 'ink';
import { Canvas } from '../Canvas.tsx';
import { drawPeers } from '../panels/peers.ts';
import { drawPools } from '../panels/pools.ts';
import { drawProcessCpu, drawSockets, drawThreadPool } from '../panels/process-resources.ts';
import type { ScreenSize } from './screen-size.ts';

export function Resources({ columns, rows }: ScreenSize) {
  const left = Math.floor(columns * 0.36);
  return (
    <Box height={rows}>
      <Box flexDirection="column" width={left} flexShrink={0}>
        <Canvas panel={drawProcessCpu} flexGrow={1} flexBasis={0} />
        <Canvas panel={drawThreadPool} flexGrow={1} flexBasis={0} />
        <Canvas panel={drawSockets} flexGrow={1} flexBasis={0} />
      </Box>
      <Box flexDirection="column" flexGrow={1}>
        <Canvas panel={drawPools} flexGrow={3} flexBasis={0} />
        <Canvas panel={drawPeers} flexGrow={2} flexBasis={0} />
      </Box>
    </Box>
  );
}
