import type { TopLevelSpec } from 'vega-lite';
import { formatNumber } from '../markup/numbers.js';
import { pagePlotTheme as theme } from './theme.js';
import { plotSvg } from './vega.js';

/** A number that changes while a stage works. */
export interface CourseData {
  /** Of the vertical axis, with its unit: `images a second`. */
  readonly title: string;
  /** Of the horizontal axis. */
  readonly timeTitle: string;
  readonly points: readonly { readonly seconds: number; readonly value: number }[];
}

/** The course of a number over the time of a stage; the vertical axis starts at 0. */
export function courseSvg({ title, timeTitle, points }: CourseData): string {
  const spec = {
    width: 430,
    height: 150,
    data: { values: points.map(({ seconds, value }) => ({ seconds, value })) },
    mark: { type: 'line', strokeWidth: 1.6, color: theme.series[1], interpolate: 'step-before' },
    encoding: {
      x: {
        field: 'seconds',
        type: 'quantitative',
        title: timeTitle,
        scale: { nice: false, domainMin: 0 },
        axis: { grid: false, tickCount: 8 },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        title,
        scale: { domainMin: 0 },
        axis: { tickCount: 5 },
      },
    },
  };
  const values = points.map((p) => p.value);
  const said = `${formatNumber(Math.min(...values))} to ${formatNumber(Math.max(...values))}`;
  return plotSvg(spec as unknown as TopLevelSpec, theme, `${title} against time: ${said}`);
}
