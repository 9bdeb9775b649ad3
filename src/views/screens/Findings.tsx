/** The findings one by one, with everything that speaks for them. */
import { Box } from 'ink';
import { Canvas } from '../Canvas.tsx';
import { drawFindingDetail, drawReadinessPanel } from '../panels/finding-detail.ts';
import { drawFindingsList } from '../panels/findings-list.ts';
import type { ScreenSize } from './screen-size.ts';

const CHECKS = 6;
/** With two lines for each check, and with one. */
const [ROOM_FOR_TWO_LINES, ROOM_FOR_READINESS] = [34, 26];
/** Three findings with their titles, and what they are. */
const PRESENTED_LIST_ROWS = 8;

export function Findings({ columns, rows, presenter }: ScreenSize) {
  if (presenter) return <PresentedFindings rows={rows} />;
  const readiness = CHECKS * (rows >= ROOM_FOR_TWO_LINES ? 2 : 1) + 2;
  return (
    <Box height={rows}>
      <Box flexDirection="column" width={Math.floor(columns * 0.4)} flexShrink={0}>
        <Canvas panel={drawFindingsList} />
        {rows >= ROOM_FOR_READINESS && (
          <Canvas panel={drawReadinessPanel} height={readiness} flexGrow={0} flexShrink={0} />
        )}
      </Box>
      <Canvas panel={drawFindingDetail} />
    </Box>
  );
}

/** For people across a room: one finding over the whole width, and which others there are. */
function PresentedFindings({ rows }: Pick<ScreenSize, 'rows'>) {
  return (
    <Box flexDirection="column" height={rows}>
      <Canvas panel={drawFindingsList} height={PRESENTED_LIST_ROWS} flexGrow={0} flexShrink={0} />
      <Canvas panel={drawFindingDetail} />
    </Box>
  );
}
