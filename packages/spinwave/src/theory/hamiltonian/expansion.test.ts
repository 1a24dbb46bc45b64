import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Vec3 } from '../../crystal/geometry.js';
import { seeded } from '../../linalg/random.fixture.js';
import type { SpinModel } from '../../model/types.js';
import { DEFAULT_CONVENTIONS, expand, type Conventions } from './expansion.js';
import { makeModel, site } from '../testing/models.fixture.js';
import { prepare } from '../prepare.js';
import { randomModel } from '../testing/random.fixture.js';
import { evaluate } from './polynomial.js';
import { stevensPolynomial, stevensRenormalisation } from './stevens.js';

fc.configureGlobal({ seed: 31 });

/** Classical energy with spin i at S_i n_i, from the expansion's own constant term. */
function energy(model: SpinModel, directions: readonly Vec3[], conventions: Conventions): number {
  const moved = {
    ...model,
    sites: model.sites.map((s, i) => ({ ...s, direction: directions[i]! })),
  };
  const { classicalEnergy } = expand(moved, conventions);
  const p = [...model.parameters.map((x) => x.value), 1];
  return classicalEnergy.reduce((t, v, k) => t + v * p[k]!, 0);
}

describe('the quadratic form at q = 0 is the Hessian of the classical energy', () => {
  for (const conventions of [
    DEFAULT_CONVENTIONS,
    { singleIon: 'quantum', biquadratic: 'classical' },
  ] as const) {
    it(JSON.stringify(conventions), () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 1 << 30 }), (seed) => {
          const model = randomModel(seed, 'general');
          const n = model.sites.length;
          const r = seeded(seed + 5);
          const x = Array.from({ length: n }, r);
          const y = Array.from({ length: n }, r);
          const expansion = expand(model, conventions);
          const p = [...model.parameters.map((t) => t.value), 1];
          // S_x = sqrt(S) X, S_y = sqrt(S) Y, S_z = S - (X^2 + Y^2) / 2; a = (X + i Y) / sqrt(2)
          const at = (h: number): number =>
            energy(
              model,
              model.sites.map((s, i) => {
                const { e1, e2, e3 } = expansion.frames[i]!;
                const sz = s.spin - (h * h * (x[i]! ** 2 + y[i]! ** 2)) / 2;
                const size = Math.hypot(x[i]!, y[i]!);
                const across = Math.sqrt(s.spin ** 2 - sz ** 2) * Math.sign(h);
                return [0, 1, 2].map(
                  (a) => across * ((x[i]! * e1[a]! + y[i]! * e2[a]!) / size) + sz * e3[a]!,
                ) as unknown as Vec3;
              }),
              conventions,
            );
          const h = 2e-3;
          const numeric = (at(h) - 2 * at(0) + at(-h)) / (h * h);
          let analytic = 0;
          for (const t of expansion.form.terms) {
            const ai = [x[t.i]! / Math.SQRT2, y[t.i]! / Math.SQRT2] as const;
            const aj = [x[t.j]! / Math.SQRT2, y[t.j]! / Math.SQRT2] as const;
            const s = t.anomalous ? -1 : 1;
            // conj(a_i) a_j, or conj(a_i) conj(a_j) / 2 + h.c. / 2
            const re = ai[0] * aj[0] + s * ai[1] * aj[1];
            const im = s * ai[0] * aj[1] - ai[1] * aj[0];
            analytic += p[t.parameter]! * (t.re * re - t.im * im);
          }
          expect(Math.abs(numeric - 2 * analytic)).toBeLessThan(2e-4 * Math.abs(numeric) + 1e-3);
        }),
        { numRuns: 40 },
      );
    });
  }
});

