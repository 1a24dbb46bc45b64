import {
  deviateMatrix,
  drawVariables,
  fwhmPerSigma,
  momentumTransfer,
  sampledVariables,
  type Instrument,
} from '@spectraloom/instrument';
import { cartesianToRlu, spectrum, type PreparedModel } from '@spectraloom/spinwave';
import { imageFrame, momentumOf } from './geometry/frame.js';
import { dot, type Vector } from './geometry/linear.js';
import { spectrometersOf } from './imager.js';
import type { Random } from './random/xoshiro.js';
import { normalCumulative, normalDensity } from './convolution/normal.js';
import { covarianceAt, scatteringAt } from './resolution/covarianceTable.js';
import { imageLayout } from './spec/layout.js';
import type { ImageSpec } from './spec/schema.js';

/** A pixel by its block, slice and bins (h and k ascending). */
export interface PixelAddress {
  readonly block: number;
  readonly slice: number;
  readonly i: number;
  readonly j: number;
}

/**
 * A pixel by plain Monte Carlo, as the reference of the fast imager: nominal points uniform in the
 * pixel's (h, k, E) bin; at each the covariance of exactly that point; deviations of (h, k) drawn
 * from it; the spin waves of exactly the true (h, k); each mode weighted by the conditional density
 * of the true energy (with the intrinsic width), at the conditional mean of the momentum along the
 * beam. No grid, no interpolation, no merging.
 */
export function bruteForcePixel(
  prepared: PreparedModel,
  instrument: Instrument,
  spec: ImageSpec,
  p: Float64Array,
  pixel: PixelAddress,
  samples: number,
  random: Random,
): { mean: number; standardError: number } {
  const layout = imageLayout(spec);
  const lattice = prepared.model.chemicalLattice;
  const frame = imageFrame(spec, lattice);
  const machine = spectrometersOf(instrument, spec, frame)[pixel.block]!;
  const tile = layout.tiles.find((t) => t.block === pixel.block && t.slice === pixel.slice)!;
  const intrinsic = (spec.intrinsicFwhmMeV / fwhmPerSigma) ** 2;
  const twins = prepared.model.twins.length;
  const nominal: {
    h: number;
    k: number;
    e: number;
    t: number;
    c: Float64Array;
    dh: number;
    dk: number;
  }[] = [];
  const q = new Float64Array(3 * samples);
  for (let n = 0; n < samples; n++) {
    const h = layout.h.low + (pixel.i + random.uniform()) * layout.h.width;
    const k = layout.k.low + (pixel.j + random.uniform()) * layout.k.width;
    const e = tile.energyMeV[0] + random.uniform() * (tile.energyMeV[1] - tile.energyMeV[0]);
    const c =
      spec.resolution === 'none' ? new Float64Array(10) : covarianceAt(machine, frame, h, k, e);
    const dh = Math.sqrt(c[0]!) * random.normal();
    const slope = c[0]! > 0 ? c[1]! / c[0]! : 0;
    const dk = slope * dh + Math.sqrt(Math.max(0, c[2]! - slope * c[1]!)) * random.normal();
    const here = momentumOf(frame, machine.eiMeV, h, k, e);
    const inPlane: Vector = [0, 1, 2].map(
      (x) => h * frame.a[x]! + k * frame.b[x]!,
    ) as unknown as Vector;
    const t = here
      ? dot([here[0] - inPlane[0], here[1] - inPlane[1], here[2] - inPlane[2]], frame.c)
      : Number.NaN;
    nominal.push({ h, k, e, t, c, dh, dk });
    q.set(rlu(h + dh, k + dk, here ? t : 0), 3 * n);
  }
  function rlu(h: number, k: number, t: number): Float64Array {
    const cartesian: Vector = [0, 1, 2].map(
      (x) => h * frame.a[x]! + k * frame.b[x]! + t * frame.c[x]!,
    ) as unknown as Vector;
    return Float64Array.from(cartesianToRlu(lattice, cartesian));
  }
  const options = {
    twins: true,
    formFactor: spec.formFactor ? ('j0' as const) : ('none' as const),
    temperatureKelvin: spec.temperatureKelvin,
  };
  const first = spectrum(prepared, p, q, options);
  const total = prepared.nModes * twins;
  // Modes that the energy weight sees, each at its own momentum along the beam.
  const entries: { sample: number; mode: number; weight: number }[] = [];
  const points: number[] = [];
  nominal.forEach(({ e, t, c, dh, dk, h, k }, sample) => {
    if (Number.isNaN(t)) return;
    const determinant = c[0]! * c[2]! - c[1]! * c[1]!;
    const solve = (ch: number, ck: number): [number, number] =>
      determinant > 0
        ? [(ch * c[2]! - ck * c[1]!) / determinant, (ck * c[0]! - ch * c[1]!) / determinant]
        : [0, 0];
    const [eh, ek] = solve(c[3]!, c[4]!);
    const [th, tk] = solve(c[6]!, c[7]!);
    const ve = c[5]! - eh * c[3]! - ek * c[4]!;
    const vte = c[9]! - th * c[3]! - tk * c[4]!;
    const variance = ve + intrinsic;
    const center = e + eh * dh + ek * dk;
    for (let mode = 0; mode < total; mode++) {
      const x = first.energiesMeV[sample * total + mode]! - center;
      if (x * x > 30 * variance) continue;
      const weight = Math.exp((-0.5 * x * x) / variance) / Math.sqrt(2 * Math.PI * variance);
      entries.push({ sample, mode, weight });
      const dt = th * dh + tk * dk + (ve > 0 ? (vte / ve) * x : 0);
      points.push(...rlu(h + dh, k + dk, t + dt));
    }
  });
  const value = new Float64Array(samples);
  if (entries.length > 0) {
    const second = spectrum(prepared, p, Float64Array.from(points), options);
    entries.forEach(({ sample, mode, weight }, n) => {
      value[sample] = value[sample]! + weight * second.sPerp[n * total + mode]!;
    });
  }
  return estimate(value, spec.scale);
}

