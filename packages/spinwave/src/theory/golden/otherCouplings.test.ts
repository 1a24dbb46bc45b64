/** Cases of golden-spin-waves.md with dipoles or biquadratic exchange; each number is the one printed there, or its closed form. */
import { expect, it } from 'vitest';
import type { Vec3 } from '../../crystal/geometry.js';
import type { Bond } from '../../model/types.js';
import { bond, makeModel, orthorhombic, scaled, site, UNIT3 } from '../testing/models.fixture.js';
import { prepare } from '../prepare.js';
import { classicalEnergy } from '../stability.js';
import { DIPOLE_SCALE_MEV_A3 } from '../units.js';
import { energies, expectEnergies, paths } from '../testing/golden.fixture.js';

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
