import { describe, expect, it } from 'vitest';
import { molecularBasis, type BasisSet } from '../basis/basis.js';
import { makeOneElectron, OneElectronIntegrals } from './oneElectron.js';
import { packed, Repulsion } from './repulsion.js';
import { ShellPairs } from './shellPairs.js';
import { boysSeries } from './boys.js';

/** H carries an s function, O an sp shell, both of one primitive; N an sp shell of two. */
const basis: BasisSet = {
  H: [[[0.8], [1]]],
  O: [[[1.3], [1], [1]]],
  N: [
    [
      [2.1, 0.6],
      [0.4, 0.7],
      [0.3, 0.8],
    ],
  ],
};

const pair = (a: number, b: number) => (a >= b ? (a * (a + 1)) / 2 + b : (b * (b + 1)) / 2 + a);

function integrals(z: number[], positions: number[]) {
  const molecular = molecularBasis(z, basis);
  const pairs = new ShellPairs(molecular);
  const at = Float64Array.from(positions);
  pairs.update(at);
  const one = makeOneElectron(molecular.size);
  new OneElectronIntegrals(pairs).compute(at, z, one);
  const n = (molecular.size * (molecular.size + 1)) / 2;
  const eri = new Float64Array((n * (n + 1)) / 2);
  new Repulsion(pairs).compute(eri);
  return { one, eri, size: molecular.size };
}

const norm = (a: number) => ((2 * a) / Math.PI) ** 0.75;

describe('s functions, in closed form', () => {
  const a = 0.8;
  const R = [0.3, -0.5, 1.1];
  const r2 = R.reduce((s, x) => s + x * x, 0);
  const { one, eri } = integrals([1, 1], [0, 0, 0, ...R]);
  const S = Math.exp((-a / 2) * r2);

  it('overlap, kinetic energy, position', () => {
    expect(one.overlap[pair(0, 0)]).toBeCloseTo(1, 14);
    expect(one.overlap[pair(1, 0)]).toBeCloseTo(S, 14);
    expect(one.kinetic[pair(0, 0)]).toBeCloseTo(1.5 * a, 14);
    expect(one.kinetic[pair(1, 0)]).toBeCloseTo((a / 2) * (3 - a * r2) * S, 14);
    for (let k = 0; k < 3; k++) {
      expect(one.position[k]![pair(1, 0)]).toBeCloseTo((R[k]! / 2) * S, 14);
    }
  });

  it('attraction and repulsion', () => {
    const f = (2 * Math.PI) / (2 * a);
    const c = norm(a) ** 2;
    expect(one.attraction[pair(0, 0)]).toBeCloseTo(-c * f * (1 + boysSeries(0, 2 * a * r2)), 13);
    expect(one.attraction[pair(1, 0)]).toBeCloseTo(
      -2 * c * f * S * boysSeries(0, (2 * a * r2) / 4),
      13,
    );
    const g = (c * c * 2 * Math.PI ** 2.5) / (4 * a * a * Math.sqrt(4 * a));
    expect(eri[packed(pair(0, 0), pair(0, 0))]).toBeCloseTo(g, 13);
    expect(eri[packed(pair(0, 0), pair(1, 1))]).toBeCloseTo(g * boysSeries(0, a * r2), 13);
    expect(eri[packed(pair(1, 0), pair(1, 0))]).toBeCloseTo(g * S * S, 13);
    expect(eri[packed(pair(1, 0), pair(0, 0))]).toBeCloseTo(
      g * S * boysSeries(0, a * r2 * 0.25),
      13,
    );
  });
});

/** One Cartesian Gaussian x^i y^j z^k exp(-a r^2), contracted. */
interface Gaussian {
  centre: readonly number[];
  power: readonly number[];
  terms: ReadonlyArray<{ a: number; c: number }>;
}

