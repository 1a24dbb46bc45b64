/** The cases of golden-spin-waves.md; each number is the one printed there, or its closed form. */
import { describe, expect, it } from 'vitest';
import type { Mat3, Vec3 } from '../crystal/geometry.js';
import type { Bond, SpinModel } from '../model/types.js';
import { formFactor } from '../crystal/formFactor.js';
import { UnstableGroundState } from './errors.js';
import {
  bond,
  hexagonal,
  latticeFrom,
  makeModel,
  orthorhombic,
  scaled,
  site,
  UNIT3,
} from './models.fixture.js';
import { prepare, type PrepareOptions } from './prepare.js';
import { spectrum } from './spectrum.js';
import { checkStability, classicalEnergy } from './stability.js';
import { DIPOLE_SCALE_MEV_A3 } from './units.js';
import { zeroPoint } from './zeroPoint.js';

const paths: PrepareOptions[] = [{ path: 'general' }, { path: 'auto' }];

function energies(model: SpinModel, q: Vec3, options?: PrepareOptions): number[] {
  const prepared = prepare(model, options);
  return [...prepared.modes(Float64Array.from(q), prepared.parameterVector()).energiesMeV];
}

function expectEnergies(model: SpinModel, q: Vec3, wanted: number[], digits: number): void {
  for (const path of paths) {
    const got = energies(model, q, path);
    expect(got.length).toBe(wanted.length);
    wanted.forEach((e, m) => expect(got[m], `mode ${m} at ${q.join()}`).toBeCloseTo(e, digits));
  }
}

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

it('3: antiferromagnetic chain with a hard axis', () => {
  const [j, d, s] = [1, 0.1, 0.5];
  const model = makeModel({
    sites: [site([0, 0, 0], s, [0, 0, 1]), site([0, 0.5, 0], s, [0, 0, -1])],
    bonds: [bond(0, 1, [0, 0, 0], j), bond(1, 0, [0, 1, 0], j)],
    anisotropies: [0, 1].map((i) => ({
      site: i,
      matrix: [{ parameter: -1, matrix: [d, 0, 0, 0, 0, 0, 0, 0, 0] }],
    })),
  });
  for (const k of [0.1, 0.37, 0.5, 0.8, 1]) {
    const c = Math.cos(Math.PI * k);
    const wanted = [1, -1]
      .map((x) => Math.sqrt(4 * j * s * s * (1 - x * c) * (j * (1 + x * c) + d)))
      .sort((a, b) => b - a);
    // At k = 1 the lower mode is the Goldstone mode, zero to the square root of rounding.
    expectEnergies(model, [0, k, 0], wanted, k === 1 ? 5 : 9);
  }
});

