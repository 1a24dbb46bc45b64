import type { TopLevelSpec } from 'vega-lite';
import { printPlotTheme as theme } from './theme.js';
import { plotSvg } from './vega.js';

/** A curve in a panel of its own. */
export interface CurvePanel {
  readonly title: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly xLabel: string;
  readonly yLabel: string;
}

/** Curves above one another, as an SVG picture that stands alone. */
export function curvesSvg({
  title,
  panels,
}: {
  readonly title: string;
  readonly panels: readonly CurvePanel[];
}): string {
  const spec = {
    title,
    vconcat: panels.map((panel) => ({
      title: { text: panel.title, anchor: 'start', fontSize: 12 },
      width: 520,
      height: 190,
      data: { values: Array.from(panel.x, (x, i) => ({ x, y: panel.y[i] })) },
      mark: { type: 'line', color: theme.series[1], strokeWidth: 1.8 },
      encoding: {
        x: {
          field: 'x',
          type: 'quantitative',
          title: panel.xLabel,
          scale: { zero: false, nice: false },
          axis: { grid: false },
        },
        y: { field: 'y', type: 'quantitative', title: panel.yLabel },
      },
    })),
  };
  const told = panels.map((p) => p.title).join(', ');
  return plotSvg(spec as unknown as TopLevelSpec, theme, `${title}: ${told}`);
}
