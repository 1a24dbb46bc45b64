import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matVec, rotationAbout } from '../crystal/geometry.js';
import type { Vec3 } from '../crystal/geometry.js';
import { parseSpinModel } from '../model/parse.js';
import type { SpinModel } from '../model/types.js';
import { prepare } from '../theory/prepare.js';
import { classicalEnergy } from '../theory/stability.js';
import { BOHR_MAGNETON_MEV_PER_T, DIPOLE_SCALE_MEV_A3 } from '../theory/units.js';
import { ClassicalHamiltonian, directionsOf, withDirections } from './classicalHamiltonian.js';
import { luttingerTisza } from './luttingerTisza.js';
import { randomDirections, seededRandom } from './random.js';
import { relax } from './relax.js';

const values = (m: SpinModel) => Float64Array.from(m.parameters, (p) => p.value);

/** Every kind of term, on a triclinic lattice, with three sites of different spin. */
const everything = parseSpinModel(`
name: everything
lattice: { a: 4, b: 5, c: 6.1, alpha: 80, beta: 95, gamma: 107 }
parameters: { J: -1.3, D: 0.4, B: 0.05, A: 0.2, K: 0.03, H: { value: 3, unit: T } }
sites:
  - { label: A, position: [0, 0, 0], spin: 1, direction: [0, 0, 1] }
  - { label: B, position: [0.3, 0.4, 0.1], spin: 3/2, direction: [1, 0, 0.3], g: [2, 2.1, 2.4] }
  - { label: C, position: [0.6, 0.1, 0.5], spin: 5/2, direction: [0.1, -1, 0] }
interactions:
  - { name: ab, bond: { from: A, to: B }, exchange: { heisenberg: J, dm: [D, -D, 0.1] } }
  - { name: bc, bond: { from: B, to: C, cell: [0, 1, 0] }, exchange: { matrix: [[J, 0.2, 0], [0.3, J, D], [0, 0, 0.5]], biquadratic: B } }
  - { name: aa, bond: { from: A, to: A, cell: [1, 0, 0] }, exchange: { xyz: [0.3, J, 0.1], dm: [0, 0, D] } }
anisotropy:
  - { site: A, axis: [1, 1, 0], strength: A }
  - { site: C, stevens: { k: 4, q: 3, strength: K } }
  - { site: B, stevens: { k: 6, q: -2, strength: 0.01 K } }
field: [0, H, 1]
dipole: { method: cutoff, cutoff: 9 }
`);

