import { describe, expect, it } from 'vitest';
import { HARTREE_EV } from '../constants.js';
import { HartreeFock } from '../scf/hartreeFock.js';
import { cisSinglets } from '../spectra/cis.js';
import { absorptionLines } from '../spectra/core.js';
import { makeMolecule } from '../molecule/molecule.js';
import { sampleWaterGeometries, waterCovariance, waterWavenumbers } from './forceField.js';
import { createWaterSimulator, simulateWater } from './simulate.js';

/** The teaching geometry of xray.md. */
const teaching = makeMolecule(
  ['O', 'H', 'H'],
  [
    [0, -0.143225816552, 0],
    [1.638036840407, 1.136548822547, 0],
    [-1.638036840407, 1.136548822547, 0],
  ],
  { unit: 'bohr' },
);

describe('water at the teaching geometry', () => {
  it('has the energies of the reference to all digits printed (STO-3G)', () => {
    const solver = new HartreeFock(teaching.atomicNumbers, { basis: 'STO-3G', tolerance: 1e-11 });
    const result = solver.run(teaching.positionsBohr);
    expect(result.nuclearRepulsionHa).toBeCloseTo(8.0023670618, 10);
    expect(result.totalHa).toBeCloseTo(-74.9420799282, 10);
    expect(result.electronicHa).toBeCloseTo(-82.9444469901, 9);
    const cis = cisSinglets(result);
    const highest = cis.energiesHa[cis.energiesHa.length - 1]!;
    expect(highest).toBeCloseTo(20.0505319444, 9);
    const core = absorptionLines(result, 0);
    const coreHighest = core.energiesEv[core.energiesEv.length - 1]!;
    expect(Math.abs(coreHighest - highest * HARTREE_EV)).toBeLessThan(0.006);
  });

  it.each([
    ['6-31G', -75.953],
    ['6-31++G', -75.96],
  ])('falls in energy with the basis: %s', (basis, energy) => {
    const result = new HartreeFock(teaching.atomicNumbers, { basis }).run(teaching.positionsBohr);
    expect(result.totalHa).toBeCloseTo(energy, 3);
  });
});

describe('the simulator', () => {
  const simulator = createWaterSimulator();

  it('gives a geometry the same numbers whatever came before, to the bit', () => {
    const a = { angleDeg: 104, longAngstrom: 1.1, shortAngstrom: 1.1 };
    const b = { angleDeg: 84, longAngstrom: 1.2, shortAngstrom: 0.9 };
    const first = simulator.simulate(a);
    simulator.simulate(b);
    expect(simulator.simulate(a)).toEqual(first);
    const { stability, ...one } = simulateWater(a);
    expect(one).toEqual(first);
    expect(stability.singletHa).toBeGreaterThan(stability.tripletHa);
    expect(stability.tripletHa).toBeGreaterThan(0.1);
  });

  it('has four emission lines, O 1s near 560 eV and absorption above the emission', () => {
    const s = simulator.simulate({ angleDeg: 104.5, longAngstrom: 0.9572, shortAngstrom: 0.9572 });
    expect(s.emission.energiesEv.length).toBe(4);
    expect(s.emission.energiesEv[3]).toBeGreaterThan(540);
    expect(s.photoelectron.energiesEv[0]).toBeCloseTo(559.3, 0);
    expect(s.absorption.energiesEv[0]).toBeGreaterThan(s.emission.energiesEv[3]!);
    // 2a1 has little 2p in it; 1b1 is a pure 2p orbital.
    expect(s.emission.strengths[0]).toBeLessThan(0.2 * s.emission.strengths[3]!);
  });
});

describe('the force field', () => {
  it("has the model's wave numbers: bend near 1650, stretches near 3700 cm^-1", () => {
    const [bend, s1, s2] = waterWavenumbers() as unknown as [number, number, number];
    expect(bend).toBeGreaterThan(1300);
    expect(bend).toBeLessThan(1750);
    expect(s1).toBeGreaterThan(3500);
    expect(s2).toBeGreaterThan(s1);
    expect(s2).toBeLessThan(3950);
  });

  it('becomes classical where kT is far above the quanta, and keeps its zero point at 0 K', () => {
    const hot = waterCovariance({ temperatureK: 3e5, statistics: 'quantum' });
    const classical = waterCovariance({ temperatureK: 3e5 });
    for (const i of [0, 4, 8]) expect(hot[i]! / classical[i]!).toBeCloseTo(1, 3);
    const zero = waterCovariance({ temperatureK: 0, statistics: 'quantum' });
    // 0.067 Å and 8.7 degrees are what a harmonic O-H bond and water's bend have.
    expect(Math.sqrt(zero[4]!)).toBeCloseTo(0.067, 2);
    expect((Math.sqrt(zero[0]!) * 180) / Math.PI).toBeGreaterThan(7);
    expect((Math.sqrt(zero[0]!) * 180) / Math.PI).toBeLessThan(10.5);
  });

  it('samples with the spread it states, the same for the same generator', () => {
    const generator = () => {
      let state = 12345;
      return () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return (state + 0.5) / 2 ** 32;
      };
    };
    const draw = () =>
      sampleWaterGeometries({ count: 4000, temperatureK: 3000, uniform: generator() });
    const sample = draw();
    expect(draw()).toEqual(sample);
    const sum = sample.map((g) => g.longAngstrom + g.shortAngstrom);
    const mean = sum.reduce((s, x) => s + x) / sum.length;
    const variance = sum.reduce((s, x) => s + (x - mean) ** 2, 0) / sum.length;
    const expected = 2 * waterCovariance({ temperatureK: 3000 })[4]!;
    expect(mean).toBeCloseTo(2 * 0.9572, 2);
    expect(variance / expected).toBeCloseTo(1, 1);
    expect(sample.every((g) => g.longAngstrom >= g.shortAngstrom)).toBe(true);
  });
});
