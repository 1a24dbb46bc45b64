import type { EwaldMatrix } from '../dipole/ewaldMatrix.js';

/**
 * The parameter-independent part of H(q) for a list of wavevectors: exp(2 pi i q.d) of every
 * displacement d, and the dipole matrices. Solvers index it.
 */
export class WaveTable {
  readonly capacity: number;
  /** Displacements per wavevector. */
  readonly stride: number;
  /** [capacity, stride] */
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  /** [capacity, denseStride]: (2N)^2 numbers a wavevector, or nothing. */
  readonly denseRe: Float64Array | undefined;
  readonly denseIm: Float64Array | undefined;
  readonly denseStride: number;
  readonly #displacements: Float64Array;
  readonly #ewald: EwaldMatrix | undefined;

  constructor(
    capacity: number,
    displacements: Float64Array,
    ewald: EwaldMatrix | undefined,
    nSites: number,
  ) {
    this.capacity = capacity;
    this.#displacements = displacements;
    this.#ewald = ewald;
    this.stride = displacements.length / 3;
    this.cos = new Float64Array(capacity * this.stride);
    this.sin = new Float64Array(capacity * this.stride);
    this.denseStride = ewald ? 4 * nSites * nSites : 0;
    if (ewald) {
      this.denseRe = new Float64Array(capacity * this.denseStride);
      this.denseIm = new Float64Array(capacity * this.denseStride);
    }
  }

  /** Fills the place `index` for q, r.l.u. of the magnetic cell. */
  set(index: number, x: number, y: number, z: number): void {
    const d = this.#displacements;
    const at = index * this.stride;
    for (let k = 0; k < this.stride; k++) {
      const t = x * d[3 * k]! + y * d[3 * k + 1]! + z * d[3 * k + 2]!;
      const angle = 2 * Math.PI * (t - Math.round(t));
      this.cos[at + k] = Math.cos(angle);
      this.sin[at + k] = Math.sin(angle);
    }
    this.#ewald?.fill([x, y, z], this.denseRe!, this.denseIm!, index * this.denseStride);
  }
}
