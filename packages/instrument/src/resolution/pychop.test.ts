import { describe, expect, test } from 'vitest';
import { fwhmPerSigma } from '../constants.js';
import { parseInstrument } from '../spectrometer/parse.js';
import { spectrometer } from '../spectrometer/spectrometer.js';
import { energyWidths, resolutionCovariance } from './covariance.js';

/**
 * Energy widths of PyChop's model, computed with ResINS 0.1.0 (PyPI `resins`, the ISIS and PACE
 * port of PyChop; docs/guides/instruments.md says how), on the geometry that it has for each
 * instrument. Its definitions: FWHM = sqrt(8 ln 2) standard deviations; 2 theta = 0; of the
 * sample its width alone; the detector by absorption in the tube.
 */
const geometry = {
  MAPS: { x0: 10.143, xa: 8.27, x1: 1.899, x2: 6, apertureM: 0.094, tilt: 32, sampleMm: 48 },
  MERLIN: { x0: 9.995, xa: 7.19, x1: 1.925, x2: 2.5, apertureM: 0.06667, tilt: 26.7, sampleMm: 40 },
  // A hollow cylinder: width^2 / 8 in place of / 12.
  MARI: {
    x0: 10.05,
    xa: 7.19,
    x1: 1.689,
    x2: 4.022,
    apertureM: 0.06667,
    tilt: 13,
    sampleMm: 19 * Math.sqrt(1.5),
  },
  SEQUOIA: {
    x0: 18.01,
    xa: 17,
    x1: 2,
    x2: 5.5,
    apertureM: 0.05,
    tilt: -13.75,
    sampleMm: 48 * Math.sqrt(1.5),
  },
  ARCS: { x0: 11.61, xa: 9.342, x1: 2, x2: 3, apertureM: 0.1751, tilt: -13.75, sampleMm: 48 },
} as const;

/** Curvature in m, slit and radius in mm. */
const packages: Record<string, readonly [number, number, number]> = {
  'MAPS S': [1.3, 2.899, 49],
  'MAPS A': [1.3, 1.087, 49],
  'MAPS B': [0.92, 1.812, 49],
  'MERLIN S': [1.3, 2.28, 49],
  'MERLIN G': [1000, 0.2, 5],
  'MARI C': [0.58, 1.52, 49],
  'MARI G': [0.8, 0.38, 10],
  'MARI S': [1.3, 2.28, 49],
  'SEQUOIA ARCS-100-1.5-AST': [0.58, 1.52, 50],
  'SEQUOIA High-Flux': [1.535, 4.56, 50],
  'ARCS ARCS-100-1.5-AST': [0.58, 1.52, 50],
  'ARCS ARCS-700-0.5-AST': [1.535, 0.51, 50],
};

// Ei, Hz, energy transfer; FWHM of the pulse in microseconds; then FWHM in meV: moderator,
// chopper, aperture, sample, detector, total.
type Numbers = [number, number, number, number, number, number, number, number, number, number];
const rows: [keyof typeof geometry, string, ...Numbers][] = [
  [
    'MAPS',
    'S',
    25,
    300,
    10,
    35.99761,
    0.4451631,
    0.301701,
    0.15632,
    0.01423408,
    0.05312467,
    0.5627206,
  ],
  [
    'MAPS',
    'S',
    70,
    250,
    28,
    20.50883,
    1.188293,
    1.770636,
    0.2416522,
    0.1399629,
    0.1701007,
    2.157339,
  ],
  ['MAPS', 'S', 400, 200, 0, 6.741127, 6.12321, 48.64445, 6.228479, 4.90766, 1.796655, 49.69792],
  [
    'MAPS',
    'A',
    500,
    500,
    400,
    6.178154,
    6.125944,
    3.945883,
    1.77312,
    0.7809169,
    0.4305265,
    7.552239,
  ],
  [
    'MAPS',
    'B',
    120,
    300,
    0,
    19.7909,
    2.953888,
    3.330277,
    0.1073315,
    0.4633403,
    0.5210566,
    4.507095,
  ],
  [
    'MERLIN',
    'S',
    18,
    200,
    14.4,
    32.31675,
    0.2308772,
    0.1733779,
    0.0500295,
    0.00643128,
    0.02334823,
    0.29403,
  ],
  [
    'MERLIN',
    'S',
    100,
    300,
    0,
    23.41008,
    3.626566,
    6.008777,
    0.5243217,
    0.6498846,
    1.033264,
    7.142988,
  ],
  [
    'MERLIN',
    'G',
    50,
    250,
    20,
    21.16218,
    0.8891825,
    1.224419,
    0.005331225,
    0.1318148,
    0.2814231,
    1.544814,
  ],
  [
    'MERLIN',
    'G',
    120,
    350,
    0,
    21.49546,
    4.377349,
    5.826811,
    0.5316354,
    0.721334,
    1.250536,
    7.44847,
  ],
  [
    'MARI',
    'C',
    50,
    200,
    0,
    14.96182,
    0.6538009,
    0.7436309,
    0.3420114,
    0.1543519,
    0.3068149,
    1.10244,
  ],
  [
    'MARI',
    'G',
    30,
    150,
    12,
    22.68797,
    0.3878319,
    0.6563457,
    0.1078767,
    0.05531741,
    0.09792717,
    0.7781327,
  ],
  ['MARI', 'S', 110, 200, 0, 11.54481, 1.646197, 7.11758, 1.27319, 0.5213393, 0.7097462, 7.467694],
  [
    'SEQUOIA',
    'ARCS-100-1.5-AST',
    100,
    480,
    0,
    34.18619,
    2.26432,
    1.12626,
    0.259574,
    0.1649859,
    0.4696653,
    2.59052,
  ],
  [
    'SEQUOIA',
    'High-Flux',
    60,
    180,
    48,
    44.40471,
    1.035011,
    1.159768,
    0.1045441,
    0.05921954,
    0.04460006,
    1.559723,
  ],
  [
    'ARCS',
    'ARCS-100-1.5-AST',
    100,
    480,
    40,
    24.50625,
    2.418604,
    1.170892,
    1.472202,
    0.2594401,
    0.5007255,
    3.115452,
  ],
  [
    'ARCS',
    'ARCS-700-0.5-AST',
    300,
    600,
    240,
    3.827516,
    1.587898,
    0.2169076,
    3.127129,
    0.5074358,
    0.5007255,
    3.585474,
  ],
];

