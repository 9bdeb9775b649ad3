/** Everything at a glance: the verdict stands above; here are the symptoms, the findings and who is to blame. */
import { Box } from 'ink';
import { Canvas } from '../Canvas.tsx';
import { drawDelayChart } from '../panels/delay-chart.ts';
import { drawFindingsList } from '../panels/findings-list.ts';
import { drawHottestList } from '../panels/hottest-list.ts';
import { drawLatencyHeat } from '../panels/latency-heat.ts';
import { drawRoutesTable } from '../panels/routes-table.ts';
import { drawSymptomList, drawTiles } from '../panels/symptoms.ts';
import type { ScreenSize } from './screen-size.ts';

/** Six tiles need this much to hold a title and two figures each. */
const ROOM_FOR_TILES = 104;
const TALL = 32;

export function Overview({ columns, rows, presenter }: ScreenSize) {
  if (presenter && columns >= ROOM_FOR_TILES && rows >= TALL - 6)
    return <PresentedOverview {...{ columns, rows }} />;
  const tiles = columns >= ROOM_FOR_TILES && rows >= TALL - 4;
  const left = Math.round(columns * (tiles ? 0.56 : 0.5));
  return (
    <Box flexDirection="column" height={rows}>
      {tiles && <Canvas panel={drawTiles} height={rows >= TALL + 12 ? 6 : 5} flexGrow={0} flexShrink={0} />}
      <Box flexGrow={1}>
        <Box flexDirection="column" width={left} flexShrink={0}>
          {!tiles && <Canvas panel={drawSymptomList} height={8} flexGrow={0} flexShrink={0} />}
          <Canvas panel={drawDelayChart} flexGrow={6} flexBasis={0} />
          <Canvas panel={drawLatencyHeat} flexGrow={5} flexBasis={0} />
        </Box>
        <Box flexDirection="column" flexGrow={1}>
          <Canvas panel={drawFindingsList} flexGrow={5} flexBasis={0} />
          <Canvas panel={drawRoutesTable} flexGrow={5} flexBasis={0} />
          <Canvas panel={drawHottestList} flexGrow={4} flexBasis={0} />
        </Box>
      </Box>
    </Box>
  );
}

/** For people across a room: how it does, when, and who it is. */
function PresentedOverview({ columns, rows }: Omit<ScreenSize, 'presenter'>) {
  return (
    <Box flexDirection="column" height={rows}>
      <Canvas panel={drawTiles} height={9} flexGrow={0} flexShrink={0} />
      <Box flexGrow={1}>
        <Box width={Math.round(columns * 0.56)} flexShrink={0}>
          <Canvas panel={drawDelayChart} />
        </Box>
        <Canvas panel={drawFindingsList} />
      </Box>
    </Box>
  );
}
