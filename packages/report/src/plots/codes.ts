import type { TopLevelSpec } from 'vega-lite';
import { seriesColours } from './lines.js';
import { pagePlotTheme as theme } from './theme.js';
import { plotSvg } from './vega.js';

export interface CodePoint {
  readonly x: number;
  readonly y: number;
  readonly group: string;
  readonly kind: 'inside' | 'outside' | 'measured';
}

/** Shapes of sets from outside: they share two colours, and the shape tells them apart. */
const shapes = [
  'triangle-up',
  'square',
  'diamond',
  'cross',
  'triangle-down',
  'triangle-left',
  'triangle-right',
];

/** Codes on a map: classes as dots, sets from outside by shape, the measured image as a large ring. */
export function codesPlot(points: readonly CodePoint[]): string {
  const names = (kind: CodePoint['kind']) => [
    ...new Set(points.filter((p) => p.kind === kind).map((p) => p.group)),
  ];
  const [inside, outside] = [names('inside'), names('outside')];
  const all = [...inside, ...outside, ...names('measured')];
  const colour = (name: string): string => {
    const at = inside.indexOf(name);
    if (at >= 0) return seriesColours[at % 2];
    const out = outside.indexOf(name);
    return out >= 0 ? seriesColours[2 + (out % 4)] : theme.text;
  };
  const shape = (name: string): string => {
    const out = outside.indexOf(name);
    return out >= 0 ? shapes[out % shapes.length] : 'circle';
  };
  const scale = (of: (name: string) => string | number) => ({ domain: all, range: all.map(of) });
  const common = {
    title: null,
    orient: 'bottom',
    columns: 3,
    labelColor: theme.text,
    labelFontSize: 11,
    labelLimit: 260,
  };
  const spec = {
    width: 460,
    height: 380,
    data: {
      values: points.map(({ x, y, group, kind }) => ({ x, y, group, large: kind === 'measured' })),
    },
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        title: 'first direction (no unit)',
        scale: { zero: false },
        axis: { grid: false },
      },
      y: {
        field: 'y',
        type: 'quantitative',
        title: 'second direction (no unit)',
        scale: { zero: false },
        axis: { grid: false },
      },
      color: { field: 'group', type: 'nominal', scale: scale(colour), legend: common },
      shape: { field: 'group', type: 'nominal', scale: scale(shape), legend: common },
      size: {
        field: 'large',
        type: 'nominal',
        scale: { domain: [false, true], range: [34, 420] },
        legend: null,
      },
    },
    layer: [
      {
        transform: [{ filter: '!datum.large' }],
        mark: { type: 'point', strokeWidth: 1.2, opacity: 0.9 },
      },
      {
        transform: [{ filter: 'datum.large' }],
        mark: { type: 'point', strokeWidth: 3, opacity: 1 },
      },
    ],
  };
  return plotSvg(
    spec as unknown as TopLevelSpec,
    theme,
    `Map of the codes of ${points.length} images: ${all.map((n) => `${n} ${points.filter((p) => p.group === n).length}`).join(', ')}`,
  );
}