describe('ClassicalHamiltonian', () => {
  it('has the energy of spin-wave theory, whatever the terms and directions', () => {
    const random = seededRandom(7);
    for (let n = 0; n < 5; n++) {
      const model = withDirections(everything, randomDirections(3, random));
      const p = values(model);
      for (const conventions of [{}, { singleIon: 'quantum', biquadratic: 'classical' } as const]) {
        const h = new ClassicalHamiltonian(model, p, conventions);
        expect(h.energy(directionsOf(model))).toBeCloseTo(
          classicalEnergy(prepare(model, { conventions }), p),
          9,
        );
      }
    }
  });

  it('has the energy of spin-wave theory with Ewald sums', () => {
    const model: SpinModel = { ...everything, dipole: { method: 'ewald' } };
    const p = values(model);
    expect(new ClassicalHamiltonian(model, p).energy(directionsOf(model))).toBeCloseTo(
      classicalEnergy(prepare(model), p),
      9,
    );
  });

  it('has a gradient that agrees with finite differences', () => {
    const h = new ClassicalHamiltonian(everything, values(everything));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const d = randomDirections(3, seededRandom(seed));
        const g = new Float64Array(9);
        h.gradient(d, g);
        for (let i = 0; i < 9; i++) {
          const up = Float64Array.from(d);
          const down = Float64Array.from(d);
          up[i]! += 1e-5;
          down[i]! -= 1e-5;
          const slope = (h.energy(up) - h.energy(down)) / 2e-5;
          expect(Math.abs(slope - g[i]!)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('gives a rotating frame the energy of the supercell it stands for', () => {
    const file = (structure: string) => `
name: spiral
lattice: { a: 4, b: 6, c: 6 }
parameters: { J1: -1, J2: 0.5, D: 0.2 }
sites: [{ label: A, position: [0, 0, 0], spin: 3/2, direction: [1, 0, 0.4] }]
structure: ${structure}
interactions:
  - { exchange: { heisenberg: J1, dm: [0, 0, D] }, vector: [1, 0, 0] }
  - { exchange: { heisenberg: J2, biquadratic: 0.1 }, vector: [2, 0, 0] }
anisotropy: [{ axis: [0, 0, 1], strength: 0.1 }]
`;
    const frame = parseSpinModel(file('{ k: [1/5, 0, 0], axis: [0, 0, 1] }'));
    const cell = parseSpinModel(file('{ supercell: [5, 1, 1], k: [1/5, 0, 0], axis: [0, 0, 1] }'));
    expect(frame.rotatingFrame?.k).toEqual([0.2, 0, 0]);
    expect(cell.rotatingFrame).toBeUndefined();
    const energy = (m: SpinModel) => new ClassicalHamiltonian(m, values(m)).energy(directionsOf(m));
    expect(5 * energy(frame)).toBeCloseTo(energy(cell), 10);
  });
});

const triangular = (structure: string, extra = '') =>
  parseSpinModel(`
name: triangular
lattice: { a: 4, b: 4, c: 10, gamma: 120 }
parameters: { J: 1 }
sites: [{ label: A, position: [0, 0, 0], spin: 3/2, direction: [0, 1, 0] }]
structure: ${structure}
interactions: [{ exchange: J, shell: 1, count: ${structure.includes('supercell') ? 27 : 3} }]
${extra}`);

describe('relax', () => {
  it('finds 120 degrees on the triangular lattice: -3/2 J S^2 a site', () => {
    const model = triangular('{ supercell: [3, 3, 1], relax: true }');
    const state = relax(model, undefined, { starts: 4 });
    expect(state.converged).toBe(true);
    expect(state.energyMeV / 9).toBeCloseTo(-1.5 * 2.25, 9);
    expect(state.torqueMeV).toBeLessThan(1e-7);
    expect(state.model.sites[0]!.direction[2]).toBeCloseTo(1, 12);
  });

  it('gives the same state for the same seed', () => {
    const model = triangular('{ supercell: [3, 3, 1], relax: { seed: 5, starts: 3 } }');
    const again = triangular('{ supercell: [3, 3, 1], relax: { seed: 5, starts: 3 } }');
    expect(directionsOf(model)).toEqual(directionsOf(again));
  });

  it('cants an antiferromagnet in a field: cos(angle to the field) = -g mu_B B / (2 z J S)', () => {
    const [j, s, b] = [0.4, 5 / 2, 9];
    const model = parseSpinModel(`
name: canted chain
lattice: { a: 4, b: 9, c: 9 }
sites:
  - { label: A, position: [0, 0, 0], spin: 5/2 }
  - { label: B, position: [0.5, 0, 0], spin: 5/2 }
structure: relax
interactions: [{ exchange: ${j}, shell: 1 }]
field: [0, 0, ${b}]
`);
    const cosine = -(2 * BOHR_MAGNETON_MEV_PER_T * b) / (4 * j * s);
    for (const site of model.sites) expect(site.direction[2]).toBeCloseTo(cosine, 8);
  });

  it('finds golden case 8: a dipole chain points along itself', () => {
    // that case has mu_0 mu_B^2 = 1 and g = 1
    const g = Math.sqrt(1 / (4 * Math.PI * DIPOLE_SCALE_MEV_A3));
    const model = parseSpinModel(`
name: dipole chain
lattice: { a: 10, b: 10, c: 1 }
sites: [{ label: A, position: [0, 0, 0], spin: 1, g: ${g} }]
structure: relax
dipole: { method: ewald }
`);
    expect(Math.abs(model.sites[0]!.direction[2])).toBeCloseTo(1, 9);
    const h = new ClassicalHamiltonian(model, []);
    expect(h.energy(directionsOf(model))).toBeCloseTo(-0.1913132980155851, 10);
  });

  it('starts from the state of the model and stays where that is the ground state', () => {
    const model = triangular('{ k: [1/3, 1/3, 0], axis: [0, 0, 1] }');
    const state = relax(model, undefined, { starts: 3 });
    expect(state.energyMeV).toBeCloseTo(-1.5 * 2.25, 10);
    expect(state.minima[0]!.count).toBeGreaterThan(0);
  });
});

describe('luttingerTisza', () => {
  const chain = (j1: number, j2: number) =>
    parseSpinModel(`
name: chain
lattice: { a: 4, b: 9, c: 9 }
sites: [{ label: A, position: [0, 0, 0], spin: 2, direction: [0, 0, 1] }]
interactions:
  - { exchange: ${j1}, vector: [1, 0, 0] }
  - { exchange: ${j2}, vector: [2, 0, 0] }
`);

  it('finds k of the J1-J2 chain: cos(2 pi k) = -J1 / (4 J2), or 0, or 1/2', () => {
    for (const [j1, j2] of [
      [-1, 0.1],
      [1, 0.1],
      [-1, 0.6],
      [1, 0.9],
      [-1, 0.3],
    ] as const) {
      const { k, energyBoundMeV, equalLengths } = luttingerTisza(chain(j1, j2));
      const spiral = j2 > Math.abs(j1) / 4;
      const expected = spiral ? Math.acos(-j1 / (4 * j2)) / (2 * Math.PI) : j1 < 0 ? 0 : 0.5;
      expect(Math.abs(k[0])).toBeCloseTo(expected, 6);
      expect(k[1]).toBe(0);
      const phase = 2 * Math.PI * expected;
      expect(energyBoundMeV).toBeCloseTo(4 * (j1 * Math.cos(phase) + j2 * Math.cos(2 * phase)), 9);
      expect(equalLengths).toBe(true);
    }
  });

  it('finds (1/3, 1/3, 0) on the triangular lattice, exactly', () => {
    const result = luttingerTisza(triangular('relax'));
    expect(result.k.map((x) => Math.abs(x)).sort()).toEqual([0, 1 / 3, 1 / 3]);
    expect(result.energyBoundMeV).toBeCloseTo(-1.5 * 2.25, 10);
  });

  it('bounds every relaxed energy from below', () => {
    const bilinear: SpinModel = {
      ...everything,
      field: [],
      stevens: [],
      bonds: everything.bonds.map(({ biquadratic: _, ...b }) => b),
    };
    const { energyBoundMeV } = luttingerTisza(bilinear, values(bilinear), { grid: 6 });
    expect(relax(bilinear, values(bilinear), { starts: 4 }).energyMeV).toBeGreaterThanOrEqual(
      energyBoundMeV - 1e-9,
    );
  });

  it('says what it leaves out', () => {
    const { ignored } = luttingerTisza(everything, values(everything), { grid: 3 });
    expect(ignored).toEqual(['biquadratic exchange', 'Stevens terms', 'field']);
  });

  it('a spiral of the k found reaches the bound in its rotating frame', () => {
    const { k, energyBoundMeV } = luttingerTisza(chain(-1, 0.6));
    const model: SpinModel = {
      ...chain(-1, 0.6),
      rotatingFrame: { k, axis: [0, 0, 1] as Vec3 },
    };
    const turned = withDirections(model, matVec(rotationAbout([1, 0, 0], Math.PI / 2), [0, 0, 1]));
    const h = new ClassicalHamiltonian(turned, []);
    expect(h.energy(directionsOf(turned))).toBeCloseTo(energyBoundMeV, 8);
  });
});
