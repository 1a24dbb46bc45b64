import { z } from 'zod';

const positive = z.number().positive();
const range = z
  .tuple([z.number(), z.number()])
  .refine(([lo, hi]) => lo < hi, 'expected [low, high] with low < high');

/**
 * Emission-time distribution of the moderator, f(t) = (t/tau)^2 exp(-t/tau) / (2 tau).
 * `chi-squared`: tau = coefficient * (Ei/meV)^exponent microseconds; `measured`: the pulse has the
 * full width at half maximum of a table over the wavelength, between whose points it is linear.
 */
const pulse = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('chi-squared'),
    tauMicroseconds: z.strictObject({ coefficient: positive, exponent: z.number() }),
  }),
  z
    .strictObject({
      kind: z.literal('measured'),
      wavelengthAngstrom: z.array(positive).min(2),
      fwhmMicroseconds: z.array(positive).min(2),
    })
    .refine(
      (p) => p.wavelengthAngstrom.length === p.fwhmMicroseconds.length,
      'expected as many wavelengthAngstrom as fwhmMicroseconds',
    )
    .refine(
      (p) => p.wavelengthAngstrom.every((w, i, all) => i === 0 || w > all[i - 1]!),
      'expected wavelengthAngstrom in ascending order',
    ),
]);

const guideCoefficients = {
  coefficients: z.array(z.number()).min(1),
  linearAboveAngstrom: positive,
};

/**
 * Gain in flux by a guide as a function of wavelength lambda (Å), P = sum_i c_i lambda^i:
 * `polynomial` P, `exponential-polynomial` 1 + exp(-x0/lambda) P; both go on along their tangent
 * above `linearAboveAngstrom`.
 */
const guideGain = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('polynomial'), ...guideCoefficients }),
  z.strictObject({
    kind: z.literal('exponential-polynomial'),
    x0Angstrom: z.number(),
    ...guideCoefficients,
  }),
]);

const chopperPackage = z.strictObject({
  curvatureM: positive.describe('radius of curvature of the slits'),
  slitMm: positive,
  maximumHz: positive.optional(),
  radiusMm: positive.optional().describe('of the package, where it is not that of the chopper'),
});

/**
 * A bank of parallel tubes, all at the sample-detector distance. `vertical` tubes step in the
 * horizontal angle (positive: y, left of the beam), `horizontal` tubes step in the vertical angle
 * (positive: up); `side` -1 mirrors the angles. Each pack is [angle of its first tube (deg),
 * number of tubes].
 */
const bank = z.strictObject({
  name: z.string(),
  tubes: z.enum(['vertical', 'horizontal']),
  side: z.union([z.literal(1), z.literal(-1)]).default(1),
  packs: z.array(z.tuple([z.number(), z.number().int().positive()])).min(1),
  pitchDeg: positive,
  halfLengthM: positive.describe('half of the active length of a tube'),
  shiftM: z.number().default(0).describe('offset of the tube centre along the tube'),
  yawDeg: z.number().default(0).describe('rotation of the bank about the vertical axis'),
});

const detectors = z.strictObject({
  distanceM: positive,
  tubeDiameterMm: positive,
  pixelLengthMm: positive,
  /** Depth of absorption as a uniform distribution of this fraction of the diameter. */
  effectiveDepthFraction: positive.max(1).default(75 / 127),
  /** Rings of full azimuth; used where `banks` is not given. */
  twoThetaRangesDeg: z.array(range).default([]),
  azimuthRangesDeg: z.array(range).optional(),
  banks: z.array(bank).default([]),
});

/** The instrument file. Strict: an unknown key is an error. */
export const instrumentSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  sources: z.array(z.string()).default([]),
  moderator: z.strictObject({
    distanceM: positive.describe('moderator to sample'),
    faceAngleDeg: z.number().min(-80).max(80),
    pulse,
  }),
  aperture: z.strictObject({
    distanceM: positive.describe('upstream of the sample'),
    widthMm: positive,
    heightMm: positive,
    guideGain: guideGain.optional(),
  }),
  chopper: z.strictObject({
    distanceM: positive.describe('chopper to sample'),
    radiusMm: positive,
    packages: z.record(z.string(), chopperPackage),
  }),
  detectors,
});

/** An instrument's file, checked; units are in the names of its fields. */
export type Instrument = z.output<typeof instrumentSchema>;
/** A slit package of a Fermi chopper. */
export type ChopperPackage = z.output<typeof chopperPackage>;
/** Detector tubes side by side. */
export type TubeBank = z.output<typeof bank>;