/** Mean of the samples and its standard error, times the scale of the image. */
function estimate(value: Float64Array, scale: number) {
  const n = value.length;
  const mean = value.reduce((s, v) => s + v, 0) / n;
  const squares = value.reduce((s, v) => s + v * v, 0) / n;
  const standardError = Math.sqrt(Math.max((squares - mean * mean) / (n - 1), 0));
  return { mean: scale * mean, standardError: scale * standardError };
}

/** Fills an array with the next point of numbers in [0, 1). */
export type UniformSource = (point: Float64Array) => void;

/** Plain pseudo-random numbers. */
export const plain =
  (random: Random): UniformSource =>
  (point) => {
    for (let v = 0; v < point.length; v++) point[v] = random.uniform();
  };

/** How `bruteForceTruePixel` treats the energy. */
export type EnergyTreatment = 'slice' | 'point';

/**
 * The same with deviations of (Qx, Qy, Qz, E) drawn from the true distributions of the instrument:
 * one fresh draw a sample, no shape and no covariance; the
 * spin waves are diagonalised at exactly the true point.
 *
 * `point`: the literal estimate. Every sample is one nominal (h, k, E) of the bin, and a mode counts
 * by the density of the intrinsic width at the true energy. Unbiased, and noisy.
 *
 * `slice`: the same expectation with the energy integrated by hand. A mode of energy w at the true
 * (h, k) is seen at the one nominal energy e* with e* + dE(e*) = w; dE is linear in e over a slice.
 * It counts by the part of the slice that e* fills, and its intensity is that of a second
 * diagonalisation at the true Q that belongs to e* (its own momentum along the beam). Needs
 * energies independent of the momentum along the beam.
 */
