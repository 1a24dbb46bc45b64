/**
 * Cubic spline through (x, y), with the not-a-knot condition at both ends (natural where there are
 * three points or fewer). Coefficients are laid out for evaluation without allocation.
 */
export class CubicSpline {
  /** `[n]`: second derivatives at the knots. */
  private readonly m: Float64Array;

  /**
   * @param x `[n]`, ascending, two at least
   * @param y `[n]`
   */
  constructor(
    readonly x: Float64Array,
    readonly y: Float64Array,
  ) {
    this.m = secondDerivatives(x, y);
  }

  /** Value at t in interval i: x[i] <= t <= x[i + 1] (see `findInterval`). */
  at(i: number, t: number): number {
    const { x, y, m } = this;
    const h = x[i + 1]! - x[i]!;
    const b = (t - x[i]!) / h;
    const a = 1 - b;
    return (
      a * y[i]! +
      b * y[i + 1]! +
      (((a * a * a - a) * m[i]! + (b * b * b - b) * m[i + 1]!) * h * h) / 6
    );
  }

  /** Value at any t; outside the knots the end polynomial goes on. */
  value(t: number): number {
    return this.at(findInterval(this.x, t), t);
  }
}

/** The i with x[i] <= t < x[i + 1], held inside 0 .. n - 2; `hint` is tried first. */
export function findInterval(x: Float64Array, t: number, hint = 0): number {
  const last = x.length - 2;
  if (hint >= 0 && hint <= last && x[hint]! <= t) {
    if (t < x[hint + 1]!) return hint;
    if (hint + 1 <= last && t < x[hint + 2]!) return hint + 1;
  }
  let low = 0;
  let high = x.length - 1;
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if (x[mid]! <= t) low = mid;
    else high = mid;
  }
  return Math.min(low, last);
}

function secondDerivatives(x: Float64Array, y: Float64Array): Float64Array {
  const n = x.length;
  const m = new Float64Array(n);
  if (n < 3) return m;
  const h = Float64Array.from({ length: n - 1 }, (_, i) => x[i + 1]! - x[i]!);
  const slope = h.map((d, i) => (y[i + 1]! - y[i]!) / d);
  const lower = new Float64Array(n);
  const diagonal = new Float64Array(n);
  const upper = new Float64Array(n);
  const right = new Float64Array(n);
  for (let i = 1; i < n - 1; i++) {
    lower[i] = h[i - 1]!;
    diagonal[i] = 2 * (h[i - 1]! + h[i]!);
    upper[i] = h[i]!;
    right[i] = 6 * (slope[i]! - slope[i - 1]!);
  }
  const notAKnot = n > 3;
  if (notAKnot) {
    // m0 = (1 + r) m1 - r m2 with r = h0 / h1, put into the first inner equation; the same at the end.
    const r = h[0]! / h[1]!;
    diagonal[1] = diagonal[1]! + lower[1]! * (1 + r);
    upper[1] = upper[1]! - lower[1]! * r;
    const s = h[n - 2]! / h[n - 3]!;
    diagonal[n - 2] = diagonal[n - 2]! + upper[n - 2]! * (1 + s);
    lower[n - 2] = lower[n - 2]! - upper[n - 2]! * s;
  }
  for (let i = 2; i < n - 1; i++) {
    const f = lower[i]! / diagonal[i - 1]!;
    diagonal[i] = diagonal[i]! - f * upper[i - 1]!;
    right[i] = right[i]! - f * right[i - 1]!;
  }
  for (let i = n - 2; i >= 1; i--) {
    m[i] = (right[i]! - (i < n - 2 ? upper[i]! * m[i + 1]! : 0)) / diagonal[i]!;
  }
  if (notAKnot) {
    const r = h[0]! / h[1]!;
    m[0] = (1 + r) * m[1]! - r * m[2]!;
    const s = h[n - 2]! / h[n - 3]!;
    m[n - 1] = (1 + s) * m[n - 2]! - s * m[n - 3]!;
  }
  return m;
}