/** The functions of `integrals`, written down by themselves. */
function functionsOf(z: number[], positions: number[]): Gaussian[] {
  const out: Gaussian[] = [];
  z.forEach((charge, atom) => {
    const centre = positions.slice(3 * atom, 3 * atom + 3);
    const [exponents, s, p] = basis[charge === 1 ? 'H' : charge === 8 ? 'O' : 'N']![0]!;
    const add = (c: readonly number[], power: number[]) => {
      const l = power[0]! + power[1]! + power[2]!;
      const prim = exponents.map((a, i) => ({
        a,
        c: c[i]! * (l === 0 ? norm(a) : 2 * Math.sqrt(a) * norm(a)),
      }));
      let self = 0;
      for (const u of prim) {
        for (const v of prim) {
          const q = u.a + v.a;
          self += u.c * v.c * (Math.PI / q) ** 1.5 * (l === 0 ? 1 : 0.5 / q);
        }
      }
      out.push({
        centre,
        power,
        terms: prim.map(({ a, c: x }) => ({ a, c: x / Math.sqrt(self) })),
      });
    };
    add(s, [0, 0, 0]);
    if (p)
      for (let k = 0; k < 3; k++)
        add(
          p,
          [0, 1, 2].map((i) => (i === k ? 1 : 0)),
        );
  });
  return out;
}

/** Trapezoidal points along one axis: of exponential accuracy for Gaussians. */
const step = 0.11;
const points = Float64Array.from({ length: 111 }, (_, i) => (i - 55) * step);

/** Product of two primitives along an axis on the points. */
function along(f: Gaussian, g: Gaussian, a: number, b: number, axis: number): Float64Array {
  return points.map((x) => {
    const u = x - f.centre[axis]!;
    const v = x - g.centre[axis]!;
    return u ** f.power[axis]! * v ** g.power[axis]! * Math.exp(-a * u * u - b * v * v) * step;
  });
}

/** Sum over primitives of the products of an operator's factors along the axes. */
function overPrimitives(f: Gaussian, g: Gaussian, value: (a: number, b: number) => number): number {
  let sum = 0;
  for (const u of f.terms) for (const v of g.terms) sum += u.c * v.c * value(u.a, v.a);
  return sum;
}
const total = (x: Float64Array) => x.reduce((s, v) => s + v, 0);

/** 1/r = (2 / sqrt pi) times the integral of exp(-u^2 r^2) over u = exp(t - exp(-t)). */
const radial = Array.from({ length: 116 }, (_, i) => {
  const t = -2.8 + 0.1 * i;
  const u = Math.exp(t - Math.exp(-t));
  return { u2: u * u, w: (2 / Math.sqrt(Math.PI)) * u * (1 + Math.exp(-t)) * 0.1 };
});

describe('p functions, by numerical quadrature', () => {
  const z = [8, 7, 1];
  const at = [0.1, -0.2, 0.15, 0.7, 0.5, -0.4, -0.6, 0.9, 0.3];
  const { one, eri, size } = integrals(z, at);
  const f = functionsOf(z, at);

  it('overlap, position and kinetic energy', () => {
    expect(f.length).toBe(size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        const s = overPrimitives(f[i]!, f[j]!, (a, b) =>
          [0, 1, 2].reduce((p, k) => p * total(along(f[i]!, f[j]!, a, b, k)), 1),
        );
        expect(one.overlap[pair(i, j)]).toBeCloseTo(s, 11);
        for (let axis = 0; axis < 3; axis++) {
          const r = overPrimitives(f[i]!, f[j]!, (a, b) =>
            [0, 1, 2].reduce((p, k) => {
              const g = along(f[i]!, f[j]!, a, b, k);
              return p * total(k === axis ? g.map((v, m) => v * points[m]!) : g);
            }, 1),
          );
          expect(one.position[axis]![pair(i, j)]).toBeCloseTo(r, 11);
        }
        // -1/2 d^2/dx^2 of (x - B)^m exp(-b (x - B)^2), m = 0 or 1
        const t = overPrimitives(f[i]!, f[j]!, (a, b) =>
          [0, 1, 2].reduce((sum, axis) => {
            const value = [0, 1, 2].reduce((p, k) => {
              const g = along(f[i]!, f[j]!, a, b, k);
              if (k !== axis) return p * total(g);
              const m = f[j]!.power[k]!;
              return (
                p *
                total(
                  g.map((v, n) => {
                    const x = points[n]! - f[j]!.centre[k]!;
                    return -0.5 * v * (4 * b * b * x * x - 2 * b * (2 * m + 1));
                  }),
                )
              );
            }, 1);
            return sum + value;
          }, 0),
        );
        expect(one.kinetic[pair(i, j)]).toBeCloseTo(t, 10);
      }
    }
  });

  it('attraction by the nuclei', () => {
    for (const [i, j] of [
      [1, 1],
      [2, 1],
      [5, 2],
      [6, 3],
      [7, 0],
      [8, 2],
      [6, 6],
    ] as const) {
      let sum = 0;
      for (let n = 0; n < z.length; n++) {
        sum -=
          z[n]! *
          overPrimitives(f[i]!, f[j]!, (a, b) => {
            const g = [0, 1, 2].map((k) => along(f[i]!, f[j]!, a, b, k));
            let v = 0;
            for (const { u2, w } of radial) {
              // exp(-u^2 x^2) narrower than the points: the Gaussian is then a delta function
              let product = w;
              for (let k = 0; k < 3; k++) {
                const c = at[3 * n + k]!;
                product *= smeared(f[i]!, f[j]!, a, b, k, c, u2, g[k]!);
              }
              v += product;
            }
            return v;
          });
      }
      expect(Math.abs(one.attraction[pair(i, j)]! - sum)).toBeLessThan(2e-6);
    }
  });

  it('repulsion', () => {
    const single = integrals([8, 8, 8, 8], corners);
    const g = functionsOf([8, 8, 8, 8], corners);
    for (const [i, j, k, l] of [
      [1, 1, 1, 1],
      [1, 6, 11, 14],
      [5, 0, 10, 15],
      [5, 2, 9, 13],
      [3, 7, 3, 7],
      [4, 1, 2, 12],
    ] as const) {
      const value = repulsion(g[i]!, g[j]!, g[k]!, g[l]!);
      expect(Math.abs(single.eri[packed(pair(i, j), pair(k, l))]! - value)).toBeLessThan(2e-6);
    }
    expect(eri.every(Number.isFinite)).toBe(true);
  });
});