it('4: antiferromagnetic chain with easy axis and field', () => {
  const model = makeModel({
    // Both spins in the cell that q refers to
    lattice: orthorhombic(4, 4, 4),
    sites: [site([0, 0, 0], 1, [0, 0, 1]), site([0.5, 0, 0], 1, [0, 0, -1])],
    bonds: [bond(0, 1, [0, 0, 0], 1), bond(1, 0, [1, 0, 0], 1)],
    anisotropies: [0, 1].map((i) => ({
      site: i,
      matrix: [{ parameter: -1, matrix: [0, 0, 0, 0, 0, 0, 0, 0, -0.1] }],
    })),
    field: [{ parameter: -1, tesla: [0, 0, 7] }],
  });
  expectEnergies(model, [0.1, 0, 0], [1.9158, 0.29505], 5);
  expectEnergies(model, [0.2, 0, 0], [2.301, 0.68025], 5);
  expectEnergies(model, [0, 0.1, 0.1], [1.72689, 0.10614], 5);
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

it('7: canted square antiferromagnet in a field, classical and quantum single-ion term', () => {
  const [j, d, h] = [1, 0.54, 0.76];
  for (const s of [1, 1.5, 2.5]) {
    for (const singleIon of ['classical', 'quantum'] as const) {
      const c2 = singleIon === 'quantum' ? 1 - 1 / (2 * s) : 1;
      const theta = Math.acos(h / (2 * s * (4 * j + d * c2)));
      const unit: Mat3 = UNIT3;
      const model = makeModel({
        // sqrt(2) x sqrt(2) magnetic cell: a' = a + b, b' = a - b (left-handed pair is irrelevant)
        lattice: latticeFrom([1, 1, 0, -1, 1, 0, 0, 0, 1]),
        sites: [
          site([0, 0, 0], s, [Math.sin(theta), 0, Math.cos(theta)], { gTensor: unit }),
          site([0.5, 0.5, 0], s, [-Math.sin(theta), 0, Math.cos(theta)], { gTensor: unit }),
        ],
        bonds: [
          bond(0, 1, [0, 0, 0], j),
          bond(0, 1, [-1, 0, 0], j),
          bond(0, 1, [0, -1, 0], j),
          bond(0, 1, [-1, -1, 0], j),
        ],
        anisotropies: [0, 1].map((i) => ({
          site: i,
          matrix: [{ parameter: -1, matrix: [0, 0, 0, 0, 0, 0, 0, 0, d] }],
        })),
        // h along +z must lower the energy: B = -h in SpinW's sign, mu_B = 1
        field: [{ parameter: -1, tesla: [0, 0, -h / 0.05788381806] }],
      });
      const [qx, qy] = [0.12, 0.23];
      const jq = 2 * j * (Math.cos(2 * Math.PI * qx) + Math.cos(2 * Math.PI * qy));
      const wanted = [1, -1].map((x) =>
        Math.sqrt(
          4 * j * s * (4 * j * s + 2 * d * s * c2 * Math.sin(theta) ** 2) +
            Math.cos(2 * theta) * (jq * s) ** 2 +
            x * 2 * s * jq * (4 * j * s * Math.cos(theta) ** 2 + c2 * d * s * Math.sin(theta) ** 2),
        ),
      );
      // q of the square lattice in the cell (1, 1, 0), (-1, 1, 0)
      const q: Vec3 = [qx + qy, qy - qx, 0.34];
      for (const path of paths) {
        const got = energies(model, q, { ...path, conventions: { singleIon } });
        wanted.forEach((e, m) => expect(got[m]).toBeCloseTo(e, 9));
      }
    }
  }
});

it('8: dipole-dipole chain by Ewald summation', () => {
  // Sunny's case has mu_0 mu_B^2 = 1, g = 1
  const g = Math.sqrt(1 / (4 * Math.PI * DIPOLE_SCALE_MEV_A3));
  const model = makeModel({
    lattice: orthorhombic(10, 10, 1),
    sites: [site([0, 0, 0], 1, [0, 0, 1], { gTensor: scaled(UNIT3, g) })],
    dipole: { method: 'ewald' },
  });
  const prepared = prepare(model);
  expect(classicalEnergy(prepared, prepared.parameterVector())).toBeCloseTo(
    -0.1913132980155851,
    13,
  );
  // The numbers printed (0.56893991, 0.23914164) hold Sunny's regularisation, which adds 1e-8 to the
  // matrix and 2e-8 to the energy: for an isolated chain omega(1/2) is (4 - 3/2) zeta(3) / 4 pi, and
  // chains 10 apart couple by less than 1e-20 at q_z = 1/2.
  const sunny = 2e-8;
  expectEnergies(model, [0, 0, 0], [0.56893991 - sunny], 8);
  expectEnergies(model, [0, 0, 0.5], [0.23914164 - sunny], 8);
  expectEnergies(model, [0, 0.5, 0.5], [0.23914164 - sunny], 8);
  const zeta3 = 1.2020569031595942;
  expectEnergies(model, [0.3, 0.1, 0.5], [(2.5 * zeta3) / (4 * Math.PI)], 11);
});

it('8b: a cut-off converges to the Ewald sum along an isolated chain', () => {
  const base = {
    lattice: orthorhombic(200, 200, 2),
    sites: [site([0, 0, 0], 2, [0, 0, 1])],
  };
  const cut = makeModel({ ...base, dipole: { method: 'cutoff', cutoffAngstrom: 190 } });
  const ewald = makeModel({ ...base, dipole: { method: 'ewald' } });
  for (const l of [0.1, 0.5]) {
    const [a] = energies(cut, [0.2, 0.3, l]);
    const [b] = energies(ewald, [0.2, 0.3, l]);
    expect(Math.abs(a! - b!) / b!).toBeLessThan(2e-4);
  }
});

it('9: biquadratic exchange, cubic Neel', () => {
  const a = -0.4 * Math.PI;
  for (const s of [1, 1.5, 2.5]) {
    const offsets: Vec3[] = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    // 2 x 2 x 2 supercell of the simple cubic lattice
    const index = (x: number, y: number, z: number) => (x * 2 + y) * 2 + z;
    const sites = [];
    const bonds: Bond[] = [];
    for (let x = 0; x < 2; x++)
      for (let y = 0; y < 2; y++)
        for (let z = 0; z < 2; z++) {
          sites.push(site([x / 2, y / 2, z / 2], s, [0, 0, (x + y + z) % 2 === 0 ? 1 : -1]));
          for (const o of offsets) {
            const r = [x + o[0], y + o[1], z + o[2]];
            bonds.push({
              ...bond(
                index(x, y, z),
                index(r[0]! % 2, r[1]! % 2, r[2]! % 2),
                r.map((v) => Math.floor(v / 2)) as unknown as Vec3,
                Math.cos(a),
              ),
              biquadratic: [{ parameter: -1, factor: Math.sin(a) / s ** 2 }],
            });
          }
        }
    const model = makeModel({
      lattice: orthorhombic(2, 2, 2),
      supercell: [2, 2, 2],
      sites,
      bonds,
    });
    const q: Vec3 = [0.11, 0.27, 0.41];
    const gamma = 2 * q.reduce((t, v) => t + Math.cos(2 * Math.PI * v), 0);
    const f = s * Math.cos(a) - (2 * s - 2 + 1 / s) * Math.sin(a);
    const e = f * Math.sqrt(36 - gamma ** 2);
    for (const path of paths) {
      const got = energies(model, q, path);
      expect(got.filter((v) => Math.abs(v - e) < 1e-8).length).toBeGreaterThanOrEqual(2);
    }
    const classical = s * Math.cos(a) - 2 * s * Math.sin(a);
    const got = energies(model, q, { conventions: { biquadratic: 'classical' } });
    expect(got.some((v) => Math.abs(v - classical * Math.sqrt(36 - gamma ** 2)) < 1e-8)).toBe(true);
  }
});

it('10: easy-axis ferromagnet with an in-plane term', () => {
  const [a, b, s] = [1, 0.3, 0.5];
  const model = makeModel({
    sites: [site([0, 0, 0], s, [0, 0, 1])],
    anisotropies: [{ site: 0, matrix: [{ parameter: -1, matrix: [-b, 0, 0, 0, 0, 0, 0, 0, -a] }] }],
  });
  expectEnergies(model, [0.1, 0.2, 0.3], [2 * s * a * Math.sqrt(1 - b / a)], 12);
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

it('12: form factors at q^2 = 0.57 Å^-2 with a j2 weight of 0.1', () => {
  for (const [ion, f] of [
    ['Mn2', 0.9618982113],
    ['Mn3', 0.9679234542],
    ['Mn4', 0.9725302343],
    ['Fe3', 0.9713328208],
    ['Cu2', 0.9737428228],
  ] as const) {
    expect(formFactor(ion, Math.sqrt(0.57), 0.1)).toBeCloseTo(f, 10);
  }
});

it('14: an unstable square antiferromagnet is reported', () => {
  // Bonds listed both ways: every pair twice
  const nearest: Vec3[] = [
    [0, 0, 0],
    [-1, 0, 0],
    [0, -1, 0],
    [-1, -1, 0],
  ];
  const build = (anisotropy: number) =>
    makeModel({
      lattice: latticeFrom([1, 1, 0, -1, 1, 0, 0, 0, 1]),
      sites: [site([0, 0, 0], 0.5, [1, 0, 0]), site([0.5, 0.5, 0], 0.5, [-1, 0, 0])],
      bonds: nearest.flatMap((c) => [bond(0, 1, c, 1), bond(0, 1, c, 1)]),
      anisotropies: [0, 1].map((i) => ({
        site: i,
        matrix: [{ parameter: -1, matrix: [0, 0, 0, 0, 0, 0, 0, 0, anisotropy] }],
      })),
    });
  for (const path of paths) {
    const prepared = prepare(build(-0.4), path);
    const p = prepared.parameterVector();
    const result = checkStability(prepared, p);
    expect(result.stable).toBe(false);
    expect(result.worstEigenvalueMeV).toBeCloseTo(-0.4, 6);
    const call = () => prepared.modes(Float64Array.from([0.1, 0, 0]), p);
    expect(call).toThrow(UnstableGroundState);
    try {
      call();
    } catch (e) {
      const error = e as UnstableGroundState;
      expect(error.code).toBe('UNSTABLE_GROUND_STATE');
      expect(error.q![0]).toBeCloseTo(0.1, 12);
      expect(error.eigenvalueMeV).toBeLessThan(0);
    }
    const good = prepare(build(0.4), path);
    expect(checkStability(good, good.parameterVector()).stable).toBe(true);
  }
});