export function bruteForceTruePixel(
  prepared: PreparedModel,
  instrument: Instrument,
  spec: ImageSpec,
  p: Float64Array,
  pixel: PixelAddress,
  samples: number,
  draw: UniformSource,
  energy: EnergyTreatment = 'slice',
): { mean: number; standardError: number } {
  const layout = imageLayout(spec);
  const lattice = prepared.model.chemicalLattice;
  const frame = imageFrame(spec, lattice);
  const machine = spectrometersOf(instrument, spec, frame)[pixel.block]!;
  const tile = layout.tiles.find((t) => t.block === pixel.block && t.slice === pixel.slice)!;
  const [low, high] = tile.energyMeV;
  const intrinsic = spec.intrinsicFwhmMeV / fwhmPerSigma;
  const options = {
    twins: true,
    formFactor: spec.formFactor ? ('j0' as const) : ('none' as const),
    temperatureKelvin: spec.temperatureKelvin,
  };
  const m = frame.spectrometerToCartesian;
  const drawn = new Float64Array(3 + sampledVariables);
  const u = new Float64Array(sampledVariables);
  const y = new Float64Array(sampledVariables);
  const d = new Float64Array(4);
  /** Deviation of (Q, E) of the uniform numbers u at a nominal (h, k, e), into d. */
  const deviate = (h: number, k: number, e: number): void => {
    const point = scatteringAt(machine, frame, h, k, e);
    const t = deviateMatrix(machine, point);
    const q = momentumTransfer(machine.eiMeV, e, point);
    drawVariables(machine, e, u, y);
    for (let r = 0; r < 4; r++) {
      d[r] = 0;
      for (let c = 0; c < 11; c++) d[r] = d[r]! + t[11 * r + c]! * y[c]!;
    }
    d[0] = d[0]! + y[12]! * q[2] - y[13]! * q[1];
    d[1] = d[1]! + y[13]! * q[0] - y[11]! * q[2];
    d[2] = d[2]! + y[11]! * q[1] - y[12]! * q[0];
  };
  /** r.l.u. of the true Q of a nominal point; NaN where no kinematics reaches it. */
  const trueQ = (h: number, k: number, e: number): readonly number[] => {
    const here = momentumOf(frame, machine.eiMeV, h, k, e);
    if (!here) return [Number.NaN, Number.NaN, Number.NaN];
    const turned = [0, 1, 2].map(
      (r) => here[r]! + m[3 * r]! * d[0]! + m[3 * r + 1]! * d[1]! + m[3 * r + 2]! * d[2]!,
    ) as unknown as Vector;
    return cartesianToRlu(lattice, turned);
  };
  const value = new Float64Array(samples);
  const batch = 1000;
  for (let begin = 0; begin < samples; begin += batch) {
    const n = Math.min(batch, samples - begin);
    const nominal: { h: number; k: number; e: number; u: Float64Array; ends: number[] }[] = [];
    const q = new Float64Array(3 * n);
    for (let i = 0; i < n; i++) {
      draw(drawn);
      const h = layout.h.low + (pixel.i + drawn[0]!) * layout.h.width;
      const k = layout.k.low + (pixel.j + drawn[1]!) * layout.k.width;
      const e = low + drawn[2]! * (high - low);
      u.set(drawn.subarray(3));
      const ends = [low, high].map((end) => {
        deviate(h, k, end);
        return d[3]!;
      });
      deviate(h, k, e);
      const at = trueQ(h, k, e);
      q.set(Number.isNaN(at[0]) ? [0.3, 0.2, 0.1] : at, 3 * i);
      nominal.push({ h, k, e: Number.isNaN(at[0]) ? Number.NaN : e, u: u.slice(), ends });
      if (energy === 'point') nominal[i]!.ends = [d[3]!, d[3]!];
    }
    const modes = spectrum(prepared, p, q, options);
    const seen: { sample: number; mode: number; weight: number }[] = [];
    const points: number[] = [];
    nominal.forEach(({ h, k, e, ends, u: own }, i) => {
      if (Number.isNaN(e)) return;
      for (let mode = 0; mode < modes.nModes; mode++) {
        const w = modes.energiesMeV[i * modes.nModes + mode]!;
        if (energy === 'point') {
          const density = normalDensity((w - ends[0]! - e) / intrinsic) / intrinsic;
          value[begin + i] = value[begin + i]! + modes.sPerp[i * modes.nModes + mode]! * density;
          continue;
        }
        const stretch = 1 + (ends[1]! - ends[0]!) / (high - low);
        const star = low + (w - low - ends[0]!) / stretch;
        const sd = intrinsic / stretch;
        if (star < low - 6 * sd || star > high + 6 * sd) continue;
        const part =
          (normalCumulative((high - star) / sd) - normalCumulative((low - star) / sd)) /
          stretch /
          (high - low);
        u.set(own);
        deviate(h, k, star);
        const at = trueQ(h, k, star);
        if (Number.isNaN(at[0])) continue;
        seen.push({ sample: begin + i, mode, weight: part });
        points.push(...at);
      }
    });
    if (seen.length === 0) continue;
    const again = spectrum(prepared, p, Float64Array.from(points), options);
    seen.forEach(({ sample, mode, weight }, i) => {
      value[sample] = value[sample]! + weight * again.sPerp[i * again.nModes + mode]!;
    });
  }
  return estimate(value, spec.scale);
}
