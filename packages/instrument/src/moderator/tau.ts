import { energyPerWavevectorSquared } from '../constants.js';
import { InstrumentError } from '../errors.js';
import type { Instrument } from '../spectrometer/schema.js';
import { pulseFwhmPerTau } from './pulse.js';

/**
 * Pulse parameter tau at an incident energy, microseconds: the power law of the file, or the
 * measured full width at half maximum over 3.39468.
 * @throws InstrumentError BAD_SETTINGS where the measured widths do not reach.
 */
export function pulseTau({ name, moderator: { pulse } }: Instrument, eiMeV: number): number {
  if (pulse.kind === 'chi-squared') {
    const { coefficient, exponent } = pulse.tauMicroseconds;
    return coefficient * eiMeV ** exponent;
  }
  const { wavelengthAngstrom: x, fwhmMicroseconds: y } = pulse;
  // 2 pi / k, E = 2.0721247 k^2.
  const wavelength = 2 * Math.PI * Math.sqrt(energyPerWavevectorSquared / eiMeV);
  const last = x.length - 1;
  if (!(wavelength >= x[0]! && wavelength <= x[last]!)) {
    const energy = (w: number): string =>
      (energyPerWavevectorSquared * ((2 * Math.PI) / w) ** 2).toPrecision(4);
    throw new InstrumentError('BAD_SETTINGS', {
      what: 'the measured widths of the moderator pulse do not reach this energy',
      where: `${name}: moderator.pulse`,
      got: `Ei = ${eiMeV} meV, ${wavelength.toPrecision(4)} angstrom`,
      expected: `${x[0]} to ${x[last]} angstrom: Ei of ${energy(x[last]!)} to ${energy(x[0]!)} meV`,
      next: 'add widths to the table, or give the pulse parameter itself (--moderator-tau)',
    });
  }
  const i = Math.max(
    0,
    x.findIndex((w) => w >= wavelength),
  );
  if (i === 0) return y[0]! / pulseFwhmPerTau;
  const part = (wavelength - x[i - 1]!) / (x[i]! - x[i - 1]!);
  return (y[i - 1]! + part * (y[i]! - y[i - 1]!)) / pulseFwhmPerTau;
}
