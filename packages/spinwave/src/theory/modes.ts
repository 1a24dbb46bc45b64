import { SpinWaveError } from '../errors.js';
import { UnstableGroundState } from './errors.js';
import type { PreparedModel } from './prepare.js';
import type { FrameBranch } from './rotatingFrame.js';
import { requireNoTorque } from './stability.js';

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
  readonly energiesMeV: Float64Array;
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

/** exp(2 pi i q.d) of every displacement; q [3] in r.l.u. of the magnetic cell. */
export function phases(
  q: ArrayLike<number>,
  displacements: Float64Array,
  cos: Float64Array,
  sin: Float64Array,
  at = 0,
): void {
  const n = displacements.length / 3;
  for (let k = 0; k < n; k++) {
    let x = 0;
    for (let a = 0; a < 3; a++) x += q[a]! * displacements[3 * k + a]!;
    x = 2 * Math.PI * (x - Math.round(x));
    cos[at + k] = Math.cos(x);
    sin[at + k] = Math.sin(x);
  }
}

export function unstableAt(
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

export function computeModes(prepared: PreparedModel, q: Float64Array, p: Float64Array) {
  const nQ = checkWavevectors(q);
  const { model, nModes, internals } = prepared;
  const { solver, displacements, branches } = internals;
  const nSites = model.sites.length;
  const block = nSites * 6;
  solver.setParameters(extendParameters(prepared, p));
  requireNoTorque(prepared, p);
  const energiesMeV = new Float64Array(nQ * nModes);
  const amplitudes = new Float64Array(nQ * nModes * block);
  const nD = displacements.length / 3;
  const cos = new Float64Array(nD);
  const sin = new Float64Array(nD);
  const local = [0, 0, 0];
  const plain = branches.length === 1;
  const scratchE = new Float64Array(nModes);
  const scratchA = new Float64Array(plain ? 0 : nModes * block);
  for (let iq = 0; iq < nQ; iq++) {
    branches.forEach((branch, b) => {
      for (let a = 0; a < 3; a++) {
        local[a] = prepared.flatAxes[a]
          ? 0
          : q[3 * iq + a]! * model.supercell[a]! + branch.shift[a]!;
      }
      phases(local, displacements, cos, sin);
      const failure = plain
        ? solver.solve(cos, sin, 0, energiesMeV, iq * nModes, amplitudes, iq * nModes * block)
        : solver.solve(cos, sin, 0, scratchE, b * nSites, scratchA, b * nSites * block);
      if (failure !== 0) {
        throw unstableAt(
          prepared,
          local.map((v, a) => v / model.supercell[a]!) as unknown as [number, number, number],
          failure,
        );
      }
      if (!plain) applyBranch(branch, scratchA, b * nSites * block, nSites * nSites);
    });
    if (!plain) {
      const order = Array.from(scratchE.keys()).sort((x, y) => scratchE[y]! - scratchE[x]!);
      order.forEach((m, k) => {
        energiesMeV[iq * nModes + k] = scratchE[m]!;
        amplitudes.set(scratchA.subarray(m * block, (m + 1) * block), (iq * nModes + k) * block);
      });
    }
  }
  return { nQ, nModes, nSites, energiesMeV, amplitudes };
}

/** Multiplies `count` complex 3-vectors from `at` by the branch's matrix. */
function applyBranch(branch: FrameBranch, x: Float64Array, at: number, count: number): void {
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
