import { type Plain, plain } from './array.js';

/** Mean and variance (over n) of every channel, the last axis. */
export function channelMoments(x: Plain): { mean: Plain; variance: Plain } {
  const c = x.shape.at(-1)!;
  const n = x.data.length / c;
  const mean = plain([c]);
  const variance = plain([c]);
  x.data.forEach((value, i) => (mean.data[i % c]! += value / n));
  x.data.forEach((value, i) => (variance.data[i % c]! += (value - mean.data[i % c]!) ** 2 / n));
  return { mean, variance };
}

/** gamma (x - mean) / sqrt(variance + epsilon) + beta, channel by channel. */
export function batchNorm(
  x: Plain,
  gamma: Plain,
  beta: Plain,
  { mean, variance }: { mean: Plain; variance: Plain },
  epsilon: number,
): Plain {
  const c = gamma.data.length;
  const data = x.data.map((value, i) => {
    const a = i % c;
    const scaled = (value - mean.data[a]!) / Math.sqrt(variance.data[a]! + epsilon);
    return gamma.data[a]! * scaled + beta.data[a]!;
  });
  return { shape: x.shape, data };
}
