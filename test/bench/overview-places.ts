/** Where the Overview puts its panels, worked out by hand: what Ink's layout costs is not in it. */
import { drawBanner } from '../../src/views/panels/banner.ts';
import { drawDelayChart } from '../../src/views/panels/delay-chart.ts';
import { drawFindingsList } from '../../src/views/panels/findings-list.ts';
import { drawFooter } from '../../src/views/panels/footer.ts';
import { drawHeader, drawTabs } from '../../src/views/panels/header.ts';
import { drawHottestList } from '../../src/views/panels/hottest-list.ts';
import { drawLatencyHeat } from '../../src/views/panels/latency-heat.ts';
import { drawRoutesTable } from '../../src/views/panels/routes-table.ts';
import { drawTiles } from '../../src/views/panels/symptoms.ts';
import type { Rectangle } from '../../src/views/terminal/compositor.ts';
import type { Panel } from '../../src/views/view.ts';

/** For 104 columns and 30 rows or more. */
export function overviewPlaces(
  columns: number,
  rows: number,
): readonly (Rectangle & { readonly panel: Panel })[] {
  const tiles = rows >= 49 ? 6 : 5;
  const top = 4 + tiles;
  const height = rows - 1 - top;
  const left = Math.round(columns * 0.56);
  const delay = Math.round((height * 6) / 11);
  const findings = Math.round((height * 5) / 14);
  const routes = Math.round((height * 5) / 14);
  const right = columns - left;
  return [
    { panel: drawHeader, x: 0, y: 0, width: columns, height: 1 },
    { panel: drawTabs, x: 0, y: 1, width: columns, height: 1 },
    { panel: drawBanner, x: 0, y: 2, width: columns, height: 2 },
    { panel: drawTiles, x: 0, y: 4, width: columns, height: tiles },
    { panel: drawDelayChart, x: 0, y: top, width: left, height: delay },
    { panel: drawLatencyHeat, x: 0, y: top + delay, width: left, height: height - delay },
    { panel: drawFindingsList, x: left, y: top, width: right, height: findings },
    { panel: drawRoutesTable, x: left, y: top + findings, width: right, height: routes },
    {
      panel: drawHottestList,
      x: left,
      y: top + findings + routes,
      width: right,
      height: height - findings - routes,
    },
    { panel: drawFooter, x: 0, y: rows - 1, width: columns, height: 1 },
  ];
}
