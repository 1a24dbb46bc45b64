/**
 * The reference the suite measures backends against: the same operations in double precision,
 * written as plainly as possible, without TensorFlow. Row-major.
 */
export interface Plain {
  shape: number[];
  data: Float64Array;
}

export function plain(shape: readonly number[], data?: ArrayLike<number>): Plain {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape: [...shape], data: data ? Float64Array.from(data) : new Float64Array(size) };
}

export function map(x: Plain, f: (value: number, index: number) => number): Plain {
  return { shape: x.shape, data: x.data.map(f) };
}

/** Element by element; `y` may be shorter and is then repeated along the leading axes. */
export function zip(x: Plain, y: Plain, f: (a: number, b: number) => number): Plain {
  const n = y.data.length;
  return map(x, (a, i) => f(a, y.data[i % n]!));
}

export function sum(x: Plain): number {
  let total = 0;
  for (const value of x.data) total += value;
  return total;
}

export function mean(x: Plain): number {
  return sum(x) / x.data.length;
}

export function scalar(value: number): Plain {
  return plain([], [value]);
}

/** Rows of the last axis, each as a function of the whole row. */
export function mapRows(x: Plain, f: (row: Float64Array) => ArrayLike<number>): Plain {
  const width = x.shape.at(-1)!;
  const rows: number[][] = [];
  for (let i = 0; i < x.data.length; i += width) {
    rows.push(Array.from(f(x.data.subarray(i, i + width))));
  }
  const out = rows[0]?.length ?? 0;
  return plain([...x.shape.slice(0, -1), out], rows.flat());
}

/** [m, k] x [k, n] -> [m, n]. */
export function matMul(a: Plain, b: Plain): Plain {
  const [m, k] = a.shape as [number, number];
  const n = b.shape[1]!;
  const out = plain([m, n]);
  for (let i = 0; i < m; i++)
    for (let l = 0; l < k; l++)
      for (let j = 0; j < n; j++) out.data[i * n + j]! += a.data[i * k + l]! * b.data[l * n + j]!;
  return out;
}

export const relu = (x: Plain): Plain => map(x, (v) => Math.max(v, 0));
export const sigmoid = (x: Plain): Plain => map(x, (v) => 1 / (1 + Math.exp(-v)));

export function softmax(x: Plain): Plain {
  return mapRows(x, (row) => {
    const highest = Math.max(...row);
    const weights = Array.from(row, (v) => Math.exp(v - highest));
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.map((w) => w / total);
  });
}

export function reshape(x: Plain, shape: readonly number[]): Plain {
  return { shape: [...shape], data: x.data };
}

export function transpose(x: Plain, order: readonly number[]): Plain {
  const strides = x.shape.map((_, i) => x.shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const out = plain(order.map((axis) => x.shape[axis]!));
  const place = order.map(() => 0);
  for (let i = 0; i < out.data.length; i++) {
    let from = 0;
    for (let d = 0; d < order.length; d++) from += place[d]! * strides[order[d]!]!;
    out.data[i] = x.data[from]!;
    for (let d = order.length - 1; d >= 0 && ++place[d]! === out.shape[d]; d--) place[d] = 0;
  }
  return out;
}
