import type { MatrixLike } from '../data/matrix.js';
import type { Interpreter } from '../methods/interpreter.js';

/** How strongly spectra change with structure, at points of structure space. */
export interface Sensitivity {
  /** `[n]`: M(p) = |dS/dp|, the Frobenius norm over grid points and inputs. */
  readonly total: Float64Array;
  /** `[n, inputs]`: the same for each input by itself; their squares sum to that of `total`. */
  readonly byInput: Float64Array;
}

/**
 * Sensitivity metric M(p) = |dS/dp| of an emulator: the size of the change of the spectrum per unit
 * of z-scored structure, from the net's own derivatives. S is scaled as the emulator's spectra are:
 * with `global`, in units of the standard deviation of all training spectra together.
 * @param structures `[n, inputs]`, in their units
 */
export function sensitivity(emulator: Interpreter, structures: MatrixLike): Sensitivity {
  const jacobian = emulator.jacobian(structures);
  const p = emulator.inputs;
  const rank = emulator.parts.outputScale.basis.rows;
  const n = jacobian.length / (p * rank);
  const total = new Float64Array(n);
  const byInput = new Float64Array(n * p);
  // The coefficients' basis is orthonormal: their norm is the norm of the scaled spectrum.
  for (let i = 0, o = 0; i < n; i++) {
    let all = 0;
    for (let a = 0; a < p; a++) {
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += jacobian[o++] ** 2;
      byInput[i * p + a] = Math.sqrt(sum);
      all += sum;
    }
    total[i] = Math.sqrt(all);
  }
  return { total, byInput };
}
