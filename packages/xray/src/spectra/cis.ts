import type { HartreeFockResult } from '../scf/hartreeFock.js';
import { symmetricEigen } from '../linalg/symmetricEigen.js';
import { orbitalIntegrals } from '../integrals/orbitalIntegrals.js';
import { XrayError } from '../errors.js';

/** Singly excited states. Energies in hartree. */
export interface ConfigurationInteraction {
  /** `[states]`, ascending. */
  readonly energiesHa: Float64Array;
  /** `[states]`, oscillator strengths in the length gauge. */
  readonly oscillatorStrengths: Float64Array;
  /** `[occupied * virtual, states]`: column k holds the amplitudes of state k, i slow, a fast. */
  readonly amplitudes: Float64Array;
}

/** Above this the full matrix is too large to diagonalise at once. */
const largest = 2500;

/**
 * All singlet states of configuration interaction with single excitations (CIS): eigenvalues of (eps_a
 * - eps_i) delta + 2 (ia|jb) - (ij|ab), f = (4/3) omega |sum X_ia <i|r|a>|^2.
 * Reads the integrals of `result`, so it must come before the solver's next run.
 * @throws XrayError `MOLECULE_TOO_LARGE`
 */
export function cisSinglets(result: HartreeFockResult): ConfigurationInteraction {
  const { size: n, orbitalCount: m, occupiedCount: o, coefficients: c, eri } = result;
  const { orbitalEnergiesHa: eps } = result;
  const v = m - o;
  const states = o * v;
  if (states > largest) {
    throw new XrayError({
      code: 'MOLECULE_TOO_LARGE',
      what: 'The full CIS matrix of this molecule is too large',
      got: `${states} single excitations`,
      expected: `up to ${largest}`,
      next: 'take core absorption (absorptionLines), or a smaller basis',
    });
  }
  const ovov = orbitalIntegrals(eri, c, n, m, [0, o, o, m, 0, o, o, m]);
  const oovv = orbitalIntegrals(eri, c, n, m, [0, o, 0, o, o, m, o, m]);
  const matrix = new Float64Array(states * states);
  for (let i = 0; i < o; i++) {
    for (let a = 0; a < v; a++) {
      const row = i * v + a;
      for (let j = 0; j < o; j++) {
        for (let b = 0; b < v; b++) {
          const col = j * v + b;
          matrix[row * states + col] =
            2 * ovov[row * states + col]! - oovv[((i * o + j) * v + a) * v + b]!;
        }
      }
      matrix[row * states + row] = matrix[row * states + row]! + eps[o + a]! - eps[i]!;
    }
  }
  const energiesHa = new Float64Array(states);
  symmetricEigen(matrix, energiesHa, states);
  const oscillatorStrengths = new Float64Array(states);
  for (const position of result.position) {
    const moments = new Float64Array(states);
    for (let i = 0; i < o; i++) {
      for (let a = 0; a < v; a++) {
        let mu = 0;
        for (let p = 0; p < n; p++) {
          for (let q = 0; q < n; q++) {
            mu += c[p * m + i]! * position[p * n + q]! * c[q * m + o + a]!;
          }
        }
        const row = (i * v + a) * states;
        for (let k = 0; k < states; k++) moments[k] = moments[k]! + matrix[row + k]! * mu;
      }
    }
    for (let k = 0; k < states; k++) {
      oscillatorStrengths[k] =
        oscillatorStrengths[k]! + (4 / 3) * energiesHa[k]! * moments[k]! * moments[k]!;
    }
  }
  return { energiesHa, oscillatorStrengths, amplitudes: matrix };
}
