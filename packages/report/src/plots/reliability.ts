import type { TopLevelSpec } from 'vega-lite';
import type { ReliabilityBin } from '../data/types.js';
import { wilsonInterval } from '../statistics/wilson.js';
import { formatNumber } from '../markup/numbers.js';
import { pagePlotTheme as theme } from './theme.js';
import { plotSvg } from './vega.js';

/**
 * Reliability diagram: in each bin of the highest score, the fraction that was right against the
 * mean score, with its 95 % Wilson interval; on the diagonal, scores are probabilities. A point's
 * area grows with its count.
 */
export function reliabilityDiagram(bins: readonly ReliabilityBin[]): string {
  const values = bins
    .filter((b) => b.count > 0 && b.accuracy !== null && b.meanConfidence !== null)
    .map((b) => {
      const [low, high] = wilsonInterval(Math.round(b.accuracy! * b.count), b.count);
      return { confidence: b.meanConfidence, accuracy: b.accuracy, count: b.count, low, high };
    });
  const axis = { format: '.0%', tickCount: 5 };
  const spec = {
    width: 250,
    height: 250,
    data: { values },
    encoding: {
      x: {
        field: 'confidence',
        type: 'quantitative',
        title: 'mean highest score',
        scale: { domain: [0, 1] },
        axis,
      },
      y: { type: 'quantitative', title: 'fraction right', scale: { domain: [0, 1] }, axis },
    },
    layer: [
      {
        data: {
          values: [
            { confidence: 0, accuracy: 0 },
            { confidence: 1, accuracy: 1 },
          ],
        },
        mark: { type: 'line', color: theme.axis, strokeDash: [2, 3], strokeWidth: 1.2 },
        encoding: { y: { field: 'accuracy' } },
      },
      {
        mark: { type: 'rule', color: theme.series[1], strokeWidth: 1.4 },
        encoding: { y: { field: 'low' }, y2: { field: 'high' } },
      },
      {
        mark: { type: 'point', filled: true, color: theme.series[1], opacity: 1 },
        encoding: {
          y: { field: 'accuracy' },
          size: { field: 'count', type: 'quantitative', scale: { range: [20, 200] }, legend: null },
        },
      },
    ],
  };
  const said = values.map(
    (v) => `${formatNumber(v.confidence!)}: ${formatNumber(v.accuracy!)} of ${v.count}`,
  );
  return plotSvg(
    spec as unknown as TopLevelSpec,
    theme,
    `Reliability diagram, fraction right by mean highest score: ${said.join('; ')}`,
  );
}
