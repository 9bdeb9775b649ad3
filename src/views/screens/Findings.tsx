/** The findings one by one, with everything that speaks for them. */
import { Box } from 'ink';
import { Canvas } from '../Canvas.tsx';
import { drawFindingDetail, drawReadinessPanel } from '../panels/finding-detail.ts';
import { drawFindingsList } from '../panels/findings-list.ts';
import type { ScreenSize } from './screen-size.ts';

const READINESS_ROWS = 8;
const ROOM_FOR_READINESS = 26;

export function Findings({ columns, rows }: ScreenSize) {
  return (
    <Box height={rows}>
      <Box flexDirection="column" width={Math.floor(columns * 0.4)} flexShrink={0}>
        <Canvas panel={drawFindingsList} />
        {rows >= ROOM_FOR_READINESS && (
          <Canvas panel={drawReadinessPanel} height={READINESS_ROWS} flexGrow={0} flexShrink={0} />
        )}
      </Box>
      <Canvas panel={drawFindingDetail} />
    </Box>
  );
}
