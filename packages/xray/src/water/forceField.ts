import {
  AMU_ELECTRON_MASSES,
  BOHR_ANGSTROM,
  BOLTZMANN_HARTREE_PER_K,
  KCAL_MOL_HARTREE,
} from '../constants.js';
import { XrayError } from '../errors.js';
import { symmetricEigen } from '../linalg/symmetricEigen.js';
import { waterEquilibrium, type WaterGeometry } from './geometry.js';

/**
 * Harmonic force constants of the flexible SPC/Fw water model (Wu, Tepper, Voth, J. Chem. Phys. 124,
 * 024503 (2006)), V = k (x - x0)^2 / 2 for each bond and the angle.
 */
export const waterForceField = {
  bondKcalMolAngstrom2: 1059.162,
  angleKcalMolRad2: 75.9,
} as const;

/** The ensemble that geometries are drawn from. */
export interface SamplingOptions {
  temperatureK: number;
  /**
   * `classical` (default): Boltzmann's distribution. `quantum`: that of the harmonic oscillators of the
   * normal modes at this temperature, which at 0 K is the zero-point motion.
   */
  statistics?: 'classical' | 'quantum';
}

const deg = 180 / Math.PI;
const oxygenMass = 15.9949146 * AMU_ELECTRON_MASSES;
const hydrogenMass = 1.00782503 * AMU_ELECTRON_MASSES;

/**
 * Covariance of (angle, bond 1, bond 2) in the harmonic force field, `[3, 3]`, row-major, rad and Å.
 * Classical: kT F^-1. Quantum (hbar = 1): G^1/2 f(G^1/2 F G^1/2) G^1/2 with Wilson's G matrix and
 * f(w^2) = coth(w / 2kT) / 2w.
 * @throws XrayError `OPTION_INVALID`
 */
export function waterCovariance(options: SamplingOptions): Float64Array {
  const { temperatureK, statistics = 'classical' } = options;
  if (!(temperatureK >= 0) || (statistics === 'classical' && temperatureK === 0)) {
    throw new XrayError({
      code: 'OPTION_INVALID',
      what: 'The temperature must be above 0 K (0 K only with quantum statistics)',
      got: `${temperatureK} K, ${statistics}`,
    });
  }
  const kT = BOLTZMANN_HARTREE_PER_K * temperatureK;
  const angle = waterForceField.angleKcalMolRad2 * KCAL_MOL_HARTREE;
  const bond = waterForceField.bondKcalMolAngstrom2 * KCAL_MOL_HARTREE * BOHR_ANGSTROM ** 2;
  const force = [angle, bond, bond];
  const out = new Float64Array(9);
  if (statistics === 'classical') {
    for (let i = 0; i < 3; i++) out[4 * i] = kT / force[i]!;
  } else {
    const root = matrixFunction(wilsonG(), Math.sqrt);
    const dynamical = new Float64Array(9);
    sandwich(root, force, dynamical);
    const spread = matrixFunction(dynamical, (w2) => {
      const w = Math.sqrt(w2);
      return kT === 0 ? 0.5 / w : 0.5 / (w * Math.tanh(w / (2 * kT)));
    });
    const half = new Float64Array(9);
    product(root, spread, half);
    product(half, root, out);
  }
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      if (i > 0) out[3 * i + j] = out[3 * i + j]! * BOHR_ANGSTROM;
      if (j > 0) out[3 * i + j] = out[3 * i + j]! * BOHR_ANGSTROM;
    }
  }
  return out;
}

/**
 * Harmonic wave numbers of the force field's normal modes, `[3]`, cm^-1, ascending (bend, two stretches).
 */
export function waterWavenumbers(): Float64Array {
  const angle = waterForceField.angleKcalMolRad2 * KCAL_MOL_HARTREE;
  const bond = waterForceField.bondKcalMolAngstrom2 * KCAL_MOL_HARTREE * BOHR_ANGSTROM ** 2;
  const dynamical = new Float64Array(9);
  sandwich(matrixFunction(wilsonG(), Math.sqrt), [angle, bond, bond], dynamical);
  const values = new Float64Array(3);
  symmetricEigen(dynamical, values, 3);
  return values.map((w2) => Math.sqrt(w2) * 219474.6313632);
}

/** Wilson's inverse kinetic matrix of (angle, bond, bond) at the minimum, atomic units. */
function wilsonG(): Float64Array {
  const r = waterEquilibrium.longAngstrom / BOHR_ANGSTROM;
  const phi = waterEquilibrium.angleDeg / deg;
  const h = 1 / hydrogenMass;
  const o = 1 / oxygenMass;
  const bend = (2 * h + 2 * o * (1 - Math.cos(phi))) / (r * r);
  const cross = (-o * Math.sin(phi)) / r;
  const stretch = o * Math.cos(phi);
  return Float64Array.from([bend, cross, cross, cross, h + o, stretch, cross, stretch, h + o]);
}

function matrixFunction(matrix: Float64Array, f: (x: number) => number): Float64Array {
  const vectors = matrix.slice();
  const values = new Float64Array(3);
  symmetricEigen(vectors, values, 3);
  const out = new Float64Array(9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      for (let k = 0; k < 3; k++) {
        out[3 * i + j] =
          out[3 * i + j]! + vectors[3 * i + k]! * vectors[3 * j + k]! * f(values[k]!);
      }
    }
  }
  return out;
}

/** out = m diag(d) m. */
function sandwich(m: Float64Array, d: readonly number[], out: Float64Array): void {
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += m[3 * i + k]! * d[k]! * m[3 * k + j]!;
      out[3 * i + j] = sum;
    }
  }
}

function product(a: Float64Array, b: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += a[3 * i + k]! * b[3 * k + j]!;
      out[3 * i + j] = sum;
    }
  }
}

/**
 * The geometry that belongs to three standard normal numbers: internal coordinates spread by
 * `waterCovariance` about the minimum, the longer bond named long; an angle beyond 180 degrees is the
 * same molecule seen from the other side. A map, so that any design of points (Sobol) can be sampled.
 */
export function waterFromNormals(
  normals: readonly [number, number, number],
  options: SamplingOptions,
): WaterGeometry {
  const root = matrixFunction(waterCovariance(options), Math.sqrt);
  const x = [0, 1, 2].map((i) => normals.reduce((sum, z, k) => sum + root[3 * i + k]! * z, 0));
  const first = waterEquilibrium.longAngstrom + x[1]!;
  const second = waterEquilibrium.shortAngstrom + x[2]!;
  let angleDeg = Math.abs(waterEquilibrium.angleDeg + x[0]! * deg) % 360;
  if (angleDeg > 180) angleDeg = 360 - angleDeg;
  return {
    angleDeg,
    longAngstrom: Math.max(first, second),
    shortAngstrom: Math.min(first, second),
  };
}

/**
 * `count` geometries of the force field at a temperature.
 * @param options.uniform the next number of a generator on the open interval (0, 1)
 */
export function sampleWaterGeometries(
  options: SamplingOptions & { count: number; uniform: () => number },
): WaterGeometry[] {
  const { count, uniform } = options;
  return Array.from({ length: count }, () => {
    const [a, b] = boxMuller(uniform(), uniform());
    const [c] = boxMuller(uniform(), uniform());
    return waterFromNormals([a, b, c], options);
  });
}

function boxMuller(u: number, v: number): [number, number] {
  const r = Math.sqrt(-2 * Math.log(u));
  return [r * Math.cos(2 * Math.PI * v), r * Math.sin(2 * Math.PI * v)];
}
