import { cartesianToRlu, rluToCartesian } from '../../crystal/lattice.js';
import {
  IDENTITY,
  matMul,
  matVec,
  transpose,
  type Mat3,
  type Vec3,
} from '../../crystal/geometry.js';
import type { Twin } from '../../model/types.js';
import { boseLoss } from './bose.js';
import { checkWavevectors } from '../modes.js';
import type { PreparedModel } from '../prepare.js';
import { SiteWeights, type ProbeOptions } from './probe.js';

/** Temperature, twins, and how much of S_ab is returned. */
export interface SpectrumOptions extends ProbeOptions {
  /** Sum over the twins of the model, Q then being in the frame of the laboratory. Default false. */
  readonly twins?: boolean;
  /** Also return the whole tensor S_ab. Default false. */
  readonly tensor?: boolean;
  /** Kelvin; default that of the model. The Bose factor of energy loss is in the intensities. */
  readonly temperatureKelvin?: number;
  /**
   * Modes closer than this share their intensity equally, since only the sum over a degenerate
   * subspace has a meaning. Default 1e-10 of the size of the Hamiltonian.
   */
  readonly subspaceToleranceMeV?: number;
}

/** Energies and intensities of the modes at a list of Q. */
export interface Spectrum {
  readonly nQ: number;
  /** Modes of all twins. */
  readonly nModes: number;
  /** [nQ, nModes], meV; descending within each twin. */
  readonly energiesMeV: Float64Array;
  /**
   * [nQ, nModes], per magnetic cell: sum_ab (delta_ab - q_a q_b) Re S_ab, with Bose factor and twin
   * weight. At Q = 0, where q has no direction, 2/3 of the trace.
   */
  readonly sPerp: Float64Array;
  /** [nQ, nModes, 3, 3, 2] (re, im), Cartesian axes of the laboratory; with `tensor`. */
  readonly sTensor?: Float64Array;
  /** Index of the twin of each mode, [nModes]. */
  readonly twinOfMode: Int32Array;
  /** [nQ, 3], Cartesian, Å^-1. */
  readonly qCartesian: Float64Array;
}

const SINGLE: Twin = { name: 'single', rotation: IDENTITY, weight: 1 };

/** Amplitudes held at a time, in numbers (64 MB). */
const CHUNK = 8e6;

/**
 * Energies and intensities at Q ([nQ, 3], r.l.u. of the chemical lattice) for parameters p.
 * S_ab(Q, mode) = M_a conj(M_b), M(Q) = sum_j F_j(|Q|) (g_j / 2) exp(-i Q.r_j) A_j, times the Bose
 * factor 1 / (1 - exp(-E / kT)). Throws UnstableGroundState as `modes` does.
 */
