/** Cases of golden-spin-waves.md with anisotropy or a field; each number is the one printed there, or its closed form. */
import { expect, it } from 'vitest';
import type { Mat3, Vec3 } from '../../crystal/geometry.js';
import { UnstableGroundState } from '../errors.js';
import {
  bond,
  latticeFrom,
  makeModel,
  orthorhombic,
  site,
  UNIT3,
} from '../testing/models.fixture.js';
import { prepare } from '../prepare.js';
import { checkStability } from '../stability.js';
import { energies, expectEnergies, paths } from '../testing/golden.fixture.js';

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

it('10: easy-axis ferromagnet with an in-plane term', () => {
  const [a, b, s] = [1, 0.3, 0.5];
  const model = makeModel({
    sites: [site([0, 0, 0], s, [0, 0, 1])],
    anisotropies: [{ site: 0, matrix: [{ parameter: -1, matrix: [-b, 0, 0, 0, 0, 0, 0, 0, -a] }] }],
  });
  expectEnergies(model, [0.1, 0.2, 0.3], [2 * s * a * Math.sqrt(1 - b / a)], 12);
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
