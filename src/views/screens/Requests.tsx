/** Routes side by side; below, the selected one over time. */
import { Box } from 'ink';
import { Canvas } from '../Canvas.tsx';
import { drawLatencyChart, drawRouteHeat } from '../panels/latency-chart.ts';
import { drawWideRoutesTable } from '../panels/routes-table.ts';
import type { ScreenSize } from './screen-size.ts';

export function Requests({ columns, rows }: ScreenSize) {
  const below = Math.max(9, Math.floor(rows * 0.42));
  return (
    <Box flexDirection="column" height={rows}>
      <Canvas panel={drawWideRoutesTable} height={rows - below} flexGrow={0} flexShrink={0} />
      <Box height={below} flexShrink={0}>
        <Canvas panel={drawRouteHeat} width={Math.floor(columns / 2)} flexGrow={0} flexShrink={0} />
        <Canvas panel={drawLatencyChart} />
      </Box>
    </Box>
  );
}
