import { spectrumDerivatives, type DerivativeOptions } from './derivatives.js';
import type { EnergyKernel } from '../intensities/kernels.js';
import type { PreparedModel } from '../prepare.js';

/** A broadened spectrum and its derivatives; those are per unit of the parameter. */
export interface IntensityGradient {
  /** S_perp(Q, E), [nQ, nE], 1/meV per magnetic cell. */
  readonly intensity: Float64Array;
  /** d S_perp(Q, E) / dp, [nQ, nE, nParameters]. */
  readonly gradient: Float64Array;
}

/**
 * The broadened spectrum and its derivative by every named parameter, analytic and safe where modes
 * are degenerate. Energy gain is included for a temperature above 0 K, as in `intensityMap`.
 * @param p `[nParameters]`, as in `model.parameters`
 * @param Q `[nQ, 3]`, r.l.u. of the chemical lattice
 * @param energiesMeV `[nE]`, transfers
 * @throws UnstableGroundState
 */
export function intensityGradient(
  prepared: PreparedModel,
  p: Float64Array,
  Q: Float64Array,
  energiesMeV: Float64Array,
  kernel: EnergyKernel,
  options: Omit<DerivativeOptions, 'side'> = {},
): IntensityGradient {
  const nE = energiesMeV.length;
  const nQ = Q.length / 3;
  const nP = prepared.model.parameters.length;
  const intensity = new Float64Array(nQ * nE);
  const gradient = new Float64Array(nQ * nE * nP);
  const add = (q: Float64Array, side: 'loss' | 'gain') => {
    const sign = side === 'loss' ? 1 : -1;
    const d = spectrumDerivatives(prepared, p, q, { ...options, side });
    for (let k = 0; k < nQ; k++)
      for (let m = 0; m < d.nModes; m++) {
        const mode = k * d.nModes + m;
        const e = sign * d.energiesMeV[mode]!;
        const reach = kernel.reachMeV(e);
        for (let i = 0; i < nE; i++) {
          const x = energiesMeV[i]! - e;
          if (Math.abs(x) > reach) continue;
          const density = kernel.density(x, e);
          const slope = sign * kernel.energySlope(x, e);
          const at = k * nE + i;
          intensity[at] = intensity[at]! + d.sPerp[mode]! * density;
          for (let j = 0; j < nP; j++) {
            const g = at * nP + j;
            gradient[g] =
              gradient[g]! + d.dSPerp[mode * nP + j]! * density + d.shift[mode * nP + j]! * slope;
          }
        }
      }
  };
  add(Q, 'loss');
  const temperature = options.temperatureKelvin ?? prepared.model.temperatureKelvin;
  if (temperature > 0 && energiesMeV.some((e) => e < kernel.reachMeV(0))) {
    add(
      Q.map((v) => -v),
      'gain',
    );
  }
  return { intensity, gradient };
}

/** What a measurement counts, and how the spectrum is computed. */
export interface FisherOptions extends Omit<DerivativeOptions, 'side'> {
  /** Counts a bin collects per unit of S_perp(Q, E). */
  readonly countsPerUnit: number;
  /** Counts of background in each bin. Default 0. */
  readonly background?: number;
}

/**
 * Fisher information [nParameters, nParameters] of a spectrum counted with Poisson noise:
 * sum over bins of (d mu/dp_k)(d mu/dp_l) / mu, mu = countsPerUnit S_perp + background. Its inverse
 * bounds the covariance of any unbiased estimate of the parameters (Cramer-Rao).
 */
export function fisherInformation(
  prepared: PreparedModel,
  p: Float64Array,
  Q: Float64Array,
  energiesMeV: Float64Array,
  kernel: EnergyKernel,
  options: FisherOptions,
): Float64Array {
  const { intensity, gradient } = intensityGradient(prepared, p, Q, energiesMeV, kernel, options);
  const nP = prepared.model.parameters.length;
  const c = options.countsPerUnit;
  const out = new Float64Array(nP * nP);
  intensity.forEach((s, bin) => {
    const mu = c * s + (options.background ?? 0);
    if (!(mu > 0)) return;
    for (let k = 0; k < nP; k++)
      for (let l = 0; l < nP; l++) {
        const product = gradient[bin * nP + k]! * gradient[bin * nP + l]!;
        out[k * nP + l] = out[k * nP + l]! + (c * c * product) / mu;
      }
  });
  return out;
}
