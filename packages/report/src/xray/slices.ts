import { scaleLinear } from 'd3-scale';
import { encode } from 'fast-png';
import { type ColourTable, colourTable, tableIndex } from '../colour/maps.js';
import { pngDataUri } from '../image/pixels.js';
import { formatNumber } from '../markup/numbers.js';
import { svgElement, svgText } from '../markup/svg.js';
import type { XrayInput, XraySlice } from './types.js';

const side = 158;
const left = 54;
const top = 8;
const bar = { x: left + side + 12, width: 10 };
const total = { width: bar.x + bar.width + 46, height: top + side + 44 };

/**
 * One field over a plane of structure space: a pixel a point, axes in the inputs' units, a colour
 * bar. Points without a value are transparent.
 */
export function sliceSvg(
  { x, y }: XraySlice,
  field: XraySlice['fields'][number],
  inputs: readonly XrayInput[],
): string {
  const numbers = field.values.filter((v) => v !== null);
  const reach = Math.max(...numbers.map(Math.abs), 1e-12);
  const diverging = field.scale === 'diverging';
  const low = diverging ? -reach : Math.min(...numbers);
  const high = diverging ? reach : Math.max(...numbers);
  const table = colourTable(diverging ? 'evidence' : 'viridis');
  const position = (v: number): number => (high > low ? (v - low) / (high - low) : 0.5);
  const horizontal = axisScale(x.values, [left, left + side]);
  const vertical = axisScale(y.values, [top + side, top]);
  const colours = scaleLinear([low, high], [top + side, top]);
  const text = (content: string, attributes: Record<string, string | number>) =>
    svgText(content, { 'font-size': 10.5, fill: 'var(--muted)', ...attributes });
  const tick = (x1: number, y1: number, x2: number, y2: number) =>
    svgElement('line', { x1, y1, x2, y2, stroke: 'var(--line-strong)' });
  const title = ({ label, unit }: XrayInput) => (unit ? `${label} (${unit})` : label);
  const heading = {
    fill: 'var(--text)',
    'font-size': 11,
    'font-weight': 600,
    'text-anchor': 'middle',
  };
  const middle = top + side / 2;
  const said = `${field.title} over ${inputs[x.input].label} and ${inputs[y.input].label}: from ${formatNumber(Math.min(...numbers))} to ${formatNumber(Math.max(...numbers))}`;
  return svgElement(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'plot',
      role: 'img',
      width: total.width,
      height: total.height,
      viewBox: `0 0 ${total.width} ${total.height}`,
      'aria-label': said,
    },
    picture(
      left,
      top,
      side,
      side,
      pixels(
        x.values.length,
        y.values.length,
        (i, j) => {
          const value = field.values[i * y.values.length + j];
          return value === null ? undefined : position(value);
        },
        table,
      ),
    ),
    picture(
      bar.x,
      top,
      bar.width,
      side,
      pixels(1, 64, (_, j) => j / 63, table),
    ),
    svgElement('rect', {
      x: left,
      y: top,
      width: side,
      height: side,
      fill: 'none',
      stroke: 'var(--line-strong)',
    }),
    ...horizontal
      .ticks(4)
      .flatMap((v) => [
        tick(horizontal(v), top + side, horizontal(v), top + side + 4),
        text(formatNumber(v), { x: horizontal(v), y: top + side + 16, 'text-anchor': 'middle' }),
      ]),
    ...vertical
      .ticks(5)
      .flatMap((v) => [
        tick(left - 4, vertical(v), left, vertical(v)),
        text(formatNumber(v), { x: left - 7, y: vertical(v) + 3.5, 'text-anchor': 'end' }),
      ]),
    ...colours
      .ticks(4)
      .map((v) => text(formatNumber(v), { x: bar.x + bar.width + 5, y: colours(v) + 3.5 })),
    text(title(inputs[x.input]), { ...heading, x: left + side / 2, y: top + side + 34 }),
    text(title(inputs[y.input]), {
      ...heading,
      x: 11,
      y: middle,
      transform: `rotate(-90 11 ${middle})`,
    }),
  );
}

/** The range that points with half a step to both sides fill. */
function axisScale(values: readonly number[], range: readonly [number, number]) {
  const half = (values[1] - values[0]) / 2;
  return scaleLinear([values[0] - half, values[values.length - 1] + half], range);
}

/** A PNG of positions 0..1 in a colour map, the second index upwards. */
function pixels(
  width: number,
  height: number,
  at: (i: number, j: number) => number | undefined,
  table: ColourTable,
): string {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < height; j++) {
      const value = at(i, j);
      if (value === undefined) continue;
      const from = tableIndex(value) * 3;
      data.set(
        [table[from], table[from + 1], table[from + 2], 255],
        4 * ((height - 1 - j) * width + i),
      );
    }
  }
  return pngDataUri(encode({ width, height, data, channels: 4, depth: 8 }));
}

const picture = (x: number, y: number, width: number, height: number, href: string): string =>
  svgElement('image', {
    x,
    y,
    width,
    height,
    href,
    preserveAspectRatio: 'none',
    style: 'image-rendering:pixelated',
  });
