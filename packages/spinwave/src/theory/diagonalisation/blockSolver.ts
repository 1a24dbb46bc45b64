import type { BlockForm } from './blocks.js';
import {
  GeneralKernel,
  GeneralWorkspace,
  RealKernel,
  RealWorkspace,
  type BlockKernel,
} from './blockKernel.js';
import { siteAxes } from './generalSolver.js';
import type { LocalFrame } from '../hamiltonian/localFrames.js';
import type { PermutationGroup } from '../symmetry/permutationGroup.js';
import { NEGATIVE_TOLERANCE, REGULARISATION, type ModeSolver } from './solver.js';
import type { WaveTable } from './waves.js';

export interface BlockSolverParts {
  readonly form: BlockForm;
  readonly group: PermutationGroup;
  readonly real: boolean;
  readonly displacements: Float64Array;
  /** Frames in the gauge of the form, the group's phases z taken up (u -> u conj z). */
  readonly frames: readonly LocalFrame[];
  readonly spins: readonly number[];
  /** Size of the matrix elements for a parameter vector. */
  scale(p: Float64Array): number;
}

/** Solves H(q) block by block and puts the modes together. Exact, not an approximation. */
export class BlockSolver implements ModeSolver {
  readonly nSites: number;
  readonly path: string;
  readonly displacements: Float64Array;
  readonly mirrorAxes: Float64Array | undefined;
  scaleMeV = 1;
  readonly #parts: BlockSolverParts;
  readonly #kernels: BlockKernel[];
  readonly #axes: Float64Array;
  /** exp(2 pi i w) of each site in each block, [nBlocks, nSites]. */
  readonly #turnRe: Float64Array;
  readonly #turnIm: Float64Array;
  readonly #phaseRe: Float64Array;
  readonly #phaseIm: Float64Array;
  readonly #orderBlock: Int32Array;
  readonly #orderMode: Int32Array;