const corners = [0, 0, 0, 0.9, -0.3, 0.4, -0.4, 0.8, 0.6, 0.2, 0.5, -0.7];

/** Integral of (polynomial x Gaussian) x exp(-u2 (x - c)^2) along one axis, exact for narrow ones too. */
function smeared(
  f: Gaussian,
  g: Gaussian,
  a: number,
  b: number,
  axis: number,
  c: number,
  u2: number,
  onPoints: Float64Array,
): number {
  if (u2 < 4) {
    return onPoints.reduce((s, v, n) => s + v * Math.exp(-u2 * (points[n]! - c) ** 2), 0);
  }
  // Points scaled to the combined Gaussian's width.
  const q = a + b + u2;
  const m = (a * f.centre[axis]! + b * g.centre[axis]! + u2 * c) / q;
  const h = 0.4 / Math.sqrt(2 * q);
  let sum = 0;
  for (let n = -25; n <= 25; n++) {
    const x = m + n * h;
    const u = x - f.centre[axis]!;
    const v = x - g.centre[axis]!;
    sum +=
      u ** f.power[axis]! *
      v ** g.power[axis]! *
      Math.exp(-a * u * u - b * v * v - u2 * (x - c) ** 2);
  }
  return sum * h;
}

/** (fg|hk) of single primitives: each axis a double sum, or, for narrow exp(-u2 (x1-x2)^2), smeared. */
function repulsion(f: Gaussian, g: Gaussian, h: Gaussian, k: Gaussian): number {
  const c = f.terms[0]!.c * g.terms[0]!.c * h.terms[0]!.c * k.terms[0]!.c;
  const [a, b, p, q] = [f, g, h, k].map((x) => x.terms[0]!.a) as [number, number, number, number];
  let sum = 0;
  const bra = [0, 1, 2].map((axis) => along(f, g, a, b, axis));
  const ket = [0, 1, 2].map((axis) => along(h, k, p, q, axis));
  for (const { u2, w } of radial) {
    let product = w;
    for (let axis = 0; axis < 3; axis++) {
      let value = 0;
      for (let m = 0; m < points.length; m++) {
        if (Math.abs(ket[axis]![m]!) < 1e-14) continue;
        value += ket[axis]![m]! * smeared(f, g, a, b, axis, points[m]!, u2, bra[axis]!);
      }
      product *= value;
    }
    sum += product;
  }
  return c * sum;
}
