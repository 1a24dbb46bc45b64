import type { TopLevelSpec } from 'vega-lite';
import type { EpochRecord } from '../data/types.js';
import { formatNumber } from '../markup/numbers.js';
import { pagePlotTheme as theme } from './theme.js';
import { plotSvg } from './vega.js';

/** Which of an epoch's numbers, and how they are drawn. */
interface CurveOptions {
  readonly title: string;
  readonly train: (record: EpochRecord) => number | null | undefined;
  readonly validation: (record: EpochRecord) => number | null | undefined;
  readonly bestEpoch?: number;
  /** Range of the vertical axis; the default starts at 0. */
  readonly domain?: readonly [number, number];
  readonly percent?: boolean;
  /** A horizontal line with its text: chance. */
  readonly reference?: { readonly value: number; readonly text: string };
}

/** From this ratio of the largest to the smallest value on, the vertical axis is logarithmic. */
const LOG_RATIO = 50;

function curve(epochs: readonly EpochRecord[], options: CurveOptions): string {
  const { train, validation, bestEpoch, reference, domain } = options;
  const values = epochs.flatMap((record) => [
    { epoch: record.epoch, series: 'training', value: train(record) ?? null },
    { epoch: record.epoch, series: 'validation', value: validation(record) ?? null },
  ]);
  const drawn = values.filter((v) => v.value !== null);
  const numbers = drawn.map((v) => v.value!);
  const logarithmic =
    !domain && Math.min(...numbers) > 0 && Math.max(...numbers) / Math.min(...numbers) > LOG_RATIO;
  const spec = {
    width: 430,
    height: 210,
    data: { values },
    encoding: {
      x: {
        field: 'epoch',
        type: 'quantitative',
        title: 'epoch',
        scale: { nice: false, zero: false, padding: 6 },
        axis: { tickMinStep: 1, format: 'd', grid: false, tickCount: 10 },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        title: logarithmic ? `${options.title}, logarithmic` : options.title,
        scale: domain ? { domain: [...domain] } : { type: logarithmic ? 'log' : 'linear' },
        axis: { tickCount: 6, format: options.percent ? '.0%' : undefined },
      },
    },
    layer: [
      ...(bestEpoch === undefined
        ? []
        : [
            {
              data: { values: [{ epoch: bestEpoch }] },
              mark: { type: 'rule', color: theme.axis, strokeDash: [2, 3] },
              encoding: { y: { value: 0 }, y2: { value: 'height' } },
            },
          ]),
      ...(reference
        ? [
            {
              data: { values: [{ value: reference.value, text: reference.text }] },
              encoding: { x: { value: 'width' } },
              layer: [
                {
                  mark: { type: 'rule', color: theme.axis, strokeDash: [1, 3] },
                  encoding: { x: { value: 0 }, x2: { value: 'width' } },
                },
                {
                  mark: {
                    type: 'text',
                    align: 'right',
                    baseline: 'bottom',
                    dy: -3,
                    color: theme.muted,
                  },
                  encoding: { text: { field: 'text', type: 'nominal' } },
                },
              ],
            },
          ]
        : []),
      {
        mark: { type: 'line', strokeWidth: 1.8, invalid: 'break-paths-filter-domains' },
        encoding: {
          color: {
            field: 'series',
            type: 'nominal',
            scale: { domain: ['training', 'validation'], range: [...theme.series] },
            legend: null,
          },
          strokeDash: {
            field: 'series',
            type: 'nominal',
            scale: {
              domain: ['training', 'validation'],
              range: [
                [5, 3],
                [1, 0],
              ],
            },
            legend: null,
          },
        },
      },
      {
        transform: [{ filter: `datum.series === 'validation' || ${epochs.length} === 1` }],
        mark: { type: 'point', filled: true, size: 22, opacity: 1 },
        encoding: {
          color: {
            field: 'series',
            type: 'nominal',
            scale: { domain: ['training', 'validation'], range: [...theme.series] },
            legend: null,
          },
        },
      },
    ],
  };
  const last = (series: string) => drawn.filter((v) => v.series === series).at(-1);
  const said = ['training', 'validation']
    .map((series) => last(series))
    .filter((v) => v !== undefined)
    .map((v) => `${v.series} ends at ${formatNumber(v.value!)}`);
  return plotSvg(
    spec as unknown as TopLevelSpec,
    theme,
    `${options.title} against epoch, training and validation; ${said.join(', ')}`,
  );
}

/** Loss against epoch, training (dashed) and validation (solid). */
export function lossCurve(
  epochs: readonly EpochRecord[],
  label: string,
  bestEpoch?: number,
): string {
  return curve(epochs, {
    title: label,
    train: (e) => e.trainLoss,
    validation: (e) => e.validationLoss,
    bestEpoch,
  });
}

/** Accuracy against epoch, with chance for that many classes. */
export function accuracyCurve(
  epochs: readonly EpochRecord[],
  classes: number,
  bestEpoch?: number,
): string {
  const chance = 1 / classes;
  const lowest = epochs
    .flatMap((e) => [e.trainAccuracy, e.validationAccuracy])
    .reduce<number>((low, v) => (v === null || v === undefined ? low : Math.min(low, v)), chance);
  return curve(epochs, {
    title: 'accuracy',
    train: (e) => e.trainAccuracy,
    validation: (e) => e.validationAccuracy,
    bestEpoch,
    percent: true,
    domain: [Math.max(0, Math.floor(lowest * 10 - 0.5) / 10), 1],
    reference: { value: chance, text: 'chance' },
  });
}
