/**
 * The layout of everything: header, tabs, verdict, one screen, footer; dialogs on top. It renders when the view
 * changes (a screen, a size, a dialog), never because data came.
 */
import { Box } from 'ink';
import { useSyncExternalStore, type ComponentType } from 'react';
import { Canvas, StageProvider, type Stage } from './Canvas.tsx';
import { drawBanner } from './panels/banner.ts';
import { drawFooter } from './panels/footer.ts';
import { drawHeader, drawTabs, drawTooSmall } from './panels/header.ts';
import { drawHelp } from './panels/help.ts';
import { Cpu } from './screens/Cpu.tsx';
import { Findings } from './screens/Findings.tsx';
import { Loop } from './screens/Loop.tsx';
import { Memory } from './screens/Memory.tsx';
import { Output } from './screens/Output.tsx';
import { Overview } from './screens/Overview.tsx';
import { Requests } from './screens/Requests.tsx';
import { Resources } from './screens/Resources.tsx';
import type { ScreenSize } from './screens/screen-size.ts';
import type { ScreenId } from './ui-state.ts';
import type { Panel } from './view.ts';

const SMALLEST = { columns: 80, rows: 24 } as const;

/** What the layout depends on. The same value as long as nothing of it changed. */
export interface LayoutState {
  readonly columns: number;
  readonly rows: number;
  readonly screen: ScreenId;
  readonly help: boolean;
  readonly blocked: boolean;
  readonly presenter: boolean;
}

export interface LayoutStore {
  readonly subscribe: (listener: () => void) => () => void;
  readonly get: () => LayoutState;
}

const SCREEN_COMPONENTS: Readonly<Record<ScreenId, ComponentType<ScreenSize>>> = {
  overview: Overview,
  cpu: Cpu,
  memory: Memory,
  requests: Requests,
  loop: Loop,
  resources: Resources,
  findings: Findings,
  output: Output,
};

const drawSmall: Panel = (surface) => drawTooSmall(surface, SMALLEST);

export function App({ stage, store }: { readonly stage: Stage; readonly store: LayoutStore }) {
  const layout = useSyncExternalStore(store.subscribe, store.get);
  const { columns, rows } = layout;
  if (columns < SMALLEST.columns || rows < SMALLEST.rows) {
    return (
      <StageProvider stage={stage}>
        <Canvas panel={drawSmall} width={columns} height={rows} />
      </StageProvider>
    );
  }
  const bannerRows = rowsOfBanner(layout);
  const Screen = SCREEN_COMPONENTS[layout.screen];
  return (
    <StageProvider stage={stage}>
      <Box flexDirection="column" width={columns} height={rows}>
        <Canvas panel={drawHeader} height={1} flexGrow={0} flexShrink={0} />
        <Canvas panel={drawTabs} height={1} flexGrow={0} flexShrink={0} />
        <Canvas panel={drawBanner} height={bannerRows} flexGrow={0} flexShrink={0} />
        <Screen columns={columns} rows={rows - bannerRows - 3} presenter={layout.presenter} />
        <Canvas panel={drawFooter} height={1} flexGrow={0} flexShrink={0} />
        {layout.help && <HelpDialog columns={columns} rows={rows} />}
      </Box>
    </StageProvider>
  );
}

/** A blocked loop is shown big: everything else stands still then anyway. */
function rowsOfBanner({ rows, blocked, presenter }: LayoutState): number {
  const calm = rows >= 30 ? (presenter ? 5 : 2) : 1;
  if (!blocked) return calm;
  return rows >= 50 ? 9 : rows >= 30 ? 6 : 4;
}

function HelpDialog({ columns, rows }: { readonly columns: number; readonly rows: number }) {
  const width = Math.min(columns - 4, 108);
  const height = Math.min(rows - 2, 24);
  return (
    <Canvas
      panel={drawHelp}
      position="absolute"
      width={width}
      height={height}
      marginLeft={Math.floor((columns - width) / 2)}
      marginTop={Math.floor((rows - height) / 2)}
    />
  );
}
