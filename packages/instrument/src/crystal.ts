import { InstrumentError } from './errors.js';
import type { Vector3 } from './kinematics.js';

/** Lattice parameters, Å and degrees. */
export interface LatticeParameters {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
}

/** How a crystal sits in the spectrometer. */
export interface CrystalOrientation {
  readonly lattice: LatticeParameters;
  /** hkl of the reciprocal direction along ki. */
  readonly beam: Vector3;
  /** hkl of a reciprocal direction in the horizontal plane, to the left of the beam. */
  readonly left: Vector3;
  /**
   * Small rotation of ki about the crystal: the nominal axes are turned by these angles about
   * spectrometer x, y, z (applied in the order x y z, matrices Rx Ry Rz). Degrees.
   */
  readonly misorientationDeg?: Vector3;
}

type Matrix3 = Float64Array;

/**
 * B matrix, 3 x 3 row-major: columns are a*, b*, c* in Å^-1 (2 pi included) in a Cartesian frame
 * with x along a*, y in the plane of a* and b* (Busing and Levy, Acta Cryst. 22, 457 (1967)).
 * @throws InstrumentError BAD_ORIENTATION for parameters that make no cell
 */
export function reciprocalMatrix(l: LatticeParameters): Matrix3 {
  const rad = Math.PI / 180;
  const [ca, cb, cg] = [Math.cos(l.alpha * rad), Math.cos(l.beta * rad), Math.cos(l.gamma * rad)];
  const [sa, sb, sg] = [Math.sin(l.alpha * rad), Math.sin(l.beta * rad), Math.sin(l.gamma * rad)];
  const v2 = 1 - ca * ca - cb * cb - cg * cg + 2 * ca * cb * cg;
  if (!(v2 > 0) || !(l.a > 0 && l.b > 0 && l.c > 0)) {
    throw new InstrumentError('BAD_ORIENTATION', {
      what: 'the lattice parameters make no cell',
      got: JSON.stringify(l),
      expected: 'positive lengths and angles with a positive volume',
      next: 'mend the lattice',
    });
  }
  const v = Math.sqrt(v2);
  const twoPi = 2 * Math.PI;
  const as = (twoPi * sa) / (l.a * v);
  const bs = (twoPi * sb) / (l.b * v);
  const cs = (twoPi * sg) / (l.c * v);
  const cosGammaStar = (ca * cb - cg) / (sa * sb);
  const cosBetaStar = (ca * cg - cb) / (sa * sg);
  const sinGammaStar = Math.sqrt(1 - cosGammaStar ** 2);
  const sinBetaStar = Math.sqrt(1 - cosBetaStar ** 2);
  return Float64Array.of(
    as,
    bs * cosGammaStar,
    cs * cosBetaStar,
    0,
    bs * sinGammaStar,
    -cs * sinBetaStar * ca,
    0,
    0,
    twoPi / l.c,
  );
}

function multiply(m: Float64Array, n: Float64Array): Matrix3 {
  const out = new Float64Array(9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      for (let k = 0; k < 3; k++) out[3 * i + j] = out[3 * i + j]! + m[3 * i + k]! * n[3 * k + j]!;
    }
  }
  return out;
}

function apply(m: Float64Array, v: Vector3): Vector3 {
  return [0, 3, 6].map(
    (r) => m[r]! * v[0] + m[r + 1]! * v[1] + m[r + 2]! * v[2],
  ) as unknown as Vector3;
}

function inverse(m: Float64Array): Matrix3 {
  const c = (i: number, j: number): number =>
    m[3 * ((i + 1) % 3) + ((j + 1) % 3)]! * m[3 * ((i + 2) % 3) + ((j + 2) % 3)]! -
    m[3 * ((i + 1) % 3) + ((j + 2) % 3)]! * m[3 * ((i + 2) % 3) + ((j + 1) % 3)]!;
  const determinant = m[0]! * c(0, 0) + m[1]! * c(0, 1) + m[2]! * c(0, 2);
  const out = new Float64Array(9);
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) out[3 * j + i] = c(i, j) / determinant;
  return out;
}

function turn(axis: 0 | 1 | 2, degrees: number): Matrix3 {
  const c = Math.cos((degrees * Math.PI) / 180);
  const s = Math.sin((degrees * Math.PI) / 180);
  if (axis === 0) return Float64Array.of(1, 0, 0, 0, c, -s, 0, s, c);
  if (axis === 1) return Float64Array.of(c, 0, s, 0, 1, 0, -s, 0, c);
  return Float64Array.of(c, -s, 0, s, c, 0, 0, 0, 1);
}

const cross = (a: Vector3, b: Vector3): Vector3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const unit = (a: Vector3): Vector3 => {
  const n = Math.hypot(...a);
  return [a[0] / n, a[1] / n, a[2] / n];
};

/** The transformations between spectrometer axes and r.l.u. of an oriented crystal. */
export interface OrientedCrystal {
  /** 3 x 3 row-major, hkl = matrix . Q with Q in spectrometer axes, Å^-1. */
  readonly spectrometerToRlu: Float64Array;
  /** Its inverse. */
  readonly rluToSpectrometer: Float64Array;
}

/**
 * Matrices between hkl (r.l.u.) and spectrometer axes (Å^-1) of a mounted crystal: U B of Busing and Levy,
 * then the misorientation.
 * @throws InstrumentError BAD_ORIENTATION for an impossible lattice or parallel directions.
 */
export function orientCrystal(orientation: CrystalOrientation): OrientedCrystal {
  const b = reciprocalMatrix(orientation.lattice);
  const beam = apply(b, orientation.beam);
  const left = apply(b, orientation.left);
  const up = cross(beam, left);
  if (!(Math.hypot(...up) > 1e-9 * Math.hypot(...beam) * Math.hypot(...left))) {
    throw new InstrumentError('BAD_ORIENTATION', {
      what: 'the directions along the beam and to its left are parallel or zero',
      got: `beam [${orientation.beam.join(', ')}], left [${orientation.left.join(', ')}]`,
      expected: 'two different directions of the crystal',
      next: 'give another hkl for one of them',
    });
  }
  const x = unit(beam);
  const z = unit(up);
  const y = cross(z, x);
  // Rows are the spectrometer axes in the crystal's Cartesian frame.
  const u = Float64Array.of(...x, ...y, ...z);
  const [rx, ry, rz] = orientation.misorientationDeg ?? [0, 0, 0];
  // Q(nominal axes) = Rx Ry Rz Q(spectrometer), so Q(spectrometer) = (Rx Ry Rz)^T U B hkl.
  const r = multiply(multiply(turn(0, rx), turn(1, ry)), turn(2, rz));
  const rluToSpectrometer = multiply(inverse(r), multiply(u, b));
  return { rluToSpectrometer, spectrometerToRlu: inverse(rluToSpectrometer) };
}

/**
 * A (Q, E) covariance in r.l.u.: M C M^T with M = diag(matrix, 1), [4, 4] row-major over
 * (h, k, l, E in meV).
 * @param matrix 3 x 3 row-major, takes Q in Å^-1 (the axes of `covariance`) to r.l.u.
 */
export function covarianceInRlu(covariance: Float64Array, matrix: Float64Array): Float64Array {
  const m = new Float64Array(16);
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) m[4 * i + j] = matrix[3 * i + j]!;
  m[15] = 1;
  const out = new Float64Array(16);
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) {
        for (let l = 0; l < 4; l++) sum += m[4 * i + k]! * covariance[4 * k + l]! * m[4 * j + l]!;
      }
      out[4 * i + j] = sum;
    }
  }
  return out;
}
