import type { TopLevelSpec } from 'vega-lite';
import { formatNumber } from '../markup/numbers.js';
import { pagePlotTheme as theme } from './theme.js';
import { plotSvg } from './vega.js';

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LinesOptions {
  readonly x: { readonly title: string; readonly percent?: boolean };
  readonly y: {
    readonly title: string;
    readonly percent?: boolean;
    readonly domain?: readonly [number, number];
  };
  /** What the plot shows, in words. */
  readonly alt: string;
  /** Names of places on the horizontal axis, for 0, 1, 2, ... */
  readonly places?: readonly string[];
  readonly width?: number;
}

/** Colours of series: those of the classes, which stay apart with colour-vision deficiencies. */
export const seriesColours = Array.from({ length: 6 }, (_, i) => `var(--class-${i})`);
/** Dashes beside the colours: a series is known without its colour too. */
const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [4, 2],
  [1, 3],
];

/** Several lines in one plot, with a legend; each has its own colour and dash. */
export function linesPlot(lines: readonly Line[], options: LinesOptions): string {
  const { x, y, alt, places } = options;
  const values = lines.flatMap(({ name, points }) =>
    points.map(([px, py]) => ({ series: name, x: places ? places[px] : px, y: py })),
  );
  const names = lines.map((l) => l.name);
  const range = names.map((_, i) => seriesColours[i % seriesColours.length]);
  const domain = y.domain ? { domain: [...y.domain] } : { zero: false };
  const last = lines.map(({ name, points }) =>
    points.length > 0
      ? `${name} from ${formatNumber(points[0][1])} to ${formatNumber(points[points.length - 1][1])}`
      : name,
  );
  const spec = {
    width: options.width ?? 400,
    height: 220,
    data: { values },
    mark: { type: 'line', strokeWidth: 1.8, point: places ? { size: 26, filled: true } : false },
    encoding: {
      x: {
        field: 'x',
        type: places ? 'ordinal' : 'quantitative',
        sort: null,
        title: x.title,
        axis: {
          grid: false,
          labelAngle: places ? -35 : 0,
          ...(x.percent ? { format: '.0%' } : {}),
        },
      },
      y: {
        field: 'y',
        type: 'quantitative',
        title: y.title,
        scale: domain,
        axis: { tickCount: 6, ...(y.percent ? { format: '.0%' } : {}) },
      },
      color: {
        field: 'series',
        type: 'nominal',
        scale: { domain: names, range },
        legend: legend(names.length),
      },
      strokeDash: {
        field: 'series',
        type: 'nominal',
        scale: { domain: names, range: names.map((_, i) => dashes[i % dashes.length]) },
        legend: legend(names.length),
      },
    },
  };
  return plotSvg(spec as unknown as TopLevelSpec, theme, `${alt}: ${last.join('; ')}`);
}

const legend = (count: number) =>
  count < 2
    ? null
    : {
        title: null,
        orient: 'bottom',
        columns: 3,
        labelColor: theme.text,
        labelFontSize: 11,
        labelLimit: 260,
        symbolSize: 300,
        symbolStrokeWidth: 2,
      };
