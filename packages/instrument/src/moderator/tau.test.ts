import { expect, test } from 'vitest';
import { namedInstrument } from '../catalogue/catalogue.js';
import { parseInstrument } from '../spectrometer/parse.js';
import { spectrometer } from '../spectrometer/spectrometer.js';
import { pulseFwhmPerTau } from './pulse.js';
import { pulseTau } from './tau.js';

const maps = namedInstrument('maps');
const measured = (pulse: object): ReturnType<typeof parseInstrument> =>
  parseInstrument(JSON.stringify({ ...maps, moderator: { ...maps.moderator, pulse } }), {
    source: 'mine.json',
  });
const table = {
  kind: 'measured',
  wavelengthAngstrom: [0.9, 1.8, 3.6],
  fwhmMicroseconds: [18, 36, 50],
};

test('the power law of the built-in instruments', () => {
  expect(pulseTau(maps, 25)).toBeCloseTo(14, 12);
});

test('measured widths: at the points, between them, and in the width of the pulse', () => {
  const mine = measured(table);
  const energy = (wavelength: number): number => 81.80420126 / wavelength ** 2;
  for (const [wavelength, fwhm] of [
    [0.9001, 18.002],
    [1.35, 27],
    [1.8, 36],
    [2.7, 43],
    [3.5999, 49.9992],
  ] as const) {
    expect(pulseTau(mine, energy(wavelength)) * pulseFwhmPerTau).toBeCloseTo(fwhm, 3);
  }
  const s = spectrometer(mine, { eiMeV: energy(1.8), chopperHz: 200 });
  expect(s.tauS * pulseFwhmPerTau).toBeCloseTo(36e-6, 10);
});

test('outside of the table, and tables that are none', () => {
  expect(() => spectrometer(measured(table), { eiMeV: 500, chopperHz: 500 })).toThrow(
    /do not reach.*Ei = 500 meV.*0.9 to 3.6 angstrom.*6.312 to 101/,
  );
  expect(
    spectrometer(measured(table), { eiMeV: 500, chopperHz: 500, moderatorTauMicroseconds: 3 }).tauS,
  ).toBeCloseTo(3e-6, 15);
  expect(() => measured({ ...table, fwhmMicroseconds: [1, 2] })).toThrow(/as many/);
  expect(() => measured({ ...table, wavelengthAngstrom: [1, 3, 2] })).toThrow(/ascending/);
  expect(() => measured({ ...table, kind: 'ikeda' })).toThrow(/moderator.pulse/);
});
