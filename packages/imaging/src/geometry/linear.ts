/** 3 x 3 matrices, row-major, and 3-vectors, as plain numbers. */
export type Matrix = readonly number[] | Float64Array;
export type Vector = readonly [number, number, number];

export function times(m: Matrix, v: Vector): Vector {
  return [
    m[0]! * v[0] + m[1]! * v[1] + m[2]! * v[2],
    m[3]! * v[0] + m[4]! * v[1] + m[5]! * v[2],
    m[6]! * v[0] + m[7]! * v[1] + m[8]! * v[2],
  ];
}

export function product(m: Matrix, n: Matrix): Float64Array {
  const out = new Float64Array(9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      out[3 * i + j] = m[3 * i]! * n[j]! + m[3 * i + 1]! * n[3 + j]! + m[3 * i + 2]! * n[6 + j]!;
    }
  }
  return out;
}

export function transposed(m: Matrix): Float64Array {
  return Float64Array.of(m[0]!, m[3]!, m[6]!, m[1]!, m[4]!, m[7]!, m[2]!, m[5]!, m[8]!);
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function norm(a: Vector): number {
  return Math.hypot(a[0], a[1], a[2]);
}

export function unit(a: Vector): Vector {
  const n = norm(a);
  return [a[0] / n, a[1] / n, a[2] / n];
}

export function determinant(m: Matrix): number {
  return (
    m[0]! * (m[4]! * m[8]! - m[5]! * m[7]!) -
    m[1]! * (m[3]! * m[8]! - m[5]! * m[6]!) +
    m[2]! * (m[3]! * m[7]! - m[4]! * m[6]!)
  );
}

/** The inverse; NaN or infinite for a singular matrix. */
export function inverse(m: Matrix): Float64Array {
  const d = determinant(m);
  const out = new Float64Array(9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      const a = (i + 1) % 3;
      const b = (i + 2) % 3;
      const c = (j + 1) % 3;
      const e = (j + 2) % 3;
      out[3 * j + i] = (m[3 * a + c]! * m[3 * b + e]! - m[3 * a + e]! * m[3 * b + c]!) / d;
    }
  }
  return out;
}
