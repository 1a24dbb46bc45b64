import { fwhmPerSigma, monteCarloDeviations, type Instrument } from '@spectraloom/instrument';
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
  let sum = 0;
  let squares = 0;
  for (const v of value) {
    sum += v;
    squares += v * v;
  }
  const mean = sum / samples;
  const variance = (squares / samples - mean * mean) / (samples - 1);
  return { mean: spec.scale * mean, standardError: spec.scale * Math.sqrt(Math.max(variance, 0)) };
}

/**
 * The same with deviations of (h, k, t, E) drawn from the true distributions of the instrument (one
 * fresh draw a sample, no shape and no covariance), the spin waves of exactly the true point.
 * `slice`: the slice is integrated over the nominal energy (a mode counts by the part of the slice
 * whose nominal energy plus deviation meets it), which needs energies independent of the momentum
 * along the beam. `point`: each nominal energy by itself, weighted by the intrinsic width.
 */
export function bruteForceTruePixel(
  prepared: PreparedModel,
  instrument: Instrument,
  spec: ImageSpec,
  p: Float64Array,
  pixel: PixelAddress,
  samples: number,
  random: Random,
  energy: 'slice' | 'point' = 'slice',
): { mean: number; standardError: number } {
  const layout = imageLayout(spec);
  const lattice = prepared.model.chemicalLattice;
  const frame = imageFrame(spec, lattice);
  const machine = spectrometersOf(instrument, spec, frame)[pixel.block]!;
  const tile = layout.tiles.find((t) => t.block === pixel.block && t.slice === pixel.slice)!;
  const [low, high] = tile.energyMeV;
  const intrinsic = spec.intrinsicFwhmMeV / fwhmPerSigma;
  const m = frame.spectrometerToCartesian;
  const q = new Float64Array(3 * samples);
  const shift = new Float64Array(samples);
  const nominal = new Float64Array(samples);
  for (let n = 0; n < samples; n++) {
    const h = layout.h.low + (pixel.i + random.uniform()) * layout.h.width;
    const k = layout.k.low + (pixel.j + random.uniform()) * layout.k.width;
    const e = low + random.uniform() * (high - low);
    const point = scatteringAt(machine, frame, h, k, e);
    const [x, y, z, de] = monteCarloDeviations(machine, point, 1, {
      seed: random.uint32(),
    }) as unknown as [number, number, number, number];
    const here = momentumOf(frame, machine.eiMeV, h, k, e)!;
    const turned = [0, 1, 2].map(
      (r) => here[r]! + m[3 * r]! * x + m[3 * r + 1]! * y + m[3 * r + 2]! * z,
    ) as unknown as Vector;
    q.set(cartesianToRlu(lattice, turned), 3 * n);
    shift[n] = de;
    nominal[n] = e;
  }
  const modes = spectrum(prepared, p, q, {
    twins: true,
    formFactor: spec.formFactor ? 'j0' : 'none',
  });
  let sum = 0;
  let squares = 0;
  for (let n = 0; n < samples; n++) {
    let value = 0;
    for (let mode = 0; mode < modes.nModes; mode++) {
      const at = n * modes.nModes + mode;
      const x = modes.energiesMeV[at]! - shift[n]!;
      const density =
        energy === 'slice'
          ? (normalCumulative((high - x) / intrinsic) - normalCumulative((low - x) / intrinsic)) /
            (high - low)
          : normalDensity((nominal[n]! - x) / intrinsic) / intrinsic;
      value += modes.sPerp[at]! * density;
    }
    sum += value;
    squares += value * value;
  }
  const mean = sum / samples;
  const variance = (squares / samples - mean * mean) / (samples - 1);
  return { mean: spec.scale * mean, standardError: spec.scale * Math.sqrt(Math.max(variance, 0)) };
}
