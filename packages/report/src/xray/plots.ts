import type { TopLevelSpec } from 'vega-lite';
import { formatNumber } from '../markup/numbers.js';
import { pagePlotTheme as theme } from '../plots/theme.js';
import { plotSvg } from '../plots/vega.js';
import { meanOf, methodColour, methodOrder, methodTitles } from './names.js';
import type { XrayBasis, XrayInput, XrayReadBack, XrayTargetReport } from './types.js';

const draw = (spec: object, alt: string): string =>
  plotSvg(spec as unknown as TopLevelSpec, theme, alt);

const axisTitle = ({ label, unit }: XrayInput): string => (unit ? `${label} (${unit})` : label);

/** Mean spectrum with a band of one standard deviation to both sides. */
export function spectrumPlot({ grid, mean, sd, unit, title }: XrayTargetReport): string {
  const values = grid.map((energy, i) => ({
    energy,
    mean: mean[i],
    low: mean[i] - sd[i],
    high: mean[i] + sd[i],
  }));
  const x = {
    field: 'energy',
    type: 'quantitative',
    title: `energy (${unit})`,
    scale: { domain: [grid[0], grid[grid.length - 1]], nice: false },
    axis: { tickCount: 8, grid: false },
  };
  const peak = grid[mean.indexOf(Math.max(...mean))];
  return draw(
    {
      width: 430,
      height: 250,
      data: { values },
      encoding: { x },
      layer: [
        {
          mark: { type: 'area', color: theme.series[1], opacity: 0.25 },
          encoding: {
            y: { field: 'low', type: 'quantitative', title: 'intensity (arb. units)' },
            y2: { field: 'high' },
          },
        },
        {
          mark: { type: 'line', color: theme.series[1], strokeWidth: 1.8 },
          encoding: { y: { field: 'mean', type: 'quantitative' } },
        },
      ],
    },
    `${title}: mean spectrum and one standard deviation; highest at ${formatNumber(peak, 4)} ${unit}`,
  );
}

