import { energyPerWavevectorSquared } from './constants.js';
import { InstrumentError } from './errors.js';

/**
 * Spectrometer frame, everywhere in this package: x along ki, z up, y completes the right-handed
 * frame (left when looking along the beam). Q = ki - kf, energy transfer E = Ei - Ef > 0 for
 * neutron energy loss. Wavevectors in Å^-1, energies in meV, angles in degrees.
 */
export type Vector3 = readonly [number, number, number];

/** Where the neutron goes: scattering angle and azimuth (from y towards z). Degrees. */
export interface ScatteringDirection {
  readonly twoThetaDeg: number;
  readonly azimuthDeg: number;
}

/** k of a neutron of energy `energyMeV`, Å^-1: k = sqrt(E / 2.0721247). */
export function wavevectorOf(energyMeV: number): number {
  return Math.sqrt(energyMeV / energyPerWavevectorSquared);
}

/** E = 2.0721247 k^2, meV. */
export function energyOf(wavevector: number): number {
  return energyPerWavevectorSquared * wavevector * wavevector;
}

/**
 * |kf| at energy transfer E, Å^-1.
 * @throws InstrumentError ENERGY_ABOVE_EI when E >= Ei: no neutron leaves the sample.
 */
export function finalWavevector(eiMeV: number, energyMeV: number): number {
  const efMeV = eiMeV - energyMeV;
  if (!(efMeV > 0)) {
    throw new InstrumentError('ENERGY_ABOVE_EI', {
      what: 'energy transfer at or above the incident energy',
      got: `E = ${energyMeV} meV, Ei = ${eiMeV} meV`,
      expected: 'E < Ei',
      next: 'lower the energy transfer or raise Ei',
    });
  }
  return wavevectorOf(efMeV);
}

/** Unit vector of a direction: (cos p, cos b sin p, sin b sin p). */
export function unitVector({ twoThetaDeg, azimuthDeg }: ScatteringDirection): Vector3 {
  const p = (twoThetaDeg * Math.PI) / 180;
  const b = (azimuthDeg * Math.PI) / 180;
  return [Math.cos(p), Math.cos(b) * Math.sin(p), Math.sin(b) * Math.sin(p)];
}

/** The direction of a vector; azimuth 0 for the forward direction. */
export function directionOf(v: Vector3): ScatteringDirection {
  const perpendicular = Math.hypot(v[1], v[2]);
  return {
    twoThetaDeg: (Math.atan2(perpendicular, v[0]) * 180) / Math.PI,
    azimuthDeg: perpendicular === 0 ? 0 : (Math.atan2(v[2], v[1]) * 180) / Math.PI,
  };
}

/** Q = ki - kf in spectrometer axes, Å^-1. Throws ENERGY_ABOVE_EI. */
export function momentumTransfer(
  eiMeV: number,
  energyMeV: number,
  direction: ScatteringDirection,
): Vector3 {
  const kf = finalWavevector(eiMeV, energyMeV);
  const n = unitVector(direction);
  return [wavevectorOf(eiMeV) - kf * n[0], -kf * n[1], -kf * n[2]];
}

/**
 * The forward solution (kf with a positive component along ki) of the kinematics for a given
 * in-plane momentum transfer: Q_x = ki - sqrt(kf^2 - Qy^2 - Qz^2).
 * @throws InstrumentError ENERGY_ABOVE_EI, or KINEMATICALLY_CLOSED when |(Qy, Qz)| > kf.
 */
export function forwardScattering(
  eiMeV: number,
  energyMeV: number,
  qy: number,
  qz: number,
): { q: Vector3; direction: ScatteringDirection } {
  const kf = finalWavevector(eiMeV, energyMeV);
  const along2 = kf * kf - qy * qy - qz * qz;
  if (along2 < 0) {
    throw new InstrumentError('KINEMATICALLY_CLOSED', {
      what: 'no scattering triangle reaches this momentum transfer',
      got: `|Q_perp| = ${Math.hypot(qy, qz).toFixed(4)} Å^-1 at E = ${energyMeV} meV`,
      expected: `|Q_perp| <= kf = ${kf.toFixed(4)} Å^-1 (Ei = ${eiMeV} meV)`,
      next: 'raise Ei or lower |Q| or E',
    });
  }
  const along = Math.sqrt(along2);
  return {
    q: [wavevectorOf(eiMeV) - along, qy, qz],
    direction: directionOf([along, -qy, -qz]),
  };
}