describe('Stevens operators', () => {
  it('are harmonic: the Laplacian of each vanishes', () => {
    const h = 1e-2;
    for (const k of [2, 4, 6])
      for (let q = -k; q <= k; q++) {
        const f = (x: number, y: number, z: number) => evaluate(stevensPolynomial(k, q), [x, y, z]);
        const [x, y, z] = [0.31, -0.42, 0.53];
        // Fourth-order differences are exact for degree 5 and below, O(h^4) for 6
        const second = (g: (t: number) => number) =>
          (-g(2 * h) + 16 * g(h) - 30 * g(0) + 16 * g(-h) - g(-2 * h)) / (12 * h * h);
        const laplacian =
          second((t) => f(x + t, y, z)) +
          second((t) => f(x, y + t, z)) +
          second((t) => f(x, y, z + t));
        expect(Math.abs(laplacian)).toBeLessThan(1e-4);
      }
  });

  it('known members', () => {
    const at = [0.2, 0.5, 0.7] as const;
    const [x, y, z] = at;
    const r2 = x * x + y * y + z * z;
    const value = (k: number, q: number) => evaluate(stevensPolynomial(k, q), at);
    expect(value(2, 0)).toBeCloseTo(3 * z * z - r2, 14);
    expect(value(2, 1)).toBeCloseTo(x * z, 14);
    expect(value(2, -1)).toBeCloseTo(y * z, 14);
    expect(value(2, 2)).toBeCloseTo(x * x - y * y, 14);
    expect(value(2, -2)).toBeCloseTo(2 * x * y, 14);
    expect(value(4, 0)).toBeCloseTo(35 * z ** 4 - 30 * z * z * r2 + 3 * r2 * r2, 14);
    expect(value(4, 4)).toBeCloseTo(x ** 4 - 6 * x * x * y * y + y ** 4, 14);
    expect(value(4, 3)).toBeCloseTo(z * (x ** 3 - 3 * x * y * y), 14);
    expect(value(6, 0)).toBeCloseTo(
      231 * z ** 6 - 315 * z ** 4 * r2 + 105 * z * z * r2 * r2 - 5 * r2 ** 3,
      13,
    );
    expect(() => stevensPolynomial(3, 0)).toThrow(/k = 2, 4 or 6/);
    expect(() => stevensPolynomial(2, 3)).toThrow(/k = 2, 4 or 6/);
  });

  it('renormalisation vanishes where the operator does, and equals <S| O |S> of matrices', () => {
    expect(stevensRenormalisation(2, 0.5)).toBe(0);
    expect(stevensRenormalisation(4, 1.5)).toBe(0);
    for (const s of [1, 2, 3.5]) {
      // <S|3 Sz^2 - S(S+1)|S> = 2 S^2 - S against the classical 2 S^2
      expect(stevensRenormalisation(2, s)).toBeCloseTo((2 * s * s - s) / (2 * s * s), 14);
      // <S|O_40|S> = 35 S^4 - (30 X - 25) S^2 + 3 X^2 - 6 X, X = S(S+1); classical 8 S^4
      const X = s * (s + 1);
      const o40 = 35 * s ** 4 - (30 * X - 25) * s ** 2 + 3 * X * X - 6 * X;
      expect(stevensRenormalisation(4, s)).toBeCloseTo(o40 / (8 * s ** 4), 12);
    }
  });

  it('O_20 is the same as its matrix, in both conventions', () => {
    const base = { lattice: makeModel({ sites: [] as never }).lattice };
    for (const singleIon of ['classical', 'quantum'] as const) {
      const a = makeModel({
        ...base,
        sites: [site([0, 0, 0], 2, [0, 0, 1])],
        stevens: [{ site: 0, k: 2, q: 0, strength: [{ parameter: -1, factor: -0.3 }] }],
      });
      const b = makeModel({
        ...base,
        sites: [site([0, 0, 0], 2, [0, 0, 1])],
        anisotropies: [
          { site: 0, matrix: [{ parameter: -1, matrix: [0.3, 0, 0, 0, 0.3, 0, 0, 0, -0.6] }] },
        ],
      });
      const [ea, eb] = [a, b].map((m) => {
        const prepared = prepare(m, { conventions: { singleIon } });
        return prepared.modes(Float64Array.of(0.1, 0, 0), prepared.parameterVector())
          .energiesMeV[0]!;
      });
      expect(ea).toBeCloseTo(eb!, 12);
      expect(ea).toBeCloseTo(6 * 0.3 * 2 * (singleIon === 'quantum' ? 0.75 : 1), 12);
    }
  });
});
