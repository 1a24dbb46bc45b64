import { scaleLinear } from 'd3-scale';
import type { ColourScale } from '../colour/scale.js';
import { colourAt } from '../colour/maps.js';
import type { TileAxis, TileLayout } from '../data/layout.js';
import { formatNumber } from '../markup/numbers.js';
import { svgElement, svgText } from '../markup/svg.js';
import type { TileGeometry } from './geometry.js';
import type { FigureTheme } from './theme.js';

const TICK_FONT = 10;
const LABEL_FONT = 11;
/** Width of a tile from which every tile has its own horizontal tick labels, figure pixels. */
const WIDE_TILE = 60;

function axisTicks(axis: TileAxis, pixels: number) {
  const low = Math.min(axis.first, axis.last);
  const high = Math.max(axis.first, axis.last);
  const scale = scaleLinear().domain([low, high]);
  const format = scale.tickFormat(2);
  return scale.ticks(2).map((value) => ({
    text: format(value),
    /** In image pixels from the tile's first edge. */
    at: ((value - axis.first) / (axis.last - axis.first || 1)) * (pixels - 1) + 0.5,
  }));
}

const axisName = (axis: TileAxis) => (axis.unit ? `${axis.label} (${axis.unit})` : axis.label);

function energyHeadings(layout: TileLayout, g: TileGeometry, theme: FigureTheme): string {
  const small = { fill: theme.text, 'font-size': TICK_FONT, 'text-anchor': 'middle' };
  const y = g.top - 6;
  const edges = layout.columns;
  const contiguous = edges.every(
    (c, i) => i === 0 || Math.abs(c.fromFraction - edges[i - 1].toFraction) < 1e-6,
  );
  const wide = g.tileWidth >= WIDE_TILE;
  const title =
    wide || contiguous ? 'Energy transfer / Eᵢ' : 'Energy transfer / Eᵢ (middle of slice)';
  const parts = [
    svgText(title, {
      x: g.left,
      y: g.top - 21,
      fill: theme.text,
      'font-size': LABEL_FONT,
      'font-weight': 600,
    }),
  ];
  const middles = edges.map((c) => (c.fromFraction + c.toFraction) / 2);
  const shown = wide || contiguous ? edges.flatMap((c) => [c.fromFraction, c.toFraction]) : middles;
  const decimals = shown.every((v) => Math.abs(v * 100 - Math.round(v * 100)) < 1e-6) ? 2 : 3;
  const fixed = (v: number) => v.toFixed(decimals);
  if (wide) {
    edges.forEach((c, i) => {
      const text = `${fixed(c.fromFraction)}–${fixed(c.toFraction)}`;
      parts.push(svgText(text, { ...small, x: g.x(i) + g.tileWidth / 2, y }));
    });
  } else if (contiguous) {
    // The slices touch: label their edges, as on an axis.
    const gap = g.gapPixels * g.pixel;
    [edges[0].fromFraction, ...edges.map((c) => c.toFraction)].forEach((edge, i) => {
      const x = i === 0 ? g.left : g.x(i - 1) + g.tileWidth + (i < edges.length ? gap / 2 : 0);
      parts.push(svgText(fixed(edge), { ...small, x, y }));
    });
  } else {
    middles.forEach((middle, i) => {
      parts.push(svgText(fixed(middle), { ...small, x: g.x(i) + g.tileWidth / 2, y }));
    });
  }
  return parts.join('');
}

function incidentEnergies(layout: TileLayout, g: TileGeometry, theme: FigureTheme): string {
  const parts = [
    svgText('Eᵢ (meV)', {
      x: g.strip,
      y: g.top - 21,
      fill: theme.text,
      'font-size': LABEL_FONT,
      'font-weight': 600,
    }),
  ];
  layout.rows.forEach((row, i) => {
    const middle = g.y(i) + g.tileHeight / 2;
    parts.push(
      svgText(formatNumber(row.eiMeV), {
        x: g.strip,
        y: row.note ? middle - 1 : middle + 4,
        fill: theme.text,
        'font-size': LABEL_FONT,
      }),
    );
    if (row.note) {
      parts.push(
        svgText(row.note, { x: g.strip, y: middle + 11, fill: theme.muted, 'font-size': 9.5 }),
      );
    }
  });
  return parts.join('');
}

