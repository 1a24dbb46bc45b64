/** A polynomial in (x, y, z): coefficients by exponents, keyed 'a,b,c'. */
export type Polynomial = ReadonlyMap<string, number>;

export function monomial(coefficient: number, a: number, b: number, c: number): Polynomial {
  return new Map([[`${a},${b},${c}`, coefficient]]);
}

export function sum(...terms: readonly Polynomial[]): Polynomial {
  const out = new Map<string, number>();
  for (const t of terms) for (const [k, v] of t) out.set(k, (out.get(k) ?? 0) + v);
  return out;
}

export function product(p: Polynomial, q: Polynomial): Polynomial {
  const out = new Map<string, number>();
  for (const [k, v] of p)
    for (const [l, w] of q) {
      const a = k.split(',').map(Number);
      const b = l.split(',').map(Number);
      const key = a.map((x, i) => x + b[i]!).join(',');
      out.set(key, (out.get(key) ?? 0) + v * w);
    }
  return out;
}

/** Derivative by the axis 0, 1 or 2. */
export function derivative(p: Polynomial, axis: number): Polynomial {
  const out = new Map<string, number>();
  for (const [k, v] of p) {
    const e = k.split(',').map(Number);
    const n = e[axis]!;
    if (n === 0) continue;
    e[axis] = n - 1;
    out.set(e.join(','), (out.get(e.join(',')) ?? 0) + n * v);
  }
  return out;
}

export function evaluate(p: Polynomial, x: readonly number[]): number {
  let s = 0;
  for (const [k, v] of p) {
    const [a, b, c] = k.split(',').map(Number);
    s += v * x[0]! ** a! * x[1]! ** b! * x[2]! ** c!;
  }
  return s;
}
