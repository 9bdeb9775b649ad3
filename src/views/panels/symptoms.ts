/** The six figures: as tiles side by side, or as a list where there is no room for tiles. */
import { selectSymptoms, type Symptom } from '../../presentation/symptoms.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { LEVEL_TOKENS, levelSign } from '../drawing/severity-sign.ts';
import { drawSparkline } from '../drawing/sparkline.ts';
import type { Surface } from '../terminal/surface.ts';
import type { Panel } from '../view.ts';

const ROW_HEADROOM = 1.2;

export const drawTiles: Panel = (surface, view) => {
  const count = 6;
  const gap = 1;
  const width = (surface.width - gap * (count - 1)) / count;
  const symptoms = selectSymptoms(view.data, Math.max(1, Math.floor(width) - 4));
  symptoms.forEach((symptom, i) => {
    const left = Math.round(i * (width + gap));
    const right = Math.round((i + 1) * (width + gap)) - gap;
    surface.inset(left, 0, right - left, surface.height, (tile) => drawTile(tile, symptom));
  });
};

function drawTile(tile: Surface, symptom: Symptom): void {
  const { theme } = tile;
  const bad = symptom.level === 'warning' || symptom.level === 'critical';
  drawFrame(tile, { title: symptom.title, right: bad ? [levelSign(theme, symptom.level)] : [] });
  insideFrame(tile, (inside) => {
    const value = theme.style(bad ? LEVEL_TOKENS[symptom.level] : 'strong', { bold: true });
    const used = inside.text(0, 0, symptom.value, value);
    const room = inside.width - used - 1;
    if (symptom.aside.length <= room)
      inside.textRight(used, 0, inside.width - used, symptom.aside, theme.styleOf('dim'));
    drawPast(inside, symptom, { x: 0, y: 1, width: inside.width, height: inside.height - 1 });
  });
}

export const drawSymptomList: Panel = (surface, view) => {
  drawFrame(surface, { title: 'Symptoms' });
  insideFrame(surface, (inside) => {
    const { theme, width } = inside;
    const titleColumns = 16;
    const valueColumns = 8;
    const past = Math.max(0, width - titleColumns - valueColumns - 3);
    selectSymptoms(view.data, past).forEach((symptom, y) => {
      const bad = symptom.level === 'warning' || symptom.level === 'critical';
      if (bad) inside.spans(0, y, [levelSign(theme, symptom.level)]);
      else inside.text(0, y, theme.glyphs.dot, theme.styleOf('faint'));
      const style = theme.style(bad ? LEVEL_TOKENS[symptom.level] : 'strong', { bold: true });
      inside.text(2, y, symptom.title, bad ? theme.style('strong', { bold: true }) : 0);
      inside.textRight(titleColumns, y, valueColumns, symptom.value, style);
      drawPast(inside, symptom, { x: titleColumns + valueColumns + 2, y, width: past, height: 1 });
    });
  });
};

function drawPast(
  surface: Surface,
  symptom: Symptom,
  place: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): void {
  const most = symptom.max ?? Math.max(0, ...symptom.values.map((value) => value ?? 0));
  // A row that is full to its top would run into the one above.
  const max = place.height === 1 ? most * ROW_HEADROOM : symptom.max;
  drawSparkline(surface, symptom.values, {
    ...place,
    ...(max === null ? {} : { max }),
    styleOf: (value) => surface.theme.styleOf(LEVEL_TOKENS[symptom.levelOf(value)]),
  });
}