function verticalAxis(layout: TileLayout, g: TileGeometry, theme: FigureTheme): string {
  const ticks = axisTicks(layout.vertical, layout.tileRows);
  const parts: string[] = [];
  layout.rows.forEach((_, row) => {
    for (const tick of ticks) {
      const y = g.y(row) + tick.at * g.pixel;
      // Labels stay inside their tile's height, so that neighbours never collide.
      const baseline = Math.min(Math.max(y + 3.5, g.y(row) + 8), g.y(row) + g.tileHeight - 0.5);
      parts.push(
        svgElement('path', { d: `M${g.left - 4} ${y.toFixed(2)}h4`, stroke: theme.line }),
        svgText(tick.text, {
          x: g.left - 7,
          y: baseline,
          fill: theme.muted,
          'font-size': TICK_FONT,
          'text-anchor': 'end',
        }),
      );
    }
  });
  const middle = g.top + g.gridHeight / 2;
  parts.push(
    svgText(axisName(layout.vertical), {
      transform: `translate(11 ${middle}) rotate(-90)`,
      fill: theme.text,
      'font-size': LABEL_FONT,
      'font-weight': 600,
      'text-anchor': 'middle',
    }),
  );
  return parts.join('');
}

function horizontalAxis(layout: TileLayout, g: TileGeometry, theme: FigureTheme): string {
  const ticks = axisTicks(layout.horizontal, layout.tileCols);
  const bottom = g.top + g.gridHeight;
  const parts: string[] = [];
  layout.columns.forEach((_, column) => {
    const labelled = g.tileWidth >= WIDE_TILE || column === 0;
    ticks.forEach((tick) => {
      const x = g.x(column) + tick.at * g.pixel;
      parts.push(svgElement('path', { d: `M${x.toFixed(2)} ${bottom}v4`, stroke: theme.line }));
      const share = tick.at / layout.tileCols;
      const anchor = share < 0.15 ? 'start' : share > 0.85 ? 'end' : 'middle';
      // Under a narrow tile there is room for the two ends.
      if (!labelled || (g.tileWidth < WIDE_TILE && anchor === 'middle')) return;
      const shift = anchor === 'start' ? -2 : anchor === 'end' ? 2 : 0;
      parts.push(
        svgText(tick.text, {
          x: x + shift,
          y: bottom + 15,
          fill: theme.muted,
          'font-size': TICK_FONT,
          'text-anchor': anchor,
        }),
      );
    });
  });
  parts.push(
    svgText(axisName(layout.horizontal), {
      x: g.left + g.gridWidth / 2,
      y: bottom + 31,
      fill: theme.text,
      'font-size': LABEL_FONT,
      'font-weight': 600,
      'text-anchor': 'middle',
    }),
  );
  return parts.join('');
}

/** Axes and labels of a tile figure: energies above and at the right, both momentum axes. */
export function tileFrame(
  layout: TileLayout,
  g: TileGeometry,
  theme: FigureTheme,
  { momentum = true } = {},
): string {
  const energies = energyHeadings(layout, g, theme) + incidentEnergies(layout, g, theme);
  if (!momentum) return energies;
  return energies + verticalAxis(layout, g, theme) + horizontalAxis(layout, g, theme);
}

/** A colour bar with ticks and a label, at the right of a tile figure. */
export function colourBar(
  scale: ColourScale,
  label: string,
  g: TileGeometry,
  theme: FigureTheme,
  id: string,
): string {
  const width = 12;
  const cap = 8;
  const stops: string[] = [];
  for (let i = 0; i <= 32; i++) {
    stops.push(
      svgElement('stop', {
        offset: `${(i / 32) * 100}%`,
        'stop-color': colourAt(scale.table, i / 32),
      }),
    );
  }
  const { top, gridHeight: height, bar: x } = g;
  const y = (position: number) => top + height * (1 - position);
  const parts = [
    svgElement('linearGradient', { id, x1: 0, y1: 1, x2: 0, y2: 0 }, ...stops),
    svgElement('rect', { x, y: top, width, height, fill: `url(#${id})`, stroke: theme.line }),
  ];
  // A pointed end says that values beyond it exist.
  if (scale.clippedHigh) {
    parts.push(
      svgElement('path', {
        d: `M${x} ${top}h${width}l${-width / 2} ${-cap}z`,
        fill: colourAt(scale.table, 1),
      }),
    );
  }
  if (scale.clippedLow) {
    parts.push(
      svgElement('path', {
        d: `M${x} ${top + height}h${width}l${-width / 2} ${cap}z`,
        fill: colourAt(scale.table, 0),
      }),
    );
  }
  for (const tick of scale.ticks(6)) {
    parts.push(
      svgElement('path', {
        d: `M${x + width} ${y(tick.position).toFixed(2)}h4`,
        stroke: theme.line,
      }),
      svgText(tick.text, {
        x: x + width + 7,
        y: y(tick.position) + 3.5,
        fill: theme.muted,
        'font-size': TICK_FONT,
      }),
    );
  }
  parts.push(
    svgText(label, {
      transform: `translate(${x + 57} ${top + height / 2}) rotate(-90)`,
      fill: theme.text,
      'font-size': LABEL_FONT,
      'text-anchor': 'middle',
    }),
  );
  return parts.join('');
}
