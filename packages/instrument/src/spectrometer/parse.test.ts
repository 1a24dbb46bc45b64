import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { instrumentNames, instrumentText, namedInstrument } from '../catalogue/catalogue.js';
import { InstrumentError } from '../errors.js';
import { guideGain } from './guide.js';
import { parseInstrument } from './parse.js';
import { spectrometer } from './spectrometer.js';

const data = new URL('../../data/', import.meta.url);
const maps = readFileSync(new URL('maps.yaml', data), 'utf8');

describe('tracked instruments', () => {
  test.each(instrumentNames())('%s is inlined as its file and parses', (name) => {
    const text = readFileSync(new URL(`${name}.yaml`, data), 'utf8');
    expect(instrumentText(name)).toBe(text);
    expect(namedInstrument(name)).toEqual(parseInstrument(JSON.stringify(namedInstrument(name))));
  });

  test('an unknown name lists the known ones', () => {
    expect(() => namedInstrument('LET')).toThrow(/maps.*merlin/);
  });

  test('the guide widens the aperture of the upgraded MAPS, smoothly to long wavelengths', () => {
    const gain = namedInstrument('maps-upgraded').aperture.guideGain!;
    const at = (lambda: number): number => guideGain(gain, 81.80420126 / lambda ** 2);
    expect(at(0.05)).toBeCloseTo(1, 6);
    expect(at(4.5 + 1e-6)).toBeCloseTo(at(4.5 - 1e-6), 4);
    expect((at(5) - at(4.9)) / 0.1).toBeCloseTo((at(4.6) - at(4.5)) / 0.1, 6);
    const s = spectrometer(namedInstrument('maps-upgraded'), { eiMeV: 25, chopperHz: 300 });
    expect(s.apertureWidthM).toBeCloseTo(0.094 * Math.sqrt(guideGain(gain, 25)), 12);
  });
});

describe('instrument files', () => {
  const problem = (text: string): InstrumentError => {
    try {
      parseInstrument(text, { source: 'mine.yaml' });
    } catch (e) {
      if (e instanceof InstrumentError) return e;
    }
    throw new Error('no InstrumentError');
  };

  test('every problem is listed with its place', () => {
    const e = problem(
      maps.replace('faceAngleDeg: 32', 'faceAngleDeg: 320').replace('radiusMm: 49', 'radius: 49'),
    );
    expect(e.code).toBe('INSTRUMENT_FILE');
    expect(e.where).toBe('mine.yaml');
    expect(e.got).toContain('moderator.faceAngleDeg');
    expect(e.got).toContain('chopper.radiusMm');
    expect(e.got).toContain('radius');
  });

  test('broken syntax, components out of order, no package', () => {
    expect(problem('a: [1').what).toMatch(/YAML/);
    expect(problem(maps.replace('distanceM: 10.01', 'distanceM: 13')).what).toMatch(/order/);
    const empty = JSON.stringify({
      ...namedInstrument('maps'),
      chopper: { distanceM: 1.9, radiusMm: 49, packages: {} },
    });
    expect(problem(empty).what).toMatch(/package/);
  });

  test('bad settings are named', () => {
    const instrument = namedInstrument('maps');
    const at = { eiMeV: 50, chopperHz: 200 };
    expect(() => spectrometer(instrument, { ...at, eiMeV: -1 })).toThrow(/eiMeV/);
    expect(() => spectrometer(instrument, { ...at, chopperPackage: 'Z' })).toThrow(/S, A, B/);
    expect(() => spectrometer(instrument, { ...at, sample: { sizeMm: [1, -1, 1] } })).toThrow(
      /sizeMm\[1\]/,
    );
    expect(() =>
      spectrometer(instrument, {
        ...at,
        sample: { sizeMm: [1, 1, 1], axes: [1, 0, 0, 1, 0, 0, 0, 0, 1] },
      }),
    ).toThrow(/orthonormal/);
    expect(() =>
      spectrometer(instrument, { eiMeV: 5, chopperHz: 600, chopperPackage: 'A' }),
    ).toThrow(/Ei = 5 meV at 600 Hz/);
  });
});
