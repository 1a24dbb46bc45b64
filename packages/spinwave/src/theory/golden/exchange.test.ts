/** Cases of golden-spin-waves.md with exchange alone; each number is the one printed there, or its closed form. */
import { describe, expect, it } from 'vitest';
import type { Mat3, Vec3 } from '../../crystal/geometry.js';
import type { Bond } from '../../model/types.js';
import {
  bond,
  hexagonal,
  latticeFrom,
  makeModel,
  orthorhombic,
  site,
} from '../testing/models.fixture.js';
import { prepare } from '../prepare.js';
import { spectrum } from '../intensities/spectrum.js';
import { zeroPoint } from '../intensities/zeroPoint.js';
import { expectEnergies } from '../testing/golden.fixture.js';

describe('1: ferromagnetic chain', () => {
  const model = makeModel({
    sites: [site([0, 0, 0], 1, [0, 1, 0])],
    bonds: [bond(0, 0, [1, 0, 0], -1)],
  });

  it('energies', () => {
    for (const [h, e] of [
      [0, 0],
      [0.25, 2],
      [0.5, 4],
      [0.75, 2],
      [1, 0],
    ] as const) {
      expectEnergies(model, [h, 0, 0], [e], 9);
    }
  });

  it('S_ab of the mode, spins along y', () => {
    const prepared = prepare(model);
    const s = spectrum(prepared, prepared.parameterVector(), Float64Array.from([0.3, 0, 0]), {
      tensor: true,
    }).sTensor!;
    const re = Array.from({ length: 9 }, (_, i) => s[2 * i]!);
    const im = Array.from({ length: 9 }, (_, i) => s[2 * i + 1]!);
    [0.5, 0, 0, 0, 0, 0, 0, 0, 0.5].forEach((v, i) => expect(re[i]).toBeCloseTo(v, 12));
    expect(Math.abs(im[2]!)).toBeCloseTo(0.5, 12);
    expect(im[6]).toBeCloseTo(-im[2]!, 12);
    // <0|S_a(t)...: S^x S^z - S^z S^x = -i S^y and spin +y: S_xz = -i/2 at T = 0
    expect(im[2]).toBeCloseTo(-0.5, 12);
  });
});

it('2: antiferromagnetic chain in a doubled cell', () => {
  const model = makeModel({
    lattice: orthorhombic(6, 3, 3),
    supercell: [2, 1, 1],
    sites: [site([0, 0, 0], 1, [0, 0, 1]), site([0.5, 0, 0], 1, [0, 0, -1])],
    bonds: [bond(0, 1, [0, 0, 0], 1), bond(1, 0, [1, 0, 0], 1)],
  });
  expectEnergies(model, [0.1, 0, 0], [1.17557, 1.17557], 5);
  expectEnergies(model, [0.2, 0, 0], [1.90211, 1.90211], 5);
});

const triangularBonds: Bond[] = [
  bond(0, 0, [1, 0, 0], 1),
  bond(0, 0, [0, 1, 0], 1),
  bond(0, 0, [1, 1, 0], 1),
];

it('5: triangular 120 degrees in the rotating frame', () => {
  const model = makeModel({
    lattice: hexagonal(4, 6),
    sites: [site([0, 0, 0], 1.5, [1, 0, 0])],
    bonds: triangularBonds,
    rotatingFrame: { k: [1 / 3, 1 / 3, 0], axis: [0, 0, 1] },
  });
  const prepared = prepare(model);
  for (const [h, e] of [
    [0.25, 4.74342],
    [0.5, 3],
  ] as const) {
    const s = spectrum(prepared, prepared.parameterVector(), Float64Array.from([h, 0, 0]), {
      tensor: true,
    });
    // The branch at Q itself is the out-of-plane one: S_zz only.
    const mode = [0, 1, 2].find((m) => s.sTensor![m * 18 + 16]! > 1e-9)!;
    expect(s.energiesMeV[mode]).toBeCloseTo(e, 5);
  }
});

