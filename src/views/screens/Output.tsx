/** What the service prints, where `loopscope run` started it. */
import { Canvas } from '../Canvas.tsx';
import { drawOutput } from '../panels/output.ts';
import type { ScreenSize } from './screen-size.ts';

export function Output({ rows }: ScreenSize) {
  return <Canvas panel={drawOutput} height={rows} />;
}