export function spectrum(
  prepared: PreparedModel,
  p: Float64Array,
  Q: Float64Array,
  options: SpectrumOptions = {},
): Spectrum {
  const nQ = checkWavevectors(Q);
  const { model } = prepared;
  const nSites = model.sites.length;
  const twins = options.twins ? model.twins : [SINGLE];
  const perTwin = prepared.nModes;
  const nModes = perTwin * twins.length;
  const energiesMeV = new Float64Array(nQ * nModes);
  const sPerp = new Float64Array(nQ * nModes);
  const sTensor = options.tensor ? new Float64Array(nQ * nModes * 18) : undefined;
  const qCartesian = new Float64Array(nQ * 3);
  const weights = new SiteWeights(prepared, options);
  const temperature = options.temperatureKelvin ?? model.temperatureKelvin;
  const chunk = Math.max(1, Math.floor(CHUNK / (perTwin * nSites * 6)));
  const M = new Float64Array(6);
  const S = new Float64Array(perTwin * 18);
  twins.forEach((twin, t) => {
    const back = transpose(twin.rotation);
    const moved = !isIdentity(twin.rotation);
    for (let from = 0; from < nQ; from += chunk) {
      const count = Math.min(chunk, nQ - from);
      const local = new Float64Array(3 * count);
      const cartesian = new Float64Array(3 * count);
      for (let k = 0; k < count; k++) {
        const at = 3 * (from + k);
        const lab = rluToCartesian(model.chemicalLattice, [Q[at]!, Q[at + 1]!, Q[at + 2]!]);
        qCartesian.set(lab, at);
        const own = moved ? matVec(twin.rotation, lab) : lab;
        cartesian.set(own, 3 * k);
        if (moved) local.set(cartesianToRlu(model.chemicalLattice, own), 3 * k);
        else local.set(Q.subarray(at, at + 3), 3 * k);
      }
      const modes = prepared.modes(local, p);
      const tolerance = options.subspaceToleranceMeV ?? 1e-10 * prepared.internals.solver.scaleMeV;
      for (let k = 0; k < count; k++) {
        const q = cartesian.subarray(3 * k, 3 * k + 3) as unknown as Vec3;
        weights.set(q[0], q[1], q[2]);
        for (let m = 0; m < perTwin; m++) {
          weights.amplitude(modes.amplitudes, (k * perTwin + m) * nSites * 6, M);
          outer(M, S, 18 * m);
        }
        const energies = modes.energiesMeV.subarray(k * perTwin, (k + 1) * perTwin);
        shareDegenerate(energies, S, tolerance);
        const at = (from + k) * nModes + t * perTwin;
        energiesMeV.set(energies, at);
        for (let m = 0; m < perTwin; m++) {
          const factor = twin.weight * boseLoss(energies[m]!, temperature);
          sPerp[at + m] = factor * perpendicular(S, 18 * m, q);
          if (sTensor) {
            const out = sTensor.subarray((at + m) * 18, (at + m + 1) * 18);
            for (let i = 0; i < 18; i++) out[i] = factor * S[18 * m + i]!;
            if (moved) turnTensor(out, back);
          }
        }
      }
    }
  });
  const twinOfMode = Int32Array.from({ length: nModes }, (_, m) => Math.floor(m / perTwin));
  return {
    nQ,
    nModes,
    energiesMeV,
    sPerp,
    ...(sTensor ? { sTensor } : {}),
    twinOfMode,
    qCartesian,
  };
}

/** M_a conj(M_b), [3, 3, 2] from `at`. */
export function outer(M: Float64Array, S: Float64Array, at: number): void {
  for (let a = 0; a < 3; a++)
    for (let b = 0; b < 3; b++) {
      S[at++] = M[2 * a]! * M[2 * b]! + M[2 * a + 1]! * M[2 * b + 1]!;
      S[at++] = M[2 * a + 1]! * M[2 * b]! - M[2 * a]! * M[2 * b + 1]!;
    }
}

/** Replaces the tensors of modes closer than the tolerance (a chain counts as one) by their mean. */
function shareDegenerate(energies: Float64Array, S: Float64Array, tolerance: number): void {
  const n = energies.length;
  for (let from = 0; from < n;) {
    let to = from + 1;
    while (to < n && Math.abs(energies[to - 1]! - energies[to]!) <= tolerance) to++;
    if (to > from + 1) {
      for (let i = 0; i < 18; i++) {
        let sum = 0;
        for (let m = from; m < to; m++) sum += S[18 * m + i]!;
        for (let m = from; m < to; m++) S[18 * m + i] = sum / (to - from);
      }
    }
    from = to;
  }
}

/** sum_ab (delta_ab - q_a q_b) Re S_ab; 2/3 of the trace where Q = 0. */
export function perpendicular(S: Float64Array, at: number, q: Vec3): number {
  const trace = S[at]! + S[at + 8]! + S[at + 16]!;
  const q2 = q[0] * q[0] + q[1] * q[1] + q[2] * q[2];
  if (q2 < 1e-20) return (2 / 3) * trace;
  let along = 0;
  for (let a = 0; a < 3; a++)
    for (let b = 0; b < 3; b++) along += q[a]! * q[b]! * S[at + 6 * a + 2 * b]!;
  return trace - along / q2;
}

/** R S R^T of a complex tensor in place. */
function turnTensor(S: Float64Array, r: Mat3): void {
  for (let part = 0; part < 2; part++) {
    const s = Array.from({ length: 9 }, (_, i) => S[2 * i + part]!) as unknown as Mat3;
    const turned = matMul(matMul(r, s), transpose(r));
    for (let i = 0; i < 9; i++) S[2 * i + part] = turned[i]!;
  }
}

function isIdentity(m: Mat3): boolean {
  return m.every((v, i) => v === IDENTITY[i]);
}
