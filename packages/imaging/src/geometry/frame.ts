import { orientCrystal, wavevectorOf, energyPerWavevectorSquared } from '@spectraloom/instrument';
import type { Lattice } from '@spectraloom/spinwave';
import { ImagingError } from '../errors.js';
import type { ImageSpec } from '../spec/schema.js';
import { determinant, dot, inverse, norm, product, times, transposed, unit } from './linear.js';
import type { Vector } from './linear.js';

/**
 * The frame of an image. Q = h A + k B + t C in the model's Cartesian axes (Å^-1), with A, B the
 * image axes and C the unit vector along the nominal beam; h, k in units of the axes, t in Å^-1.
 */
export interface ImageFrame {
  /** Cartesian, Å^-1. */
  readonly a: Vector;
  readonly b: Vector;
  /** Unit vector. */
  readonly c: Vector;
  /** 3 x 3: Cartesian Q to (h, k, t). */
  readonly fromCartesian: Float64Array;
  /** 3 x 3: Q in spectrometer axes to the model's Cartesian axes (a rotation). */
  readonly spectrometerToCartesian: Float64Array;
  /** 3 x 3: Q in spectrometer axes to (h, k, t). */
  readonly spectrometerToImage: Float64Array;
  /** Unit vector of ki, Cartesian. */
  readonly beam: Vector;
  /** Rows: the sample's edges in spectrometer axes. */
  readonly sampleAxes: readonly number[];
}

function frameError(what: string, got: string, expected: string): ImagingError {
  return new ImagingError('FRAME', {
    what,
    where: 'image spec: axes',
    got,
    expected,
    next: 'mend the axes',
  });
}

/**
 * The frames of an image and the matrices between them: image axes (h, k and along the beam), crystal,
 * spectrometer, sample.
 * @param lattice of the chemical cell
 * @throws ImagingError FRAME for dependent axes, InstrumentError BAD_ORIENTATION.
 */
export function imageFrame(spec: ImageSpec, lattice: Lattice): ImageFrame {
  const rows = lattice.reciprocal;
  const cartesian = (hkl: Vector): Vector => times(transposed([...rows]), hkl);
  const { axes } = spec;
  const a = cartesian(axes.h);
  const b = cartesian(axes.k);
  const c = unit(cartesian(axes.beam));
  const basis = Float64Array.of(a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2]);
  if (!(Math.abs(determinant(basis)) > 1e-9 * norm(a) * norm(b))) {
    throw frameError(
      'the image axes and the beam are not independent',
      JSON.stringify(axes),
      'three directions that span space',
    );
  }
  const { spectrometerToRlu } = orientCrystal({
    lattice,
    beam: axes.beam,
    left: axes.left,
    misorientationDeg: spec.misorientationDeg,
  });
  const spectrometerToCartesian = product(transposed([...rows]), spectrometerToRlu);
  const fromCartesian = inverse(basis);
  const cartesianToSpectrometer = transposed(spectrometerToCartesian);
  const x = unit(times(cartesianToSpectrometer, cartesian(spec.sample.xAlong)));
  const yRaw = times(cartesianToSpectrometer, cartesian(spec.sample.yAlong));
  const along = dot(x, yRaw);
  const perpendicular: Vector = [
    yRaw[0] - along * x[0],
    yRaw[1] - along * x[1],
    yRaw[2] - along * x[2],
  ];
  if (!(norm(perpendicular) > 1e-9)) {
    throw frameError(
      'the sample edges x and y are parallel',
      JSON.stringify(spec.sample),
      'two different directions',
    );
  }
  const y = unit(perpendicular);
  const z: Vector = [
    x[1] * y[2] - x[2] * y[1],
    x[2] * y[0] - x[0] * y[2],
    x[0] * y[1] - x[1] * y[0],
  ];
  return {
    a,
    b,
    c,
    fromCartesian,
    spectrometerToCartesian,
    spectrometerToImage: product(fromCartesian, spectrometerToCartesian),
    beam: times(spectrometerToCartesian, [1, 0, 0]),
    sampleAxes: [...x, ...y, ...z],
  };
}

/**
 * Q (Cartesian, Å^-1) of the pixel point (h, k, E): the forward solution of |ki - Q| = kf with
 * Q = h A + k B + t C, t = d.C - sqrt((d.C)^2 - d^2 + kf^2), d = ki - h A - k B. Undefined where
 * no t solves it or E >= Ei.
 */
export function momentumOf(
  frame: ImageFrame,
  eiMeV: number,
  h: number,
  k: number,
  energyMeV: number,
): Vector | undefined {
  const { a, b, c, beam } = frame;
  const ki = wavevectorOf(eiMeV);
  const d: Vector = [
    ki * beam[0] - h * a[0] - k * b[0],
    ki * beam[1] - h * a[1] - k * b[1],
    ki * beam[2] - h * a[2] - k * b[2],
  ];
  const dc = dot(d, c);
  const kf2 = (eiMeV - energyMeV) / energyPerWavevectorSquared;
  const root2 = dc * dc - dot(d, d) + kf2;
  if (!(kf2 > 0) || root2 < 0) return undefined;
  const t = dc - Math.sqrt(root2);
  return [
    h * a[0] + k * b[0] + t * c[0],
    h * a[1] + k * b[1] + t * c[1],
    h * a[2] + k * b[2] + t * c[2],
  ];
}
