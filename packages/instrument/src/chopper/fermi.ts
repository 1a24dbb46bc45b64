import { energyPerWavevectorSquared, speedPerWavevector } from '../constants.js';
import { InstrumentError } from '../errors.js';

/** A Fermi chopper at one incident energy and frequency. */
export interface FermiChopper {
  readonly eiMeV: number;
  readonly frequencyHz: number;
  readonly radiusM: number;
  readonly curvatureM: number;
  readonly slitM: number;
  /** Delta = slit / (2 radius omega): half base of the transmission at the best velocity, s. */
  readonly openingTimeS: number;
  /** gamma = (2 radius / Delta) |1/(2 omega curvature) - 1/v_i|; 0 at the best velocity. */
  readonly gamma: number;
}

/**
 * The opening time and velocity mismatch of a Fermi chopper.
 * @throws InstrumentError NO_TRANSMISSION when gamma >= 4: no neutron of this energy passes.
 */
export function fermiChopper(spec: {
  eiMeV: number;
  frequencyHz: number;
  radiusM: number;
  curvatureM: number;
  slitM: number;
  packageName?: string;
}): FermiChopper {
  const omega = 2 * Math.PI * spec.frequencyHz;
  const speed = speedPerWavevector * Math.sqrt(spec.eiMeV / energyPerWavevectorSquared);
  const openingTimeS = spec.slitM / (2 * spec.radiusM * omega);
  const gamma =
    ((2 * spec.radiusM) / openingTimeS) * Math.abs(1 / (2 * omega * spec.curvatureM) - 1 / speed);
  if (gamma >= 4) {
    const best =
      energyPerWavevectorSquared * ((2 * omega * spec.curvatureM) / speedPerWavevector) ** 2;
    throw new InstrumentError('NO_TRANSMISSION', {
      what: 'the Fermi chopper transmits nothing',
      got: `Ei = ${spec.eiMeV} meV at ${spec.frequencyHz} Hz${spec.packageName ? `, package ${spec.packageName}` : ''} (gamma = ${gamma.toFixed(2)})`,
      expected: 'gamma < 4',
      next: `at ${spec.frequencyHz} Hz this package is best for ${best.toPrecision(3)} meV: change the frequency, Ei or the package`,
    });
  }
  return {
    eiMeV: spec.eiMeV,
    frequencyHz: spec.frequencyHz,
    radiusM: spec.radiusM,
    curvatureM: spec.curvatureM,
    slitM: spec.slitM,
    openingTimeS,
    gamma,
  };
}

/** Largest |t| in s at which anything passes. */
export function chopperHalfBase({ gamma, openingTimeS }: FermiChopper): number {
  const root = Math.sqrt(gamma);
  return openingTimeS * (gamma < 1 ? 1 : root * (2 - root));
}

/** Transmission at time t (s) from the centre of the pulse; dimensionless, at most 1. */
export function chopperTransmission(chopper: FermiChopper, timeS: number): number {
  const { gamma, openingTimeS } = chopper;
  const tau = Math.abs(timeS) / openingTimeS;
  if (gamma < 1) {
    if (tau < gamma) return 1 - (gamma + tau) ** 2 / (4 * gamma);
    return tau < 1 ? 1 - tau : 0;
  }
  const root = Math.sqrt(gamma);
  return tau < root * (2 - root) ? 1 - (gamma + tau) ** 2 / (4 * gamma) : 0;
}

/** Variance of the transmission time, s^2. */
export function chopperVariance({ gamma, openingTimeS }: FermiChopper): number {
  const unit = openingTimeS ** 2 / 6;
  if (gamma < 1) return (unit * (1 - gamma ** 4 / 10)) / (1 - gamma ** 2 / 6);
  const root = Math.sqrt(gamma);
  return (unit * 0.6 * gamma * (root - 2) ** 2 * (root + 8)) / (root + 4);
}

/** Time-integrated transmission, s: what the opening is worth in flux. */
export function chopperArea({ gamma, openingTimeS }: FermiChopper): number {
  if (gamma < 1) return openingTimeS * (1 - gamma ** 2 / 6);
  // Integral of 1 - (gamma + tau)^2 / (4 gamma) over |tau| < sqrt(gamma)(2 - sqrt(gamma)).
  const root = Math.sqrt(gamma);
  const end = root * (2 - root);
  return 2 * openingTimeS * (end - ((gamma + end) ** 3 - gamma ** 3) / (12 * gamma));
}
