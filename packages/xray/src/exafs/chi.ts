import { K_SQUARED_EV } from '../constants.js';
import { XrayError } from '../errors.js';
import type { FeffPath } from './feffPath.js';
import { CubicSpline, findInterval } from './spline.js';

/** What a fit varies in a path. All but the first have a natural zero. */
export interface PathParameters {
  /** N S0^2: coordination number times the amplitude reduction. */
  amplitude: number;
  /** Change of the half path length, Å. */
  deltaR?: number;
  /** Mean square relative displacement, Å^2. */
  sigma2?: number;
  /** Shift of the edge, eV: q^2 = k^2 - E0 / 3.80998. */
  e0Ev?: number;
  /** Third cumulant, Å^3. */
  third?: number;
  /** Fourth cumulant, Å^4. */
  fourth?: number;
}

/** A path with the splines of its table. */
export class ScatteringPath {
  private readonly phase: CubicSpline;
  private readonly amplitude: CubicSpline;
  private readonly meanFreePath: CubicSpline;
  private readonly momentum: CubicSpline;

  constructor(readonly table: FeffPath) {
    this.phase = new CubicSpline(table.k, table.phase);
    this.amplitude = new CubicSpline(table.k, table.amplitude);
    this.meanFreePath = new CubicSpline(table.k, table.meanFreePath);
    this.momentum = new CubicSpline(table.k, table.realMomentum);
  }

  /**
   * The EXAFS of this path, chi(k) = Im { N S0^2 F(q) / [q (R + dR)^2] exp(-2 R Im p - 2 p^2 s2 + (2/3)
   * p^4 c4) exp(i [2 q R + phi(q) + 2 p (dR - 2 s2 / R) - (4/3) p^3 c3]) } with the complex momentum p =
   * p' + i / lambda (FEFF's and IFEFFIT's form of the equation), added to `out`.
   * @param k `[points]`, Å^-1, 0 or above
   * @param out `[points]`
   * @throws XrayError `K_OUT_OF_RANGE` where q leaves the table; `OPTION_INVALID`
   */
  addTo(k: ArrayLike<number>, parameters: PathParameters, out: Float64Array): void {
    const { amplitude, deltaR = 0, sigma2 = 0, e0Ev = 0, third = 0, fourth = 0 } = parameters;
    const { k: knots, effectiveLengthAngstrom: R, name } = this.table;
    const length = R + deltaR;
    if (!(length > 0)) {
      throw new XrayError({
        code: 'OPTION_INVALID',
        what: 'deltaR makes the path shorter than nothing',
        where: name,
        got: `${deltaR} Å on ${R} Å`,
      });
    }
    const last = knots[knots.length - 1]!;
    const shift = e0Ev / K_SQUARED_EV;
    let interval = 0;
    for (let i = 0; i < k.length; i++) {
      const q2 = k[i]! * k[i]! - shift;
      // Below the shifted edge there is no wave: the convention is an odd continuation of q.
      const q = Math.sqrt(Math.abs(q2));
      if (!(q <= last + 1e-9)) {
        throw new XrayError({
          code: 'K_OUT_OF_RANGE',
          what: 'The k range goes outside the path table',
          where: name,
          got: `q = ${q.toFixed(3)} Å^-1 at k = ${k[i]} Å^-1 with E0 = ${e0Ev} eV`,
          expected: `up to ${last} Å^-1`,
          next: 'ask for a shorter k range, or run FEFF to a higher k',
        });
      }
      if (q < 1e-4) continue;
      interval = findInterval(knots, q, interval);
      const pr = this.momentum.at(interval, q);
      const pi = 1 / this.meanFreePath.at(interval, q);
      const p2r = pr * pr - pi * pi;
      const p2i = 2 * pr * pi;
      const shorten = 2 * (deltaR - (2 * sigma2) / R);
      // exponent of exp(.. + i ..)
      let real = -2 * R * pi - 2 * sigma2 * p2r - shorten * pi;
      let imaginary = 2 * q * R + this.phase.at(interval, q) - 2 * sigma2 * p2i + shorten * pr;
      if (third !== 0) {
        const p3r = p2r * pr - p2i * pi;
        const p3i = p2r * pi + p2i * pr;
        real += (4 / 3) * third * p3i;
        imaginary -= (4 / 3) * third * p3r;
      }
      if (fourth !== 0) {
        const p4r = p2r * p2r - p2i * p2i;
        const p4i = 2 * p2r * p2i;
        real += (2 / 3) * fourth * p4r;
        imaginary += (2 / 3) * fourth * p4i;
      }
      const factor = (amplitude * this.amplitude.at(interval, q)) / (q * length * length);
      const value = factor * Math.exp(real) * Math.sin(imaginary);
      out[i] = out[i]! + (q2 < 0 ? -value : value);
    }
  }
}

/**
 * chi(k) of a sum of paths, `[points]`.
 * @param paths with the parameters of each
 * @param k `[points]`, Å^-1
 * @param out overwritten, when given
 * @throws XrayError `K_OUT_OF_RANGE`
 */
export function sumPaths(
  paths: ReadonlyArray<{ path: ScatteringPath; parameters: PathParameters }>,
  k: ArrayLike<number>,
  out: Float64Array = new Float64Array(k.length),
): Float64Array {
  out.fill(0);
  for (const { path, parameters } of paths) path.addTo(k, parameters, out);
  return out;
}

/**
 * Mean square relative displacement of a pair of atoms in Einstein's model, Å^2: 24.254 / (mu theta
 * tanh(theta / 2T)).
 * @param reducedMassAmu of the two atoms, or of the path
 * @throws XrayError `OPTION_INVALID`
 */
export function einsteinSigma2(
  reducedMassAmu: number,
  thetaK: number,
  temperatureK: number,
): number {
  if (!(reducedMassAmu > 0) || !(thetaK > 0) || !(temperatureK >= 0)) {
    throw new XrayError({
      code: 'OPTION_INVALID',
      what: "Einstein's model needs a mass and a temperature theta above 0, and T of 0 or more",
      got: `${reducedMassAmu} amu, ${thetaK} K, ${temperatureK} K`,
    });
  }
  const root = temperatureK === 0 ? 1 : Math.tanh(thetaK / (2 * temperatureK));
  return 24.254 / (reducedMassAmu * thetaK * root);
}
