import { dot } from '../../crystal/geometry.js';
import { boseOccupation } from './bose.js';
import { extendParameters, requireStableSolve } from '../modes.js';
import type { PreparedModel } from '../prepare.js';

/** The grid of the mean, and the temperature. */
export interface ZeroPointOptions {
  /** Points per axis of the magnetic zone (1 along flat axes). Default 200, 64 or 24 in 1, 2, 3 D. */
  readonly grid?: number;
  /** Kelvin; thermal bosons reduce the moments further. Default 0. */
  readonly temperatureKelvin?: number;
}

/** What quantum fluctuations do to the classical state, to first order in 1/S. */
export interface ZeroPoint {
  /** (1/2) mean over the zone of [sum of omega - tr A], meV per magnetic cell. */
  readonly energyMeV: number;
  /** <a^dagger a> of each site: the ordered spin is S minus this. [nSites] */
  readonly momentReduction: Float64Array;
  /** Wavevectors of the mean. */
  readonly points: number;
}

/**
 * Quantum zero-point energy and reduction of the ordered moments, to first order in 1/S. Means over
 * a grid of midpoints, which keeps off Goldstone points; their integrable singularity still makes
 * convergence slow (as 1 / grid) in two dimensions.
 * @param p `[nParameters]`, as in `model.parameters`
 * @throws UnstableGroundState
 */
export function zeroPoint(
  prepared: PreparedModel,
  p: Float64Array,
  options: ZeroPointOptions = {},
): ZeroPoint {
  const { solver, expansion, waveTable } = prepared.internals;
  const extended = extendParameters(prepared, p);
  solver.setParameters(extended);
  const n = solver.nSites;
  const dimensions = prepared.flatAxes.filter((f) => !f).length;
  const grid = options.grid ?? [1, 200, 64, 24][dimensions]!;
  const counts = prepared.flatAxes.map((f) => (f ? 1 : grid));
  const temperature = options.temperatureKelvin ?? 0;
  const waves = waveTable(1);
  const energies = new Float64Array(n);
  const amplitudes = new Float64Array(n * n * 6);
  const momentReduction = new Float64Array(n);
  let sum = 0;
  let points = 0;
  for (let x = 0; x < counts[0]!; x++)
    for (let y = 0; y < counts[1]!; y++)
      for (let z = 0; z < counts[2]!; z++) {
        const q = [x, y, z].map((v, a) => (counts[a] === 1 ? 0 : (v + 0.5) / counts[a]!));
        waves.set(0, q[0]!, q[1]!, q[2]!);
        requireStableSolve(prepared, q, solver.solve(waves, 0, energies, 0, amplitudes, 0));
        points++;
        for (let m = 0; m < n; m++) {
          const e = energies[m]!;
          sum += e;
          const thermal = boseOccupation(e, temperature);
          for (let j = 0; j < n; j++) {
            const { e1, e2 } = expansion.frames[j]!;
            const at = (m * n + j) * 6;
            const re = [amplitudes[at]!, amplitudes[at + 2]!, amplitudes[at + 4]!] as const;
            const im = [amplitudes[at + 1]!, amplitudes[at + 3]!, amplitudes[at + 5]!] as const;
            // A.conj(u) / (2 sqrt(S/2)) is the a^dagger part V, A.u / (2 sqrt(S/2)) the a part U.
            const a = dot(re, e1);
            const b = dot(im, e1);
            const c = dot(re, e2);
            const d = dot(im, e2);
            const norm = 1 / (2 * expansion.spins[j]!);
            const v = norm * ((a + d) ** 2 + (b - c) ** 2);
            const u = norm * ((a - d) ** 2 + (b + c) ** 2);
            momentReduction[j] = momentReduction[j]! + v + thermal * (u + v);
          }
        }
      }
  let trace = 0;
  for (const t of expansion.form.terms) {
    if (!t.anomalous && t.i === t.j && t.dx === 0 && t.dy === 0 && t.dz === 0) {
      trace += extended[t.parameter]! * t.re;
    }
  }
  for (let j = 0; j < n; j++) momentReduction[j] = momentReduction[j]! / points;
  return { energyMeV: 0.5 * (sum / points - trace), momentReduction, points };
}
