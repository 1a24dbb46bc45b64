import { checkGrid } from '../spectra/broaden.js';
import { XrayError } from '../errors.js';
import type { ChiOfK } from './columns.js';
import { CubicSpline } from './spline.js';

/** How chi(k) is taken to R. */
export interface TransformOptions {
  kMin: number;
  kMax: number;
  /** Power of k that chi is multiplied by; default 2. */
  kWeight?: number;
  /** Width of the Hanning window's sills, Å^-1; default 1. */
  dk?: number;
  /** Spacing of the k grid, Å^-1; default 0.05. */
  kStep?: number;
}

/**
 * Hanning's window: 0 to 1 as sin^2 over kMin - dk/2 .. kMin + dk/2, back as cos^2 about kMax.
 */
export function hanningWindow(k: number, kMin: number, kMax: number, dk: number): number {
  const rise = kMin - dk / 2;
  const fall = kMax - dk / 2;
  if (k < rise || k > fall + dk) return 0;
  if (dk > 0 && k < rise + dk) return Math.sin((0.5 * Math.PI * (k - rise)) / dk) ** 2;
  if (dk > 0 && k > fall) return Math.cos((0.5 * Math.PI * (k - fall)) / dk) ** 2;
  return 1;
}

/**
 * chi~(R) = (1 / sqrt pi) sum_k k^w W(k) chi(k) exp(2 i k R) dk on fixed grids of k and R, as one real
 * matrix, so that thousands of spectra are transformed alike.
 */
export class FourierTransform {
  /** `[points]`, Å^-1: where chi is wanted. */
  readonly k: Float64Array;
  /** `[2 * R points, k points]`: real parts, then imaginary parts. */
  private readonly matrix: Float64Array;

  /** @param r `[points]`, Å */
  constructor(
    readonly r: Float64Array,
    readonly options: TransformOptions,
  ) {
    const { kMin, kMax, kWeight = 2, dk = 1, kStep = 0.05 } = options;
    if (!(kMin >= 0) || !(kMax > kMin + dk) || !(dk >= 0) || !(kStep > 0)) {
      throw new XrayError({
        code: 'OPTION_INVALID',
        what: 'The k range must be 0 or above and wider than the window sill dk',
        got: `k ${kMin} to ${kMax}, dk ${dk}, step ${kStep} Å^-1`,
      });
    }
    checkGrid(r, 'the R grid');
    const from = Math.max(0, Math.ceil((kMin - dk / 2) / kStep - 1e-9));
    const to = Math.floor((kMax + dk / 2) / kStep + 1e-9);
    this.k = Float64Array.from({ length: to - from + 1 }, (_, i) => (from + i) * kStep);
    const n = this.k.length;
    this.matrix = new Float64Array(2 * r.length * n);
    for (let j = 0; j < n; j++) {
      const k = this.k[j]!;
      const w = (k ** kWeight * hanningWindow(k, kMin, kMax, dk) * kStep) / Math.sqrt(Math.PI);
      for (let i = 0; i < r.length; i++) {
        this.matrix[i * n + j] = w * Math.cos(2 * k * r[i]!);
        this.matrix[(r.length + i) * n + j] = w * Math.sin(2 * k * r[i]!);
      }
    }
  }

  /**
   * @param chi `[k points]`, on `k`
   * @param out `[2 * R points]`: real parts, then imaginary parts
   */
  apply(chi: Float64Array, out: Float64Array = new Float64Array(2 * this.r.length)): Float64Array {
    const n = this.k.length;
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      const row = i * n;
      for (let j = 0; j < n; j++) sum += this.matrix[row + j]! * chi[j]!;
      out[i] = sum;
    }
    return out;
  }

  /** A^T v: from `[2 * R points]` back to `[k points]`. */
  applyTransposed(v: Float64Array): Float64Array {
    const n = this.k.length;
    const out = new Float64Array(n);
    for (let i = 0; i < v.length; i++) {
      for (let j = 0; j < n; j++) out[j] = out[j]! + v[i]! * this.matrix[i * n + j]!;
    }
    return out;
  }

  /** Sum of the squares of the matrix. */
  get squaredNorm(): number {
    return this.matrix.reduce((s, x) => s + x * x, 0);
  }

  /**
   * A measured chi(k) on this transform's k grid, by cubic spline.
   * @throws XrayError `K_OUT_OF_RANGE` where the measurement does not reach over the window
   */
  resample(data: ChiOfK, where = 'the spectrum'): Float64Array {
    const { k } = this;
    const first = data.k[0]!;
    const last = data.k[data.k.length - 1]!;
    if (!(first <= k[0]! + 1e-6) || !(last >= k[k.length - 1]! - 1e-6)) {
      const { kMin, kMax, dk = 1 } = this.options;
      throw new XrayError({
        code: 'K_OUT_OF_RANGE',
        what: 'The k range wanted is not in the spectrum',
        where,
        got: `${first} to ${last} Å^-1`,
        expected: `${k[0]!.toFixed(2)} to ${k[k.length - 1]!.toFixed(2)} Å^-1 (k ${kMin} to ${kMax} and half a sill of ${dk})`,
        next: 'narrow kMin and kMax, or the sill dk',
      });
    }
    const spline = new CubicSpline(data.k, data.chi);
    return k.map((x) => spline.value(x));
  }
}
