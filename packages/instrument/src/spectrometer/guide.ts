import type { Instrument } from './schema.js';

type GuideGain = NonNullable<Instrument['aperture']['guideGain']>;

/** lambda^2 E of a neutron, Å^2 meV. */
const wavelengthSquaredEnergy = 81.80420126;

/**
 * Gain in flux by the guide at Ei (see the schema for the forms). The aperture seen by the chopper
 * widens by its square root.
 */
export function guideGain(gain: GuideGain, eiMeV: number): number {
  const lambda = Math.sqrt(wavelengthSquaredEnergy / eiMeV);
  const value = (x: number): number => {
    let polynomial = 0;
    for (let i = gain.coefficients.length - 1; i >= 0; i--) {
      polynomial = polynomial * x + gain.coefficients[i]!;
    }
    return gain.kind === 'polynomial'
      ? polynomial
      : 1 + Math.exp(-gain.x0Angstrom / x) * polynomial;
  };
  const end = gain.linearAboveAngstrom;
  if (lambda <= end) return value(lambda);
  const step = 0.01;
  const slope = (value(end + step) - value(end - step)) / (2 * step);
  return value(end) + slope * (lambda - end);
}