it('6: kagome q = 0', () => {
  const at: Vec3[] = [
    [0.5, 0, 0],
    [0, 0.5, 0],
    [0.5, 0.5, 0],
  ];
  const angle = [0, 120, 240].map((d) => (d * Math.PI) / 180);
  const lattice = hexagonal(6, 10);
  const bonds: Bond[] = [];
  for (const [length, j] of [
    [3, 1],
    [3 * Math.sqrt(3), 0.11],
  ] as const) {
    for (let a = 0; a < 3; a++)
      for (let b = a + 1; b < 3; b++)
        for (let x = -2; x <= 2; x++)
          for (let y = -2; y <= 2; y++) {
            const u = at[b]![0] - at[a]![0] + x;
            const v = at[b]![1] - at[a]![1] + y;
            const r = Math.hypot(
              u * lattice.vectors[0] + v * lattice.vectors[3],
              v * lattice.vectors[4],
            );
            if (Math.abs(r - length) < 1e-6) bonds.push(bond(a, b, [x, y, 0], j));
          }
  }
  expect(bonds.length).toBe(12);
  const model = makeModel({
    lattice,
    sites: at.map((r, i) => site(r, 1, [Math.cos(angle[i]!), Math.sin(angle[i]!), 0])),
    bonds,
  });
  expectEnergies(model, [0.1, 0, 0], [0.74851, 0.65324, 0.37287], 5);
  expectEnergies(model, [0.2, 0, 0], [1.41059, 1.25414, 0.70332], 5);
  expectEnergies(model, [0.1, 0.1, 0], [1.24631, 1.09499, 0.63338], 5);
});

describe('11: Rb2MnF4', () => {
  const [j, delta, s] = [0.648, 0.0048, 2.5];
  const a = 4.215;
  const m: Mat3 = [j, 0, 0, 0, j, 0, 0, 0, j * (1 + delta)];
  const model = makeModel({
    lattice: latticeFrom([a, a, 0, -a, a, 0, 0, 0, 13.77]),
    sites: [site([0, 0, 0], s, [0, 0, 1]), site([0.5, 0.5, 0], s, [0, 0, -1])],
    bonds: [
      bond(0, 1, [0, 0, 0], m),
      bond(0, 1, [-1, 0, 0], m),
      bond(0, 1, [0, -1, 0], m),
      bond(0, 1, [-1, -1, 0], m),
    ],
  });
  const magnetic = (h: number, k: number): Vec3 => [h + k, k - h, 0];

  it('gap, flat zone boundary, dispersion', () => {
    expectEnergies(model, magnetic(0, 0), [0.635669, 0.635669], 6);
    expectEnergies(model, magnetic(0.5, 0), [6.511104, 6.511104], 6);
    expectEnergies(model, magnetic(0.25, 0.25), [6.511104, 6.511104], 6);
    const [h, k] = [0.13, 0.31];
    const gamma = Math.cos(Math.PI * (h + k)) * Math.cos(Math.PI * (h - k));
    const e = 4 * j * s * Math.sqrt((1 + delta) ** 2 - gamma ** 2);
    expectEnergies(model, magnetic(h, k), [e, e], 9);
  });

  it('zero-point reduction and the sum rule', () => {
    const prepared = prepare(model);
    const zp = zeroPoint(prepared, prepared.parameterVector(), { grid: 96 });
    const reduction = zp.momentReduction[0]!;
    expect(reduction).toBeCloseTo(0.167, 3);
    expect(zp.momentReduction[1]).toBeCloseTo(reduction, 9);
    // elastic <S_z>^2, one-magnon (S - dS)(2 dS + 1) to this order, two-magnon dS (dS + 1)
    expect((s - reduction) ** 2).toBeCloseTo(5.443, 2);
    expect((s - reduction) * (1 + 2 * reduction)).toBeCloseTo(3.112, 2);
    expect(reduction * (reduction + 1)).toBeCloseTo(0.195, 2);
    // One-magnon weight of linear theory, S (2 dS + 1), is the mean of the trace of S_ab per site
    const n = 40;
    const q = new Float64Array(3 * n * n);
    for (let x = 0; x < n; x++)
      for (let y = 0; y < n; y++) q.set([(x + 0.5) / n, (y + 0.5) / n, 0], 3 * (x * n + y));
    const r = spectrum(prepared, prepared.parameterVector(), q, { tensor: true });
    let sum = 0;
    r.sTensor!.forEach((v, i) => (sum += [0, 8, 16].includes(i % 18) ? v : 0));
    const zp40 = zeroPoint(prepared, prepared.parameterVector(), { grid: n });
    expect(sum / (n * n) / 2).toBeCloseTo(s * (1 + 2 * zp40.momentReduction[0]!), 9);
  });
});
