import { rluToCartesian } from '../../crystal/lattice.js';
import type { Vec3 } from '../../crystal/geometry.js';
import { HermitianEigen } from '../../linalg/hermitianEigen.js';
import { boseLoss, boseOccupation } from '../intensities/bose.js';
import { DerivativeSolver } from './derivativeSolver.js';
import { siteAxes } from '../diagonalisation/generalSolver.js';
import { applyBranch, checkWavevectors, extendParameters, requireStableSolve } from '../modes.js';
import type { PreparedModel } from '../prepare.js';
import { SiteWeights, type ProbeOptions } from '../intensities/probe.js';
import { requireNoTorque } from '../stability.js';
import { BOLTZMANN_MEV_PER_K } from '../units.js';

/** What is differentiated, and what counts as degenerate. */
export interface DerivativeOptions extends ProbeOptions {
  /** Kelvin; default that of the model. */
  readonly temperatureKelvin?: number;
  /** Modes closer than this are one degenerate subspace. Default 1e-8 of the Hamiltonian's size. */
  readonly subspaceToleranceMeV?: number;
  /** Thermal factor n + 1 (energy loss, default) or n (gain). */
  readonly side?: 'loss' | 'gain';
}

/**
 * Derivatives by every named parameter, spin directions held fixed. Arrays [nQ, nModes] and
 * [nQ, nModes, nParameters], modes as in `spectrum` (descending, one twin).
 */
export interface SpectrumDerivatives {
  readonly nQ: number;
  readonly nModes: number;
  readonly nParameters: number;
  /** omega, [nQ, nModes]. */
  readonly energiesMeV: Float64Array;
  /** S_perp, [nQ, nModes], per magnetic cell. */
  readonly sPerp: Float64Array;
  /**
   * d omega / dp. In a degenerate subspace: the slopes of the modes it splits into when the parameter
   * grows, in descending order.
   */
  readonly dEnergies: Float64Array;
  /** d S_perp / dp; in a degenerate subspace the mean, since only the sum over it has a meaning. */
  readonly dSPerp: Float64Array;
  /**
   * S_perp d omega / dp, in a degenerate subspace the mean of its S-weighted slopes: what a line shape
   * needs, d I(E) / dp = sum over modes of dSPerp K(E - omega) + shift dK(E - omega)/d omega.
   */
  readonly shift: Float64Array;
}

/** Energies, S_perp and their derivatives at Q ([nQ, 3], r.l.u. of the chemical lattice). */
export function spectrumDerivatives(
  prepared: PreparedModel,
  p: Float64Array,
  Q: Float64Array,
  options: DerivativeOptions = {},
): SpectrumDerivatives {
  const nQ = checkWavevectors(Q);
  const { model, internals, nModes } = prepared;
  const { branches, expansion } = internals;
  const nP = model.parameters.length;
  const solver = new DerivativeSolver(internals, nP);
  solver.setParameters(extendParameters(prepared, p));
  requireNoTorque(prepared, p);
  const n = solver.nSites;
  const waves = solver.waveTable();
  const weights = new SiteWeights(prepared, options);
  const axes = siteAxes(expansion.frames, expansion.spins);
  const tolerance = options.subspaceToleranceMeV ?? 1e-8 * solver.scaleMeV;
  const temperature = options.temperatureKelvin ?? model.temperatureKelvin;
  const thermal = thermalFactor(temperature, options.side ?? 'loss');
  const out = {
    nQ,
    nModes,
    nParameters: nP,
    energiesMeV: new Float64Array(nQ * nModes),
    sPerp: new Float64Array(nQ * nModes),
    dEnergies: new Float64Array(nQ * nModes * nP),
    dSPerp: new Float64Array(nQ * nModes * nP),
    shift: new Float64Array(nQ * nModes * nP),
  };
  const M = new Float64Array(2 * n * 6);
  const A = new Float64Array(n * 6);
  const one = new Float64Array(6);
  for (let k = 0; k < nQ; k++) {
    const hkl: Vec3 = [Q[3 * k]!, Q[3 * k + 1]!, Q[3 * k + 2]!];
    const q = rluToCartesian(model.chemicalLattice, hkl);
    weights.set(q[0], q[1], q[2]);
    const project = transverse(q);
    branches.forEach((branch, b) => {
      const local = [0, 1, 2].map((a) => hkl[a]! * model.supercell[a]! + branch.shift[a]!);
      waves.set(0, local[0]!, local[1]!, local[2]!);
      requireStableSolve(prepared, local, solver.solve(waves));
      for (let m = 0; m < 2 * n; m++) {
        siteAmplitudes(solver, m, axes, A);
        if (branches.length > 1) applyBranch(branch, A, 0, n);
        weights.amplitude(A, 0, one);
        M.set(one, 6 * m);
      }
      const base = k * nModes + b * n;
      for (let from = 0; from < n;) {
        let to = from + 1;
        while (to < n && solver.lambda[to - 1]! - solver.lambda[to]! <= tolerance) to++;
        subspace(solver, M, project, from, to, thermal, base, out);
        from = to;
      }
    });
    if (branches.length > 1) sortModes(out, k);
  }
  return out;
}

/** A_j of column m of T: sqrt(S/2) (e1 (U + V) - i e2 (U - V)). */
function siteAmplitudes(
  solver: DerivativeSolver,
  m: number,
  axes: Float64Array,
  out: Float64Array,
): void {
  const n = solver.nSites;
  const { tRe, tIm } = solver;
  const row = m * 2 * n;
  for (let j = 0; j < n; j++) {
    const ar = tRe[row + j]! + tRe[row + n + j]!;
    const ai = tIm[row + j]! + tIm[row + n + j]!;
    const br = tIm[row + j]! - tIm[row + n + j]!;
    const bi = tRe[row + n + j]! - tRe[row + j]!;
    for (let a = 0; a < 3; a++) {
      const e1 = axes[6 * j + a]!;
      const e2 = axes[6 * j + 3 + a]!;
      out[6 * j + 2 * a] = e1 * ar + e2 * br;
      out[6 * j + 2 * a + 1] = e1 * ai + e2 * bi;
    }
  }
}