  constructor(parts: BlockSolverParts) {
    const { form, group, frames, spins, real } = parts;
    const n = frames.length;
    this.#parts = parts;
    this.nSites = n;
    this.displacements = parts.displacements;
    const shape = real ? 'real' : 'general';
    this.path = form.nBlocks > 1 ? `${shape}, ${form.nBlocks} blocks` : shape;
    const realWork = new RealWorkspace(real ? form.nOrbits : 0);
    const generalWork = new GeneralWorkspace(real ? 0 : form.nOrbits);
    this.#kernels = form.tables.map((t) =>
      t.kind === 'real'
        ? new RealKernel(t.plus, t.minus, realWork)
        : new GeneralKernel(t.whole, generalWork),
    );
    const norm = 1 / Math.sqrt(form.nBlocks);
    this.#axes = siteAxes(frames, spins).map((v) => v * norm);
    this.mirrorAxes = real ? Float64Array.from(frames.flatMap((f) => [...f.e2])) : undefined;
    this.#turnRe = new Float64Array(form.nBlocks * n);
    this.#turnIm = new Float64Array(form.nBlocks * n);
    for (let k = 0; k < form.nBlocks; k++)
      for (let i = 0; i < n; i++) {
        const angle = 2 * Math.PI * group.turns[k * form.nBlocks + form.element[i]!]!;
        this.#turnRe[k * n + i] = Math.cos(angle);
        this.#turnIm[k * n + i] = Math.sin(angle);
      }
    this.#phaseRe = new Float64Array(n);
    this.#phaseIm = new Float64Array(n);
    this.#orderBlock = new Int32Array(n);
    this.#orderMode = new Int32Array(n);
  }

  setParameters(p: Float64Array): void {
    this.scaleMeV = this.#parts.scale(p);
    for (const k of this.#kernels) k.setParameters(p);
  }

  solve(
    waves: WaveTable,
    index: number,
    energies: Float64Array,
    atEnergy: number,
    amplitudes?: Float64Array,
    atAmplitude = 0,
  ): number {
    const kernels = this.#kernels;
    const scale = this.scaleMeV;
    const vectors = amplitudes !== undefined;
    let count = 0;
    for (let b = 0; b < kernels.length; b++) {
      const kernel = kernels[b]!;
      if (!kernel.solve(waves, index, 0, scale, vectors)) {
        const lowest = kernel.lowestEigenvalue(waves, index);
        if (lowest < -NEGATIVE_TOLERANCE * scale) return this.lowestEigenvalue(waves, index);
        let shift = REGULARISATION * scale + Math.max(0, -2 * lowest);
        while (!kernel.solve(waves, index, shift, scale, vectors)) shift *= 2;
      }
      // Insertion into the descending list
      for (let m = 0; m < kernel.size; m++) {
        const e = kernel.energies[m]!;
        let k = count++;
        while (k > 0 && energies[atEnergy + k - 1]! < e) {
          energies[atEnergy + k] = energies[atEnergy + k - 1]!;
          this.#orderBlock[k] = this.#orderBlock[k - 1]!;
          this.#orderMode[k] = this.#orderMode[k - 1]!;
          k--;
        }
        energies[atEnergy + k] = e;
        this.#orderBlock[k] = b;
        this.#orderMode[k] = m;
      }
    }
    if (amplitudes) this.#expand(waves, index, amplitudes, atAmplitude);
    return 0;
  }

  /** Site amplitudes e1 y - i e2 x with the phase of each site in the block. */
  #expand(waves: WaveTable, index: number, out: Float64Array, at: number): void {
    const n = this.nSites;
    const { orbit, sitePhase } = this.#parts.form;
    const axes = this.#axes;
    const fRe = this.#phaseRe;
    const fIm = this.#phaseIm;
    const from = index * waves.stride;
    let current = -1;
    for (let m = 0; m < n; m++) {
      const b = this.#orderBlock[m]!;
      if (b !== current) {
        current = b;
        for (let i = 0; i < n; i++) {
          const c = waves.cos[from + sitePhase[i]!]!;
          const s = waves.sin[from + sitePhase[i]!]!;
          const wr = this.#turnRe[b * n + i]!;
          const wi = this.#turnIm[b * n + i]!;
          fRe[i] = c * wr - s * wi;
          fIm[i] = c * wi + s * wr;
        }
      }
      const kernel = this.#kernels[b]!;
      const { yRe, yIm, xRe, xIm } = kernel;
      const row = this.#orderMode[m]! * kernel.size;
      for (let i = 0; i < n; i++) {
        const o = row + orbit[i]!;
        const c = fRe[i]!;
        const s = fIm[i]!;
        const ar = c * yRe[o]! - s * yIm[o]!;
        const ai = c * yIm[o]! + s * yRe[o]!;
        // -i x
        const br = c * xIm[o]! + s * xRe[o]!;
        const bi = s * xIm[o]! - c * xRe[o]!;
        const k = 6 * i;
        out[at] = axes[k]! * ar + axes[k + 3]! * br;
        out[at + 1] = axes[k]! * ai + axes[k + 3]! * bi;
        out[at + 2] = axes[k + 1]! * ar + axes[k + 4]! * br;
        out[at + 3] = axes[k + 1]! * ai + axes[k + 4]! * bi;
        out[at + 4] = axes[k + 2]! * ar + axes[k + 5]! * br;
        out[at + 5] = axes[k + 2]! * ai + axes[k + 5]! * bi;
        at += 6;
      }
    }
  }

  isPositive(waves: WaveTable, index: number): boolean {
    return this.#kernels.every((k) => k.isPositive(waves, index, this.scaleMeV));
  }

  lowestEigenvalue(waves: WaveTable, index: number): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const k of this.#kernels) lowest = Math.min(lowest, k.lowestEigenvalue(waves, index));
    return lowest;
  }
}
