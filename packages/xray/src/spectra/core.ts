import { HARTREE_EV } from '../constants.js';
import { XrayError } from '../errors.js';
import { elementSymbol } from '../molecule/elements.js';
import type { HartreeFockResult } from '../scf/hartreeFock.js';
import { densityVector, packedTimesVector, unpack } from '../scf/supermatrix.js';
import { symmetricEigen } from '../linalg/symmetricEigen.js';
import { multiply, multiplyTransposed } from '../linalg/matrix.js';
import type { Lines } from './lines.js';

/**
 * The 1s orbital of an atom: the occupied orbital with most of its weight there among as many lowest
 * orbitals as there are atoms other than hydrogen (Mulliken's population). Where atoms are equal by
 * symmetry their 1s orbitals mix; then the orbital found is one of the mixtures.
 * @param atom index of the atom
 * @param functionAtoms `[size]`: the atom of each function
 * @throws XrayError `OPTION_INVALID` for hydrogen, which has no core, or an atom that is not there
 */
export function coreOrbital(
  result: HartreeFockResult,
  atomicNumbers: ArrayLike<number>,
  functionAtoms: ArrayLike<number>,
  atom: number,
): number {
  const z = atomicNumbers[atom];
  if (z === undefined || z <= 2) {
    throw new XrayError({
      code: 'OPTION_INVALID',
      what: 'A core spectrum belongs to an atom with a core',
      got: z === undefined ? `atom ${atom}` : `atom ${atom}, ${elementSymbol(z)}`,
      expected: 'the index (from 0) of a C, N or O atom',
    });
  }
  const { size: n, orbitalCount: m, coefficients: c, overlap } = result;
  let cores = 0;
  for (let i = 0; i < atomicNumbers.length; i++) if (atomicNumbers[i]! > 2) cores++;
  let best = 0;
  let most = -Infinity;
  for (let k = 0; k < Math.min(cores, result.occupiedCount); k++) {
    let population = 0;
    for (let i = 0; i < n; i++) {
      if (functionAtoms[i] !== atom) continue;
      for (let j = 0; j < n; j++) population += c[i * m + k]! * overlap[i * n + j]! * c[j * m + k]!;
    }
    if (population > most + 1e-6) {
      most = population;
      best = k;
    }
  }
  return best;
}

/** `[3][orbitals]`: <core| r |orbital>, bohr. */
function dipolesFrom(result: HartreeFockResult, core: number): Float64Array[] {
  const { size: n, orbitalCount: m, coefficients: c, position } = result;
  return position.map((r) => {
    const half = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const ci = c[i * m + core]!;
      for (let j = 0; j < n; j++) half[j] = half[j]! + ci * r[i * n + j]!;
    }
    const out = new Float64Array(m);
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < m; k++) out[k] = out[k]! + half[j]! * c[j * m + k]!;
    }
    return out;
  });
}

/**
 * X-ray emission into the hole of a core orbital, in the frozen-orbital picture: one line for each
 * occupied orbital above the core orbitals, at eps_i - eps_core + shift with strength omega^3
 * |<core|r|i>|^2 (atomic units, omega without the shift).
 * @param cores number of core orbitals, which give no line
 * @param shiftEv one constant for relaxation of all orbitals; experiment lies some 19 eV lower for
 *   oxygen, because the hole's field pulls the core level less than the frozen orbitals say
 */
export function emissionLines(
  result: HartreeFockResult,
  core: number,
  cores: number,
  shiftEv = 0,
): Lines {
  const { orbitalEnergiesHa: eps, occupiedCount } = result;
  const dipoles = dipolesFrom(result, core);
  const count = occupiedCount - cores;
  const energiesEv = new Float64Array(count);
  const strengths = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const i = cores + k;
    const omega = eps[i]! - eps[core]!;
    energiesEv[k] = omega * HARTREE_EV + shiftEv;
    strengths[k] = omega ** 3 * dipoles.reduce((sum, d) => sum + d[i]! ** 2, 0);
  }
  return { energiesEv, strengths };
}

/**
 * X-ray absorption from a core orbital c by single excitations from it alone (core CIS, the static
 * exchange of a frozen core hole): eigenvalues of (eps_a - eps_c) delta_ab + 2 (ca|bc) - (cc|ab);
 * oscillator strength (4/3) omega |sum_a X_a <c|r|a>|^2, summed over polarisations.
 * Reads the integrals of `result`, so it must come before the solver's next run.
 */
export function absorptionLines(result: HartreeFockResult, core: number, shiftEv = 0): Lines {
  const { size: n, orbitalCount: m, occupiedCount: occ, coefficients: c } = result;
  const { orbitalEnergiesHa: eps, eri, supermatrix } = result;
  const v = m - occ;
  const pairs = (n * (n + 1)) / 2;
  const density = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) density[i * n + j] = c[i * m + core]! * c[j * m + core]!;
  }
  const d = new Float64Array(pairs);
  densityVector(density, n, d);
  const coulomb = new Float64Array(pairs);
  const closed = new Float64Array(pairs);
  packedTimesVector(eri, d, coulomb, pairs);
  packedTimesVector(supermatrix, d, closed, pairs);
  // closed = J - K/2, wanted 2 K - J
  for (let i = 0; i < pairs; i++) closed[i] = 3 * coulomb[i]! - 4 * closed[i]!;
  const ao = new Float64Array(n * n);
  unpack(closed, n, ao);
  const virtual = new Float64Array(n * v);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < v; a++) virtual[i * v + a] = c[i * m + occ + a]!;
  }
  const half = new Float64Array(n * v);
  const matrix = new Float64Array(v * v);
  multiply(ao, virtual, half, n, n, v);
  multiplyTransposed(virtual, half, matrix, v, n, v);
  for (let a = 0; a < v; a++) {
    matrix[a * v + a] = matrix[a * v + a]! + eps[occ + a]! - eps[core]!;
  }
  const omega = new Float64Array(v);
  symmetricEigen(matrix, omega, v);
  const dipoles = dipolesFrom(result, core);
  const strengths = new Float64Array(v);
  for (let k = 0; k < v; k++) {
    let square = 0;
    for (const dipole of dipoles) {
      let moment = 0;
      for (let a = 0; a < v; a++) moment += matrix[a * v + k]! * dipole[occ + a]!;
      square += moment * moment;
    }
    strengths[k] = (4 / 3) * omega[k]! * square;
  }
  return { energiesEv: omega.map((w) => w * HARTREE_EV + shiftEv), strengths };
}

/** Photoelectron lines of the core orbitals by Koopmans' theorem: -eps, strength 1 each. */
export function photoelectronLines(result: HartreeFockResult, cores: number, shiftEv = 0): Lines {
  const energiesEv = new Float64Array(cores);
  for (let k = 0; k < cores; k++) {
    energiesEv[k] = -result.orbitalEnergiesHa[k]! * HARTREE_EV + shiftEv;
  }
  return { energiesEv, strengths: new Float64Array(cores).fill(1) };
}
