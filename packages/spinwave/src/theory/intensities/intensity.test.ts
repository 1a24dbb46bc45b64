import { describe, expect, it } from 'vitest';
import { boseLoss, boseOccupation } from './bose.js';
import { EwaldSum, erfc } from '../dipole/ewald.js';
import { intensityMap, powderMap, sphereDirections } from './intensityMap.js';
import { gaussianKernel } from './kernels.js';
import { bond, latticeFrom, makeModel, orthorhombic, site } from '../testing/models.fixture.js';
import { prepare } from '../prepare.js';
import { spectrum } from './spectrum.js';
import { BOLTZMANN_MEV_PER_K } from '../units.js';
import { enlarge } from '../testing/random.fixture.js';

const chain = makeModel({
  sites: [site([0, 0, 0], 1.5, [0, 0, 1])],
  bonds: [bond(0, 0, [1, 0, 0], -1), bond(0, 0, [0, 1, 0], -1), bond(0, 0, [0, 0, 1], -1)],
  lattice: orthorhombic(3, 3, 3),
});

describe('Bose factor and detailed balance', () => {
  it('n + 1 and n', () => {
    expect(boseLoss(5, 0)).toBe(1);
    expect(boseOccupation(5, 0)).toBe(0);
    const x = 5 / (BOLTZMANN_MEV_PER_K * 30);
    expect(boseLoss(5, 30)).toBeCloseTo(1 / (1 - Math.exp(-x)), 12);
    expect(boseLoss(5, 30) - boseOccupation(5, 30)).toBeCloseTo(1, 12);
  });

  it('S(Q, -E) = exp(-E / kT) S(-Q, E) on the map', () => {
    const prepared = prepare(chain);
    const p = prepared.parameterVector();
    const T = 60;
    const Q = Float64Array.of(0.2, 0.1, 0.05);
    const { energiesMeV } = spectrum(prepared, p, Q);
    const e = energiesMeV[0]!;
    const kernel = gaussianKernel(0.01);
    const map = intensityMap(prepared, p, Q, Float64Array.of(e, -e), kernel, {
      temperatureKelvin: T,
    });
    expect(map[1]! / map[0]!).toBeCloseTo(Math.exp(-e / (BOLTZMANN_MEV_PER_K * T)), 10);
    const cold = intensityMap(prepared, p, Q, Float64Array.of(e, -e), kernel);
    expect(cold[1]).toBe(0);
    expect(map[0]! / cold[0]!).toBeCloseTo(boseLoss(e, T), 10);
  });
});

describe('powder average', () => {
  it('of an isotropic quantity: the total S_perp of a ferromagnet is 2 S / 3', () => {
    const prepared = prepare(chain);
    const E = Float64Array.from({ length: 900 }, (_, i) => -2 + i * 0.03);
    const map = powderMap(
      prepared,
      prepared.parameterVector(),
      Float64Array.of(0.7, 2.1),
      E,
      gaussianKernel(0.5),
      { directions: 600, formFactor: 'none' },
    );
    for (let r = 0; r < 2; r++) {
      let sum = 0;
      for (let i = 0; i < E.length; i++) sum += map[r * E.length + i]! * 0.03;
      // mean of (S/2)(1 + cos^2) over the sphere
      expect(sum).toBeCloseTo((2 * 1.5) / 3, 4);
    }
  });

  it('directions are unit vectors with vanishing mean and isotropic second moment', () => {
    const u = sphereDirections(500);
    for (let a = 0; a < 3; a++) {
      expect(u.reduce((t, v) => t + v[a]!, 0) / 500).toBeCloseTo(0, 3);
      expect(u.reduce((t, v) => t + v[a]! ** 2, 0) / 500).toBeCloseTo(1 / 3, 3);
    }
  });
});

