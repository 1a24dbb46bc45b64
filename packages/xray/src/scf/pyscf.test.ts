import { describe, expect, it } from 'vitest';
import { makeMolecule } from '../molecule/molecule.js';
import { cisSinglets } from '../spectra/cis.js';
import { absorptionLines, emissionLines } from '../spectra/core.js';
import { HARTREE_EV } from '../constants.js';
import { pyscfRows } from '../testing/pyscf.fixture.js';
import { HartreeFock } from './hartreeFock.js';

/** The largest difference of two lists of numbers. */
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
};

describe('against PySCF', () => {
  it.each(pyscfRows.map((r) => [`${r.molecule}, ${r.basis}`, r] as const))('%s', (_, row) => {
    const molecule = makeMolecule(row.elements, row.positionsBohr, {
      unit: 'bohr',
      charge: row.charge,
    });
    const solver = new HartreeFock(molecule.atomicNumbers, {
      basis: row.basis,
      charge: row.charge,
      tolerance: 1e-10,
    });
    const result = solver.run(molecule.positionsBohr);
    expect(result.nuclearRepulsionHa).toBeCloseTo(row.nuclear, 10);
    expect(Math.abs(result.totalHa - row.total)).toBeLessThan(1e-9);
    // PySCF stops on the energy (1e-13), which leaves some 1e-7 in the orbitals.
    expect(distance(result.orbitalEnergiesHa, row.orbitals)).toBeLessThan(1e-6);
    expect(distance(result.dipoleAu, row.dipole)).toBeLessThan(2e-6);
    if (row.cis === undefined) return;
    const cis = cisSinglets(result);
    expect(distance(cis.energiesHa, row.cis)).toBeLessThan(1e-6);
    const sum = cis.oscillatorStrengths.reduce((s, f) => s + f, 0);
    expect(Math.abs(sum / row.strengthSum! - 1)).toBeLessThan(1e-6);
    const core = absorptionLines(result, 0);
    expect(
      distance(
        core.energiesEv,
        row.coreCis!.map((w) => w * HARTREE_EV),
      ),
    ).toBeLessThan(3e-5);
    if (row.emission!.length === 0) return;
    const total = row.emission!.reduce((s, x) => s + x, 0);
    // Where two cores are equal by symmetry the first of them is any mixture.
    if (row.molecule === 'nitrogen' || row.molecule === 'carbon dioxide') return;
    expect(distance(core.strengths, row.coreStrengths!)).toBeLessThan(1e-6);
    const emission = emissionLines(result, 0, 1);
    expect(distance(emission.strengths, row.emission!)).toBeLessThan(1e-5 * total);
  });
});