interface Thermal {
  readonly factor: (e: number) => number;
  readonly slope: (e: number) => number;
}

function thermalFactor(temperature: number, side: 'loss' | 'gain'): Thermal {
  const slope = (e: number) => {
    if (temperature <= 0) return 0;
    const n = boseOccupation(e, temperature);
    return (-n * (n + 1)) / (BOLTZMANN_MEV_PER_K * temperature);
  };
  const factor = side === 'loss' ? boseLoss : boseOccupation;
  return { factor: (e) => factor(e, temperature), slope };
}

/** P_ab = delta_ab - q_a q_b, or 2/3 delta_ab at Q = 0. */
function transverse(q: Vec3): Float64Array {
  const q2 = q[0] * q[0] + q[1] * q[1] + q[2] * q[2];
  const P = new Float64Array(9);
  for (let a = 0; a < 3; a++)
    for (let b = 0; b < 3; b++) {
      const delta = a === b ? 1 : 0;
      P[3 * a + b] = q2 < 1e-20 ? (2 / 3) * delta : delta - (q[a]! * q[b]!) / q2;
    }
  return P;
}

/** sum_ab P_ab M_a conj(N_b) for M, N at places m, n. */
function overlap(
  P: Float64Array,
  M: Float64Array,
  m: number,
  n: number,
): readonly [number, number] {
  let re = 0;
  let im = 0;
  for (let a = 0; a < 3; a++)
    for (let b = 0; b < 3; b++) {
      const w = P[3 * a + b]!;
      const ar = M[6 * m + 2 * a]!;
      const ai = M[6 * m + 2 * a + 1]!;
      const br = M[6 * n + 2 * b]!;
      const bi = M[6 * n + 2 * b + 1]!;
      re += w * (ar * br + ai * bi);
      im += w * (ai * br - ar * bi);
    }
  return [re, im];
}

/** Modes [from, to) as one subspace: sums, spread evenly over its modes. */
function subspace(
  solver: DerivativeSolver,
  M: Float64Array,
  P: Float64Array,
  from: number,
  to: number,
  thermal: Thermal,
  base: number,
  out: SpectrumDerivatives,
): void {
  const n = solver.nSites;
  const size = 2 * n;
  const { lambda, gRe, gIm, nParameters: nP } = solver;
  const count = to - from;
  const e = lambda[from]!;
  const factor = thermal.factor(e);
  const slope = thermal.slope(e);
  let sum = 0;
  for (let m = from; m < to; m++) sum += overlap(P, M, m, m)[0];
  for (let m = from; m < to; m++) {
    out.energiesMeV[base + m] = lambda[m]!;
    out.sPerp[base + m] = (factor * sum) / count;
  }
  for (let k = 0; k < nP; k++) {
    const G = (l: number, m: number) => (k * size + l) * n + m;
    let dS = 0;
    let shift = 0;
    for (let m = from; m < to; m++) {
      for (let l = 0; l < size; l++) {
        const inside = l >= from && l < to;
        // <M_l M_m>: sum_ab P_ab M_l,a conj(M_m,b)
        const [re, im] = overlap(P, M, l, m);
        const g = G(l, m);
        const product = re * gRe[g]! - im * gIm[g]!;
        if (inside) shift += product;
        else dS += (2 * (l < n ? 1 : -1) * product) / (lambda[m]! - lambda[l]!);
      }
    }
    const slopes = splitting(solver, k, from, to);
    for (let m = from; m < to; m++) {
      const at = (base + m) * nP + k;
      out.dEnergies[at] = slopes[m - from]!;
      out.dSPerp[at] = (factor * dS + slope * shift) / count;
      out.shift[at] = (factor * shift) / count;
    }
  }
}

/** Eigenvalues of G_k within the subspace, descending. */
function splitting(solver: DerivativeSolver, k: number, from: number, to: number): number[] {
  const n = solver.nSites;
  const count = to - from;
  const at = (l: number, m: number) => (k * 2 * n + l) * n + m;
  if (count === 1) return [solver.gRe[at(from, from)]!];
  const eigen = new HermitianEigen(count);
  const re = new Float64Array(count * count);
  const im = new Float64Array(count * count);
  for (let l = 0; l < count; l++)
    for (let m = 0; m < count; m++) {
      re[l * count + m] = solver.gRe[at(from + l, from + m)]!;
      im[l * count + m] = solver.gIm[at(from + l, from + m)]!;
    }
  eigen.solve(re, im, count);
  return [...eigen.values].reverse();
}

/** Descending order over the branches of one q. */
function sortModes(d: SpectrumDerivatives, k: number): void {
  const { nModes, nParameters: nP } = d;
  const at = k * nModes;
  const e = d.energiesMeV.slice(at, at + nModes);
  const order = Array.from(e.keys()).sort((a, b) => e[b]! - e[a]!);
  for (const [x, width] of [
    [d.energiesMeV, 1],
    [d.sPerp, 1],
    [d.dEnergies, nP],
    [d.dSPerp, nP],
    [d.shift, nP],
  ] as const) {
    const copy = x.slice(at * width, (at + nModes) * width);
    order.forEach((m, i) => x.set(copy.subarray(m * width, (m + 1) * width), (at + i) * width));
  }
}
