import type { TopLevelSpec } from 'vega-lite';
import { pagePlotTheme as theme } from '../plots/theme.js';
import { plotSvg } from '../plots/vega.js';
import { type ExafsMeasuredReport, exafsNames, type ExafsTest } from './types.js';

const draw = (spec: object, alt: string): string =>
  plotSvg(spec as unknown as TopLevelSpec, theme, alt);

/** Readings against truth with their intervals; the line is where they would agree. */
export function readingPlot({ parameter, truth, value, low, high }: ExafsTest): string {
  const { title, unit } = exafsNames[parameter];
  const named = unit ? `${title} (${unit})` : title;
  const values = truth.map((t, i) => ({ truth: t, value: value[i], low: low[i], high: high[i] }));
  const from = Math.min(...truth);
  const to = Math.max(...truth);
  const x = {
    field: 'truth',
    type: 'quantitative',
    title: `true ${named}`,
    scale: { domain: [from, to], nice: false },
    axis: { tickCount: 5, grid: false },
  };
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    title: `read ${named}`,
    scale: { zero: false },
    axis: { tickCount: 5 },
  });
  return draw(
    {
      width: 250,
      height: 210,
      data: { values },
      layer: [
        {
          data: { values: [from, to].map((t) => ({ truth: t, value: t })) },
          mark: { type: 'line', color: theme.muted, strokeDash: [4, 4] },
          encoding: { x, y: y('value') },
        },
        {
          mark: { type: 'rule', color: theme.series[1], opacity: 0.35 },
          encoding: { x, y: y('low'), y2: { field: 'high' } },
        },
        {
          mark: { type: 'point', filled: true, size: 12, color: theme.series[1], opacity: 0.9 },
          encoding: { x, y: y('value') },
        },
      ],
    },
    `${title}: ${truth.length} test spectra, read against true values, with intervals`,
  );
}

/** Sizes of the transforms: measured, as the network's reading makes it, as the fit does. */
export function transformPlot(m: ExafsMeasuredReport): string {
  const kinds = ['measured', 'by the network', 'by the fit'] as const;
  const rows = [m.measured, m.byNetwork, m.byFit];
  const values = kinds.flatMap((kind, k) => m.r.map((r, i) => ({ kind, r, size: rows[k][i] })));
  return draw(
    {
      width: 430,
      height: 250,
      layer: [
        {
          data: { values: [{ from: m.range[0], to: m.range[1] }] },
          mark: { type: 'rect', color: theme.muted, opacity: 0.12 },
          encoding: {
            x: { field: 'from', type: 'quantitative' },
            x2: { field: 'to' },
          },
        },
        {
          data: { values },
          mark: { type: 'line', strokeWidth: 1.8 },
          encoding: {
            x: {
              field: 'r',
              type: 'quantitative',
              title: 'R (Å), without phase correction',
              scale: { domain: [0, 6], nice: false },
              axis: { grid: false },
            },
            y: { field: 'size', type: 'quantitative', title: '|χ(R)| (Å^-3)' },
            color: {
              field: 'kind',
              type: 'nominal',
              title: null,
              sort: [...kinds],
              scale: { domain: [...kinds], range: [theme.muted, theme.series[1], theme.accent] },
              legend: { orient: 'top', symbolType: 'stroke', labelColor: theme.text },
            },
            strokeDash: {
              field: 'kind',
              type: 'nominal',
              sort: [...kinds],
              scale: {
                domain: [...kinds],
                range: [
                  [1, 0],
                  [1, 0],
                  [5, 4],
                ],
              },
              legend: null,
            },
          },
        },
      ],
    },
    `${m.name}: size of the Fourier transform, measured and by the shell as read and as fitted`,
  );
}
