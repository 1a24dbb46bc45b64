import { type Matrix, rowOf, zeros } from '../data/matrix.js';

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Takes from `v` what lies along the rows of `basis`, twice, so that rounding does not remain. */
function removeAlong(v: Float64Array, basis: Matrix): void {
  for (let pass = 0; pass < 2; pass++) {
    for (let r = 0; r < basis.rows; r++) {
      const row = rowOf(basis, r);
      const along = dot(v, row);
      for (let i = 0; i < v.length; i++) v[i] -= along * row[i];
    }
  }
}

/** The first `count` rows. */
export function firstRows(m: Matrix, count: number): Matrix {
  return { data: m.data.slice(0, count * m.columns), rows: count, columns: m.columns };
}

export function appendRow(m: Matrix, row: Float64Array): Matrix {
  const data = new Float64Array(m.data.length + row.length);
  data.set(m.data);
  data.set(row, m.data.length);
  return { data, rows: m.rows + 1, columns: row.length };
}

export function transposed(m: Matrix): Matrix {
  const out = zeros(m.columns, m.rows);
  for (let i = 0; i < m.rows; i++)
    for (let j = 0; j < m.columns; j++) out.data[j * m.rows + i] = m.data[i * m.columns + j];
  return out;
}

/** a `[m, k]` b `[k, n]` */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const out = zeros(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let p = 0; p < a.columns; p++) {
      const x = a.data[i * a.columns + p];
      for (let j = 0; j < b.columns; j++)
        out.data[i * b.columns + j] += x * b.data[p * b.columns + j];
    }
  }
  return out;
}

export function identityMatrix(n: number): Matrix {
  const out = zeros(n, n);
  for (let i = 0; i < n; i++) out.data[i * n + i] = 1;
  return out;
}

/**
 * A = L Q with Q `[k, p]` of orthonormal rows and L `[k, k]` lower triangular with a diagonal >= 0
 * (Gram and Schmidt, each row twice). A row that depends on those before gets a 0 on the diagonal
 * and any direction orthogonal to them.
 */
export function lqFactors(a: Matrix): { readonly l: Matrix; readonly q: Matrix } {
  const { rows: k, columns: p } = a;
  const l = zeros(k, k);
  let q = zeros(0, p);
  for (let r = 0; r < k; r++) {
    const row = Float64Array.from(rowOf(a, r));
    const length = Math.sqrt(dot(row, row));
    for (let pass = 0; pass < 2; pass++) {
      for (let s = 0; s < r; s++) {
        const along = dot(row, rowOf(q, s));
        l.data[r * k + s] += along;
        for (let i = 0; i < p; i++) row[i] -= along * q.data[s * p + i];
      }
    }
    const rest = Math.sqrt(dot(row, row));
    if (rest > 1e-12 * length) {
      l.data[r * k + r] = rest;
      q = appendRow(
        q,
        row.map((v) => v / rest),
      );
    } else {
      q = appendRow(q, rowOf(complementOf(q), 0));
    }
  }
  return { l, q };
}

/** Orthonormal rows that span everything orthogonal to the rows of `basis`. */
export function complementOf(basis: Matrix): Matrix {
  const p = basis.columns;
  let all = basis;
  while (all.rows < p) {
    // The axis that lies least in what there is already.
    let best = new Float64Array(p);
    let length = -1;
    for (let axis = 0; axis < p; axis++) {
      const v = new Float64Array(p);
      v[axis] = 1;
      removeAlong(v, all);
      const rest = Math.sqrt(dot(v, v));
      if (rest > length + 1e-9) {
        length = rest;
        best = v;
      }
    }
    all = appendRow(
      all,
      best.map((x) => x / length),
    );
  }
  return {
    data: all.data.slice(basis.rows * p),
    rows: p - basis.rows,
    columns: p,
  };
}

/** -1 where the entry of largest size is negative, else 1: signs by "largest loading positive". */
export function signOf(row: ArrayLike<number>): 1 | -1 {
  let largest = 0;
  for (let i = 0; i < row.length; i++)
    if (Math.abs(row[i]) > Math.abs(largest) * (1 + 1e-9)) largest = row[i];
  return largest < 0 ? -1 : 1;
}
