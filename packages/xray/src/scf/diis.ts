import { solveInPlace } from '../linalg/matrix.js';

const depth = 8;

/**
 * Pulay's direct inversion in the iterative subspace (Chem. Phys. Lett. 73, 393 (1980)): the mean of
 * the last eight Fock matrices that makes the mean of their errors smallest.
 */
export class Diis {
  private readonly values: Float64Array[] = [];
  private readonly errors: Float64Array[] = [];
  private readonly dots = new Float64Array(depth * depth);
  private count = 0;

  constructor(private readonly length: number) {
    for (let i = 0; i < depth; i++) {
      this.values.push(new Float64Array(length));
      this.errors.push(new Float64Array(length));
    }
  }

  /** Forgets all. */
  reset(): void {
    this.count = 0;
  }

  /** Takes in a value and its error, and writes the extrapolated value over `value`. */
  extrapolate(value: Float64Array, error: Float64Array): void {
    const { dots, length } = this;
    const slot = this.count % depth;
    for (let i = 0; i < length; i++) {
      this.values[slot]![i] = value[i]!;
      this.errors[slot]![i] = error[i]!;
    }
    this.count++;
    const stored = Math.min(this.count, depth);
    for (let i = 0; i < stored; i++) {
      const e = this.errors[i]!;
      let dot = 0;
      for (let k = 0; k < length; k++) dot += e[k]! * error[k]!;
      dots[slot * depth + i] = dot;
      dots[i * depth + slot] = dot;
    }
    // Newest first; where the equations are singular the oldest is left out.
    for (let m = stored; m >= 2; m--) {
      const n = m + 1;
      const a = new Float64Array(n * n);
      const b = new Float64Array(n);
      const at = (k: number) => (this.count - 1 - k) % depth;
      const scale = dots[at(0) * depth + at(0)]! || 1;
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < m; j++) a[i * n + j] = dots[at(i) * depth + at(j)]! / scale;
        a[i * n + m] = -1;
        a[m * n + i] = -1;
      }
      b[m] = -1;
      if (!solveInPlace(a, b, n, 1e-15)) continue;
      value.fill(0, 0, length);
      for (let i = 0; i < m; i++) {
        const c = b[i]!;
        const v = this.values[at(i)]!;
        for (let k = 0; k < length; k++) value[k] = value[k]! + c * v[k]!;
      }
      return;
    }
  }
}