/** rho against the number of components, a line for each method, bars over the seeds' range. */
export function rhoPlot({ scores, title }: XrayTargetReport): string {
  const shown = methodOrder.filter((m) => m !== 'emulator' && scores.some((s) => s.method === m));
  const values = scores
    .filter((s) => shown.includes(s.method))
    .map(({ method, components, rho }) => ({
      method: methodTitles[method],
      components,
      rho: meanOf(rho),
      low: Math.min(...rho),
      high: Math.max(...rho),
    }));
  const full = scores.find((s) => s.method === 'emulator');
  const titles = shown.map((m) => methodTitles[m]);
  const colour = {
    field: 'method',
    type: 'nominal',
    title: null,
    sort: titles,
    scale: { domain: titles, range: shown.map(methodColour) },
    legend: {
      orient: 'right',
      symbolType: 'stroke',
      symbolStrokeWidth: 2.4,
      labelColor: theme.text,
      labelLimit: 260,
    },
  };
  const counts = [...new Set(values.map((v) => v.components))].sort((a, b) => a - b);
  const x = {
    field: 'components',
    type: 'quantitative',
    title: 'components k',
    scale: { domain: [counts[0] - 0.25, counts[counts.length - 1] + 0.25], nice: false },
    axis: { values: counts, format: 'd', grid: false },
  };
  return draw(
    {
      width: 320,
      height: 250,
      data: { values },
      encoding: { x, color: colour },
      layer: [
        ...(full
          ? [
              {
                data: { values: [{ rho: meanOf(full.rho) }] },
                mark: { type: 'rule', color: theme.text, strokeDash: [4, 4] },
                encoding: { x: null, color: null, y: { field: 'rho', type: 'quantitative' } },
              },
            ]
          : []),
        {
          mark: { type: 'line', strokeWidth: 1.8 },
          encoding: {
            y: {
              field: 'rho',
              type: 'quantitative',
              title: 'covered variance rho (test)',
              scale: { domain: [Math.min(0, ...values.map((v) => v.low)), 1] },
            },
          },
        },
        {
          mark: { type: 'rule', strokeWidth: 3, opacity: 0.5 },
          encoding: { y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
        },
        {
          mark: { type: 'point', filled: true, size: 42, opacity: 1 },
          encoding: { y: { field: 'rho', type: 'quantitative' } },
        },
      ],
    },
    `${title}: covered variance against components. ${values
      .map((v) => `${v.method} ${v.components}: ${v.rho.toFixed(3)}`)
      .join('; ')}`,
  );
}

/** Loadings of each component with their intervals; hollow where the interval holds zero. */
export function basisPlot({ components }: XrayBasis, inputs: readonly XrayInput[]): string {
  const most = 12;
  const largest = (i: number) => Math.max(...components.map((c) => Math.abs(c[i].value)));
  const chosen = Array.from(inputs.keys())
    .sort((a, b) => largest(b) - largest(a))
    .slice(0, most)
    .sort((a, b) => a - b);
  const shown = chosen.map((i) => inputs[i]);
  const labels = shown.map((n) => n.label);
  const values = components.flatMap((component, c) =>
    shown.map((_, i) => {
      const { value, low, high, undecided } = component[chosen[i]];
      return {
        component: `component ${c + 1}`,
        input: labels[i],
        value,
        low: low ?? value,
        high: high ?? value,
        state: undecided ? 'undecided' : 'decided',
      };
    }),
  );
  const reach = Math.max(1, ...values.map((v) => Math.max(Math.abs(v.low), Math.abs(v.high))));
  const x = {
    type: 'quantitative',
    title: 'loading (z-scored input)',
    scale: { domain: [-Math.min(reach, 1.6), Math.min(reach, 1.6)], clamp: true },
    axis: { tickCount: 5 },
  };
  const zero = {
    data: { values: [{}] },
    mark: { type: 'rule', color: theme.axis },
    encoding: { x: { datum: 0 }, y: null },
  };
  return draw(
    {
      data: { values },
      spacing: 26,
      hconcat: components.map((_, c) => ({
        width: 190,
        height: 34 * shown.length,
        title: { text: `component ${c + 1}`, color: theme.text, fontSize: 11.5, anchor: 'start' },
        transform: [{ filter: `datum.component === 'component ${c + 1}'` }],
        encoding: {
          y: {
            field: 'input',
            type: 'nominal',
            sort: labels,
            title: null,
            axis: c === 0 ? { ticks: false, domain: false } : null,
          },
        },
        layer: [
          zero,
          {
            mark: { type: 'rule', strokeWidth: 2.2, color: theme.series[1] },
            encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' } },
          },
          {
            mark: { type: 'point', size: 70, opacity: 1, color: theme.series[1], strokeWidth: 1.8 },
            encoding: {
              x: { ...x, field: 'value' },
              fill: {
                field: 'state',
                scale: {
                  domain: ['decided', 'undecided'],
                  range: [theme.series[1], 'var(--page)'],
                },
                legend: null,
              },
            },
          },
        ],
      })),
    },
    values
      .map(
        (v) =>
          `${v.component}, ${v.input}: ${v.value.toFixed(2)} (${v.low.toFixed(2)} to ${v.high.toFixed(2)}, ${v.state})`,
      )
      .join('; '),
  );
}

/** Read-back against true values of one input, with intervals. */
export function readBackPlot(found: XrayReadBack, input: XrayInput): string {
  const values = found.truth.map((truth, i) => ({
    truth,
    value: found.value[i],
    low: found.low[i],
    high: found.high[i],
    state: found.undecided[i] ? 'undecided' : 'decided',
  }));
  const low = Math.min(...found.truth);
  const high = Math.max(...found.truth);
  const scale = {
    domain: [low - 0.04 * (high - low), high + 0.04 * (high - low)],
    clamp: true,
    nice: false,
  };
  const axis = { tickCount: 5 };
  const y = {
    type: 'quantitative',
    title: `read back (${input.unit || '1'})`,
    scale: { ...scale, zero: false },
    axis,
  };
  const color = {
    field: 'state',
    scale: { domain: ['decided', 'undecided'], range: [theme.series[1], theme.axis] },
    legend: null,
  };
  return draw(
    {
      width: 210,
      height: 210,
      data: { values },
      encoding: {
        x: { field: 'truth', type: 'quantitative', title: `true ${axisTitle(input)}`, scale, axis },
      },
      layer: [
        {
          data: {
            values: [
              { truth: scale.domain[0], value: scale.domain[0] },
              { truth: scale.domain[1], value: scale.domain[1] },
            ],
          },
          mark: { type: 'line', color: theme.axis, strokeDash: [2, 3], strokeWidth: 1.2 },
          encoding: { y: { ...y, field: 'value' } },
        },
        {
          mark: { type: 'rule', strokeWidth: 0.8, opacity: 0.35 },
          encoding: { color, y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        {
          mark: { type: 'point', filled: true, size: 14, opacity: 0.9 },
          encoding: {
            color,
            y: { ...y, field: 'value' },
          },
        },
      ],
    },
    `${input.label}: read-back against true values of ${values.length} test samples; ${(100 * found.coverage).toFixed(0)} % of the intervals hold the truth`,
  );
}
