import { SpinWaveError } from '../errors.js';
import { UnstableGroundState } from './errors.js';
import { fold, type Folding } from './symmetry/folding.js';
import type { PreparedModel } from './prepare.js';
import type { FrameBranch } from './rotatingFrame.js';
import { requireNoTorque } from './stability.js';
import type { WaveTable } from './diagonalisation/waves.js';

/**
 * Modes at a list of q. `energiesMeV` [nQ, nModes], descending. `amplitudes` [nQ, nModes, nSites,
 * 3, 2] (re, im): A_ja = <0| S_ja |mode> in cell gauge, so that per magnetic cell
 * S_ab(Q, mode) = M_a conj(M_b), M_a(Q) = sum_j F_j(|Q|) exp(-2 pi i Q.r_j) A_ja, with Q and r_j in
 * units of the magnetic cell and r_j the positions of `prepared.model`. A is periodic in q by a
 * reciprocal vector of the magnetic cell and does not depend on q along a flat axis. Amplitudes
 * are of the spin S, without g. Of degenerate modes only sums over their subspace mean anything.
 */
export interface SpinWaveModes {
  readonly nQ: number;
  readonly nModes: number;
  readonly nSites: number;
  /** [nQ, nModes]. */
  readonly energiesMeV: Float64Array;
  /** [nQ, nModes, nSites, 3, 2]. */
  readonly amplitudes: Float64Array;
}

/** Parameters with the constant 1 appended, as the solvers take them. */
export function extendParameters(prepared: PreparedModel, p: Float64Array): Float64Array {
  const n = prepared.model.parameters.length;
  if (p.length !== n || p.some((v) => !Number.isFinite(v))) {
    throw new SpinWaveError('BAD_PARAMETER', {
      what: 'parameter vector does not fit the model',
      where: `model ${prepared.model.name}`,
      got: `[${[...p].join(', ')}]`,
      expected: `${n} finite numbers (${prepared.model.parameters.map((x) => x.name).join(', ')})`,
      next: 'make the vector with prepared.parameterVector()',
    });
  }
  const out = new Float64Array(n + 1);
  out.set(p);
  out[n] = 1;
  return out;
}

export function checkWavevectors(q: Float64Array): number {
  const bad = q.findIndex((v) => !Number.isFinite(v));
  if (q.length % 3 !== 0 || bad >= 0) {
    throw new SpinWaveError('BAD_WAVEVECTOR', {
      what: 'wavevectors must be finite triples',
      got: bad >= 0 ? `${q[bad]} at element ${bad}` : `${q.length} numbers`,
      expected: 'a flat array [nQ, 3] in r.l.u.',
      next: 'correct the list of wavevectors',
    });
  }
  return q.length / 3;
}

function unstableAt(
  prepared: PreparedModel,
  q: readonly [number, number, number],
  eigenvalueMeV: number,
): UnstableGroundState {
  return new UnstableGroundState(
    {
      what: 'the spin state is not a stable minimum: H(q) has a negative eigenvalue',
      where: `model ${prepared.model.name}, q = (${q.map((v) => +v.toFixed(6)).join(', ')}) r.l.u.`,
      got: `${eigenvalueMeV.toPrecision(6)} meV`,
      expected: 'no eigenvalue below zero',
      next: 'change the parameters, or relax the moments to the ground state first',
    },
    { q, eigenvalueMeV },
  );
}

/** Throws for a failure that a solver reported; q in r.l.u. of the magnetic cell. */
export function requireStableSolve(
  prepared: PreparedModel,
  q: ArrayLike<number>,
  failure: number,
): void {
  if (failure === 0) return;
  const n = prepared.model.supercell;
  throw unstableAt(prepared, [q[0]! / n[0], q[1]! / n[1], q[2]! / n[2]], failure);
}

/** A list of q, folded, with its waves: made once and kept for the next parameter set. */
export interface FoldedList {
  /** [nQ, nBranches, 3]: wavevectors of the rotating frame, r.l.u. of the magnetic cell. */
  readonly q: Float64Array;
  readonly folding: Folding;
  /** Of all unique wavevectors, or of one at a time where all would take too much memory. */
  readonly waves: WaveTable;
  readonly streamed: boolean;
}

/** Numbers that a table of waves may hold (256 MB). */
const WAVE_LIMIT = 1 << 25;

/** Lists longer than this are not kept. */
const CACHE_LIMIT = 1 << 17;

/** Remembers the last list of q by content. */
export class WaveCache {
  #q: Float64Array | undefined;
  #list: FoldedList | undefined;

  get(prepared: PreparedModel, q: Float64Array): FoldedList {
    const last = this.#q;
    if (last?.length === q.length && last.every((v, k) => v === q[k])) return this.#list!;
    const list = foldList(prepared, q);
    if (q.length <= CACHE_LIMIT) {
      this.#q = q.slice();
      this.#list = list;
    }
    return list;
  }
}

function foldList(prepared: PreparedModel, q: Float64Array): FoldedList {
  const { model, flatAxes, internals } = prepared;
  const { branches, solver } = internals;
  const nB = branches.length;
  const nQ = q.length / 3;
  const local = new Float64Array(nQ * nB * 3);
  for (let k = 0; k < nQ; k++)
    for (let b = 0; b < nB; b++)
      for (let a = 0; a < 3; a++) {
        const v = q[3 * k + a]! * model.supercell[a]! + branches[b]!.shift[a]!;
        local[(k * nB + b) * 3 + a] = flatAxes[a] ? 0 : v;
      }
  const folding = fold(local, solver.mirrorAxes !== undefined);
  let waves = internals.waveTable(1);
  const numbers = 2 * folding.nUnique * (waves.stride + waves.denseStride);
  const streamed = numbers > WAVE_LIMIT;
  if (!streamed) {
    waves = internals.waveTable(folding.nUnique);
    folding.first.forEach((k, u) => {
      waves.set(u, local[3 * k]!, local[3 * k + 1]!, local[3 * k + 2]!);
    });
  }
  return { q: local, folding, waves, streamed };
}