describe("PyChop's widths, instruments written as files", () => {
  test.each(rows)(
    '%s %s, %d meV at %d Hz, E = %d',
    (
      name,
      pack,
      eiMeV,
      chopperHz,
      energyMeV,
      pulseUs,
      moderator,
      chopper,
      aperture,
      sample,
      detector,
      total,
    ) => {
      const g = geometry[name];
      const [curvatureM, slitMm, radiusMm] = packages[`${name} ${pack}`]!;
      const instrument = parseInstrument(
        JSON.stringify({
          name,
          moderator: {
            distanceM: g.x0 + g.x1,
            faceAngleDeg: g.tilt,
            pulse: { kind: 'chi-squared', tauMicroseconds: { coefficient: 70, exponent: -0.5 } },
          },
          aperture: {
            distanceM: g.xa + g.x1,
            widthMm: 1000 * g.apertureM,
            heightMm: 1000 * g.apertureM,
          },
          chopper: { distanceM: g.x1, radiusMm, packages: { [pack]: { curvatureM, slitMm } } },
          detectors: { distanceM: g.x2, tubeDiameterMm: 25, pixelLengthMm: 15 },
        }),
      );
      const s = spectrometer(instrument, {
        eiMeV,
        chopperHz,
        // Of the same variance as a normal pulse of that width: ours has 3 tau^2.
        moderatorTauMicroseconds: pulseUs / (fwhmPerSigma * Math.sqrt(3)),
        sample: { sizeMm: [0, g.sampleMm, 0] },
      });
      const ours = energyWidths(
        resolutionCovariance(s, { energyMeV, twoThetaDeg: 0, azimuthDeg: 0 }),
      );
      expect(ours.moderator / moderator).toBeCloseTo(1, 5);
      expect(ours.sample / sample).toBeCloseTo(1, 5);
      // Where the chopper is far off its best velocity (gamma 3.4) the digits of m/h tell.
      expect(Math.abs(ours.chopper / chopper - 1)).toBeLessThan(1e-4);

      // PyChop takes xa + x1 for the x0 + x1 of g1, as if the aperture were the moderator: ours is
      // exact (flightPaths.test.ts), and becomes PyChop's with that length.
      const { vi, omega } = s;
      const [ei, ef] = [vi ** 3 / g.x0, (s.vi * Math.sqrt(1 - energyMeV / eiMeV)) ** 3 / g.x2];
      const seen = (length: number): number => {
        const g1 = 1 - (omega * length * Math.tan(s.faceAngleRad)) / vi;
        return Math.abs(ei * g1 + ef * (1 + (g.x1 / g.x0) * g1));
      };
      const swapped = ours.aperture * (seen(g.xa + g.x1) / seen(g.x0 + g.x1));
      expect(Math.abs(swapped / aperture - 1)).toBeLessThan(1e-4);

      // The depth of absorption: a uniform 75/127 of the diameter here, a tube of helium at 10 bar
      // there, so that theirs falls towards slow neutrons.
      expect(ours.detector / detector).toBeGreaterThan(0.7);
      expect(ours.detector / detector).toBeLessThan(1.3);

      // With these two exchanged, nothing else differs.
      const rest = ours.totalFwhmMeV ** 2 - ours.aperture ** 2 - ours.detector ** 2;
      expect(Math.sqrt(rest + swapped ** 2 + detector ** 2) / total).toBeCloseTo(1, 5);
      // And as they come they agree to 4 %; ARCS has an aperture of 175 mm.
      expect(Math.abs(ours.totalFwhmMeV / total - 1)).toBeLessThan(name === 'ARCS' ? 0.08 : 0.04);
    },
  );
});