describe('Ewald sums', () => {
  it('erfc against known values', () => {
    for (const [x, y] of [
      [0, 1],
      [0.5, 0.4795001221869535],
      [1, 0.15729920705028513],
      [1.99, 0.004888586800383003],
      [2.01, 0.004475150644751763],
      [3, 2.209049699858544e-5],
      [5, 1.5374597944280351e-12],
      [-1, 1.8427007929497148],
    ] as const) {
      expect(erfc(x) / y).toBeCloseTo(1, 12);
    }
  });

  it('are traceless, Hermitian, periodic up to the cell gauge, and right for simple cubic', () => {
    const model = makeModel({
      lattice: latticeFrom([3, 0, 0, 0.4, 4, 0, -0.3, 0.8, 5]),
      sites: [site([0, 0, 0], 1, [0, 0, 1]), site([0.3, 0.4, 0.6], 1, [0, 0, 1])],
      dipole: { method: 'ewald' },
    });
    const sum = new EwaldSum(model);
    const q = [0.21, -0.33, 0.4] as const;
    const ab = sum.tensor(0, 1, q);
    const ba = sum.tensor(1, 0, q);
    const shifted = sum.tensor(0, 1, [q[0] + 1, q[1] - 2, q[2]]);
    for (const part of ['re', 'im'] as const) {
      const t = ab[part];
      expect(t[0] + t[4] + t[8]).toBeCloseTo(0, 12);
      for (let a = 0; a < 3; a++)
        for (let b = 0; b < 3; b++) {
          const sign = part === 're' ? 1 : -1;
          expect(t[3 * a + b]).toBeCloseTo(sign * ba[part][3 * b + a]!, 12);
          expect(t[3 * a + b]).toBeCloseTo(shifted[part][3 * a + b]!, 12);
        }
    }
    // Cubic symmetry: without a macroscopic field the q = 0 tensor is -4 pi / 3 V of the dipole itself,
    // with demagnetisation 1/3 of a sphere it vanishes.
    const cubic = (demagnetisation: number) =>
      new EwaldSum(
        makeModel({
          lattice: orthorhombic(3, 3, 3),
          sites: [site([0, 0, 0], 1, [0, 0, 1])],
          dipole: {
            method: 'ewald',
            demagnetisation: [demagnetisation, 0, 0, 0, demagnetisation, 0, 0, 0, demagnetisation],
          },
        }),
      ).tensor(0, 0, [0, 0, 0]).re;
    cubic(1 / 3).forEach((v) => expect(v).toBeCloseTo(0, 12));
    expect(cubic(0)[0]).toBeLessThan(0);
  });

  it('do not depend on the choice of the cell', () => {
    const model = makeModel({
      lattice: latticeFrom([3, 0, 0, 0.4, 4, 0, 0, 0, 5]),
      sites: [site([0, 0, 0], 2, [0, 0, 1]), site([0.3, 0.45, 0], 1, [0, 0, 1])],
      bonds: [
        bond(0, 1, [0, 0, 0], -1),
        bond(0, 0, [1, 0, 0], -0.5),
        bond(1, 1, [0, 1, 0], -0.5),
        bond(0, 0, [0, 0, 1], -0.4),
        bond(1, 1, [0, 0, 1], -0.4),
      ],
      anisotropies: [0, 1].map((i) => ({
        site: i,
        matrix: [{ parameter: -1, matrix: [0, 0, 0, 0, 0, 0, 0, 0, -0.5] }],
      })),
      dipole: { method: 'ewald' },
    });
    const q = Float64Array.of(0.2, 0.3, 0.1);
    const total = (m: typeof model) => {
      const prepared = prepare(m);
      const s = spectrum(prepared, prepared.parameterVector(), q, { tensor: true });
      let [a, b] = [0, 0];
      const cells = m.supercell[0] * m.supercell[1] * m.supercell[2];
      s.energiesMeV.forEach((e, i) => {
        a += s.sPerp[i]! / cells;
        b += (s.sPerp[i]! * Math.cos(e)) / cells;
      });
      return [a, b];
    };
    const [a, b] = total(model);
    for (const n of [
      [2, 1, 1],
      [1, 1, 2],
    ] as const) {
      const [c, d] = total(enlarge(model, n));
      expect(c).toBeCloseTo(a!, 9);
      expect(d).toBeCloseTo(b!, 9);
    }
  });
});
