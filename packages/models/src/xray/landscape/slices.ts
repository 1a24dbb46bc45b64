import { NetworkError } from '../../errors.js';
import { type Matrix, matrix } from '../data/matrix.js';
import type { Interpreter } from '../methods/interpreter.js';

/** One axis of a slice: an input, and the range it takes. */
export interface SliceAxis {
  /** Index of the input. */
  readonly input: number;
  /** In units of the structure. */
  readonly from: number;
  readonly to: number;
  /** At least 2. */
  readonly count: number;
}

/** Points of structure space on a regular grid of one, two or three inputs. */
export interface Slice {
  readonly axes: readonly SliceAxis[];
  /** `[count of the first axis * count of the second ...]`, the last axis fastest; in units. */
  readonly structures: Matrix;
}

/**
 * A slice through structure space; inputs without an axis stay where they are told, else at the mean
 * of the training structures.
 * @param held `[inputs]`, values of the inputs without an axis, in units
 * @throws NetworkError SLICE_INVALID
 */
export function slice(
  fitted: Interpreter,
  axes: readonly SliceAxis[],
  held: ArrayLike<number> = fitted.parts.inputScale.mean,
): Slice {
  const p = fitted.inputs;
  const problems = axes.flatMap(({ input, from, to, count }, i) => [
    ...(Number.isInteger(input) && input >= 0 && input < p ? [] : [`axis ${i}: no input ${input}`]),
    ...(axes.findIndex((a) => a.input === input) === i ? [] : [`axis ${i}: input ${input} twice`]),
    ...(Number.isInteger(count) && count >= 2 ? [] : [`axis ${i}: ${count} points`]),
    ...(Number.isFinite(from) && Number.isFinite(to) && from !== to ? [] : [`axis ${i}: no range`]),
  ]);
  if (held.length !== p) problems.push(`${held.length} held values for ${p} inputs`);
  if (axes.length < 1 || problems.length > 0) {
    throw new NetworkError({
      code: 'SLICE_INVALID',
      what: 'the slice does not hold',
      got: problems.join('; ') || 'no axes',
      expected: 'axes over different inputs, each with a range and at least 2 points',
    });
  }
  const rows = axes.reduce((n, a) => n * a.count, 1);
  const data = new Float64Array(rows * p);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < p; j++) data[i * p + j] = held[j];
    let rest = i;
    for (let a = axes.length - 1; a >= 0; a--) {
      const { input, from, to, count } = axes[a];
      data[i * p + input] = from + ((to - from) * (rest % count)) / (count - 1);
      rest = Math.floor(rest / count);
    }
  }
  return { axes, structures: matrix(data, rows, p) };
}

/** An axis over an input's mean and this many standard deviations to both sides. */
export function axisOver(
  fitted: Interpreter,
  input: number,
  deviations: number,
  count: number,
): SliceAxis {
  const { mean, sd } = fitted.parts.inputScale;
  return {
    input,
    from: mean[input] - deviations * sd[input],
    to: mean[input] + deviations * sd[input],
    count,
  };
}
