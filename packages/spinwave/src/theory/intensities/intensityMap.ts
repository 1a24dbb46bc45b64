import { cartesianToRlu } from '../../crystal/lattice.js';
import { BOLTZMANN_MEV_PER_K } from '../units.js';
import type { EnergyKernel } from './kernels.js';
import type { PreparedModel } from '../prepare.js';
import { spectrum, type Spectrum, type SpectrumOptions } from './spectrum.js';

/**
 * S_perp(Q, E) on a grid of energies, [nQ, nE], 1/meV per magnetic cell. For energies below zero and
 * a temperature above, energy gain is added by detailed balance: S(Q, -E) = exp(-E/kT) S(-Q, E).
 */
export function intensityMap(
  prepared: PreparedModel,
  p: Float64Array,
  Q: Float64Array,
  energiesMeV: Float64Array,
  kernel: EnergyKernel,
  options: SpectrumOptions = {},
): Float64Array {
  const nE = energiesMeV.length;
  const loss = spectrum(prepared, p, Q, options);
  const out = new Float64Array(loss.nQ * nE);
  addLines(out, loss, energiesMeV, kernel, 1, () => 1);
  const temperature = options.temperatureKelvin ?? prepared.model.temperatureKelvin;
  const reach = energiesMeV.some((e) => e < kernel.reachMeV(0));
  if (temperature > 0 && reach) {
    const gain = spectrum(
      prepared,
      p,
      Q.map((v) => -v),
      options,
    );
    const kT = BOLTZMANN_MEV_PER_K * temperature;
    addLines(out, gain, energiesMeV, kernel, -1, (e) => Math.exp(-e / kT));
  }
  return out;
}

function addLines(
  out: Float64Array,
  lines: Spectrum,
  energies: Float64Array,
  kernel: EnergyKernel,
  sign: 1 | -1,
  weight: (energyMeV: number) => number,
): void {
  const nE = energies.length;
  for (let k = 0; k < lines.nQ; k++)
    for (let m = 0; m < lines.nModes; m++) {
      const e = lines.energiesMeV[k * lines.nModes + m]!;
      const s = lines.sPerp[k * lines.nModes + m]! * weight(e);
      if (s === 0) continue;
      const reach = kernel.reachMeV(sign * e);
      for (let i = 0; i < nE; i++) {
        const x = energies[i]! - sign * e;
        if (Math.abs(x) <= reach) {
          out[k * nE + i] = out[k * nE + i]! + s * kernel.density(x, sign * e);
        }
      }
    }
}

/** How the average over orientations is taken. */
export interface PowderOptions extends SpectrumOptions {
  /** Directions on the sphere for each |Q|. Default 200. */
  readonly directions?: number;
}

/**
 * Powder average of S_perp(|Q|, E), [nRadii, nE], 1/meV per magnetic cell: mean over directions of a
 * Fibonacci lattice on the sphere, turned by the golden angle from radius to radius.
 */
export function powderMap(
  prepared: PreparedModel,
  p: Float64Array,
  radiiAngstromInv: Float64Array,
  energiesMeV: Float64Array,
  kernel: EnergyKernel,
  options: PowderOptions = {},
): Float64Array {
  const n = options.directions ?? 200;
  const nE = energiesMeV.length;
  const out = new Float64Array(radiiAngstromInv.length * nE);
  radiiAngstromInv.forEach((radius, r) => {
    const Q = new Float64Array(3 * n);
    sphereDirections(n, r * GOLDEN_ANGLE).forEach((u, k) => {
      const q = u.map((v) => v * radius) as [number, number, number];
      Q.set(cartesianToRlu(prepared.model.chemicalLattice, q), 3 * k);
    });
    const map = intensityMap(prepared, p, Q, energiesMeV, kernel, options);
    for (let k = 0; k < n; k++)
      for (let i = 0; i < nE; i++) out[r * nE + i] = out[r * nE + i]! + map[k * nE + i]! / n;
  });
  return out;
}

const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/** n nearly even directions on the unit sphere (Fibonacci lattice), turned by `turn` about z. */
export function sphereDirections(n: number, turn = 0): [number, number, number][] {
  return Array.from({ length: n }, (_, i) => {
    const z = 1 - (2 * i + 1) / n;
    const r = Math.sqrt(1 - z * z);
    const angle = GOLDEN_ANGLE * i + turn;
    return [r * Math.cos(angle), r * Math.sin(angle), z];
  });
}