/** See `PreparedModel.modes`. */
export function computeModes(
  prepared: PreparedModel,
  cache: WaveCache,
  q: Float64Array,
  p: Float64Array,
): SpinWaveModes {
  const nQ = checkWavevectors(q);
  const { model, nModes, internals } = prepared;
  const { solver, branches } = internals;
  const nSites = model.sites.length;
  const nB = branches.length;
  const block = nSites * nSites * 6;
  const extended = extendParameters(prepared, p);
  requireNoTorque(prepared, p);
  const { folding, waves, streamed, q: local } = cache.get(prepared, q);
  const { unique, first, mirrored, nUnique } = folding;
  solver.setParameters(extended);
  const energiesMeV = new Float64Array(nQ * nModes);
  const amplitudes = new Float64Array(nQ * nB * block);
  for (let u = 0; u < nUnique; u++) {
    const k = first[u]!;
    if (streamed) waves.set(0, local[3 * k]!, local[3 * k + 1]!, local[3 * k + 2]!);
    const at = streamed ? 0 : u;
    const failure = solver.solve(waves, at, energiesMeV, k * nSites, amplitudes, k * block);
    requireStableSolve(prepared, local.subarray(3 * k, 3 * k + 3), failure);
  }
  for (let k = 0; k < nQ * nB; k++) {
    const source = first[unique[k]!]!;
    if (source === k) continue;
    energiesMeV.copyWithin(k * nSites, source * nSites, (source + 1) * nSites);
    amplitudes.copyWithin(k * block, source * block, (source + 1) * block);
    if (mirrored[k]) mirror(amplitudes, k * block, nSites, solver.mirrorAxes!);
  }
  if (nB > 1) {
    for (let k = 0; k < nQ * nB; k++) {
      applyBranch(branches[k % nB]!, amplitudes, k * block, nSites * nSites);
    }
    sortBranches(energiesMeV, amplitudes, nQ, nModes, nSites * 6);
  }
  return { nQ, nModes, nSites, energiesMeV, amplitudes };
}

/** Amplitudes at -q from those at q: conj(A) - 2 e2 (e2.conj(A)). */
function mirror(x: Float64Array, at: number, nSites: number, e2: Float64Array): void {
  for (let m = 0; m < nSites; m++)
    for (let j = 0; j < nSites; j++, at += 6) {
      const a = e2[3 * j]!;
      const b = e2[3 * j + 1]!;
      const c = e2[3 * j + 2]!;
      const re = 2 * (a * x[at]! + b * x[at + 2]! + c * x[at + 4]!);
      const im = 2 * (a * x[at + 1]! + b * x[at + 3]! + c * x[at + 5]!);
      x[at] = x[at]! - a * re;
      x[at + 1] = a * im - x[at + 1]!;
      x[at + 2] = x[at + 2]! - b * re;
      x[at + 3] = b * im - x[at + 3]!;
      x[at + 4] = x[at + 4]! - c * re;
      x[at + 5] = c * im - x[at + 5]!;
    }
}

/** Puts the modes of all branches of each q in descending order of energy. */
function sortBranches(
  energies: Float64Array,
  amplitudes: Float64Array,
  nQ: number,
  nModes: number,
  width: number,
): void {
  const e = new Float64Array(nModes);
  const x = new Float64Array(nModes * width);
  for (let k = 0; k < nQ; k++) {
    e.set(energies.subarray(k * nModes, (k + 1) * nModes));
    x.set(amplitudes.subarray(k * nModes * width, (k + 1) * nModes * width));
    const order = Array.from(e.keys()).sort((a, b) => e[b]! - e[a]!);
    order.forEach((m, i) => {
      energies[k * nModes + i] = e[m]!;
      amplitudes.set(x.subarray(m * width, (m + 1) * width), (k * nModes + i) * width);
    });
  }
}

/** Multiplies `count` complex 3-vectors from `at` by the branch's matrix. */
export function applyBranch(branch: FrameBranch, x: Float64Array, at: number, count: number): void {
  const { re, im } = branch;
  for (let v = 0; v < count; v++, at += 6) {
    const x0 = x[at]!;
    const y0 = x[at + 1]!;
    const x1 = x[at + 2]!;
    const y1 = x[at + 3]!;
    const x2 = x[at + 4]!;
    const y2 = x[at + 5]!;
    for (let a = 0; a < 3; a++) {
      const r0 = re[3 * a]!;
      const r1 = re[3 * a + 1]!;
      const r2 = re[3 * a + 2]!;
      const i0 = im[3 * a]!;
      const i1 = im[3 * a + 1]!;
      const i2 = im[3 * a + 2]!;
      x[at + 2 * a] = r0 * x0 - i0 * y0 + r1 * x1 - i1 * y1 + r2 * x2 - i2 * y2;
      x[at + 2 * a + 1] = r0 * y0 + i0 * x0 + r1 * y1 + i1 * x1 + r2 * y2 + i2 * x2;
    }
  }
}
