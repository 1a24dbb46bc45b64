import { XrayError } from '../errors.js';
import type { Molecule } from '../molecule/molecule.js';
import { angleDeg, distanceAngstrom } from './internal.js';

/** Sum over neighbours of exp(-eta (R - shift)^2) fc(R): Behler and Parrinello's radial function G2. */
export interface RadialFunction {
  kind: 'radial';
  /** Atomic number of the neighbours counted. */
  element: number;
  /** Å^-2. */
  eta: number;
  /** Å; default 0. */
  shift?: number;
}

/**
 * 2^(1 - zeta) sum over pairs of neighbours j < k of (1 + lambda cos theta)^zeta exp(-eta (R_ij^2 +
 * R_ik^2 + R_jk^2)) fc(R_ij) fc(R_ik) fc(R_jk): the angular function G4.
 */
export interface AngularFunction {
  kind: 'angular';
  /** Atomic numbers of the two neighbours, in any order. */
  elements: readonly [number, number];
  /** Å^-2. */
  eta: number;
  zeta: number;
  /** 1: largest at 0 degrees; -1: at 180. */
  lambda: 1 | -1;
}

/** A function of an atom's surroundings: of distances alone, or of angles too. */
export type SymmetryFunction = RadialFunction | AngularFunction;

/** (cos(pi R / Rc) + 1) / 2 inside the cutoff, 0 outside. */
export function cutoff(distance: number, cutoffAngstrom: number): number {
  return distance < cutoffAngstrom
    ? 0.5 * (Math.cos((Math.PI * distance) / cutoffAngstrom) + 1)
    : 0;
}

/**
 * Atom-centred symmetry functions of one atom (Behler, J. Chem. Phys. 134, 074106 (2011), G2 and G4):
 * unchanged by rotation, shift and exchange of equal atoms.
 * @returns `[functions]`
 * @throws XrayError `OPTION_INVALID`
 */
export function symmetryFunctions(
  molecule: Molecule,
  atom: number,
  functions: readonly SymmetryFunction[],
  cutoffAngstrom: number,
): Float64Array {
  const n = molecule.atomicNumbers.length;
  if (!(atom >= 0 && atom < n) || !(cutoffAngstrom > 0)) {
    throw new XrayError({
      code: 'OPTION_INVALID',
      what: 'Symmetry functions belong to an atom and a cutoff above 0',
      got: `atom ${atom}, cutoff ${cutoffAngstrom} Å`,
      expected: `atom from 0 to ${n - 1}`,
    });
  }
  const near: { index: number; z: number; r: number; fc: number }[] = [];
  for (let i = 0; i < n; i++) {
    if (i === atom) continue;
    const r = distanceAngstrom(molecule, atom, i);
    const fc = cutoff(r, cutoffAngstrom);
    if (fc > 0) near.push({ index: i, z: molecule.atomicNumbers[i]!, r, fc });
  }
  return Float64Array.from(functions, (f) => {
    if (!(f.eta >= 0) || (f.kind === 'angular' && !(f.zeta > 0))) {
      throw new XrayError({
        code: 'OPTION_INVALID',
        what: 'eta must be 0 or more and zeta above 0',
        got: JSON.stringify(f),
      });
    }
    let sum = 0;
    if (f.kind === 'radial') {
      for (const { z, r, fc } of near) {
        if (z === f.element) sum += Math.exp(-f.eta * (r - (f.shift ?? 0)) ** 2) * fc;
      }
      return sum;
    }
    const [p, q] = f.elements;
    for (let a = 0; a < near.length; a++) {
      for (let b = 0; b < a; b++) {
        const j = near[a]!;
        const k = near[b]!;
        if (!((j.z === p && k.z === q) || (j.z === q && k.z === p))) continue;
        const rjk = distanceAngstrom(molecule, j.index, k.index);
        const fc = j.fc * k.fc * cutoff(rjk, cutoffAngstrom);
        if (fc === 0) continue;
        const cos = Math.cos((angleDeg(molecule, j.index, atom, k.index) * Math.PI) / 180);
        sum +=
          Math.max(0, 1 + f.lambda * cos) ** f.zeta *
          Math.exp(-f.eta * (j.r ** 2 + k.r ** 2 + rjk ** 2)) *
          fc;
      }
    }
    return 2 ** (1 - f.zeta) * sum;
  });
}
