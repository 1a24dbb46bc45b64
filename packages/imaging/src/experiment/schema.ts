import { z } from 'zod';

const level = z.number().min(0);

/**
 * What an experiment adds to an image, one entry a step, applied in the order given. Intensities
 * are in the units of the image they act on.
 */
export const experimentStepSchema = z.discriminatedUnion('model', [
  /** Multiplies by `factor`. */
  z.strictObject({ model: z.literal('scale'), factor: z.number().positive() }),
  /**
   * Weakens high energies: factor 1 well below `centreMeV`, `factor` well above, by a logistic of
   * width `widthMeV`.
   */
  z.strictObject({
    model: z.literal('damping'),
    centreMeV: z.number().positive(),
    widthMeV: z.number().positive(),
    factor: level.max(1),
  }),
  /** Adds `level` everywhere. */
  z.strictObject({ model: z.literal('flat-background'), level }),
  /** Adds level * (1 + slope * (E/Ei - 1/2)) where positive. */
  z.strictObject({ model: z.literal('sloping-background'), level, slope: z.number() }),
  /** Adds amplitude * exp(-E / (widthFraction Ei)): what leaks from the elastic line. */
  z.strictObject({
    model: z.literal('elastic-tail'),
    amplitude: level,
    widthFraction: z.number().positive(),
  }),
  /** Adds amplitude * Q^2 / E * (n(E) + 1), Q in Å^-1, E in meV: one-phonon scattering's shape. */
  z.strictObject({
    model: z.literal('phonons'),
    amplitude: level,
    temperatureKelvin: level.default(0),
  }),
  /**
   * Shifts every tile by (shiftH, shiftK) image units and turns it by rotationDeg about its centre,
   * bilinear; pixels from outside take the nearest inside.
   */
  z.strictObject({
    model: z.literal('misalignment'),
    shiftH: z.number().default(0),
    shiftK: z.number().default(0),
    rotationDeg: z.number().default(0),
  }),
  /** Poisson counts at `countsPerUnit` counts for an intensity of 1, divided by it again. */
  z.strictObject({ model: z.literal('counting-noise'), countsPerUnit: z.number().positive() }),
  /** Sets a random part of the pixels to 0. */
  z.strictObject({ model: z.literal('dead-pixels'), fraction: level.max(1) }),
]);

/** What an experiment adds to an image, one step after the other. */
export const experimentSchema = z.array(experimentStepSchema);
/** A step with its defaults filled in. */
export type ExperimentStep = z.output<typeof experimentStepSchema>;
/** A step as it is written in a pipeline file. */
export type ExperimentStepInput = z.input<typeof experimentStepSchema>;

/** One value of an experiment model, for help texts. */
export interface ExperimentValue {
  readonly name: string;
  readonly meaning: string;
  /** Undefined: has to be given. */
  readonly default?: number;
}

/** What each experiment model does and takes; intensities are in the units of the image. */
export const experimentModels: Readonly<
  Record<ExperimentStep['model'], { does: string; values: readonly ExperimentValue[] }>
> = {
  scale: {
    does: 'multiplies the image',
    values: [{ name: 'factor', meaning: 'above 0' }],
  },
  damping: {
    does: 'weakens high energies, by a logistic step',
    values: [
      { name: 'centreMeV', meaning: 'energy of the step, meV' },
      { name: 'widthMeV', meaning: 'width of the step, meV' },
      { name: 'factor', meaning: 'what is left well above it, 0 to 1' },
    ],
  },
  'flat-background': {
    does: 'adds the same everywhere',
    values: [{ name: 'level', meaning: 'intensity' }],
  },
  'sloping-background': {
    does: 'adds level * (1 + slope * (E/Ei - 1/2)), where positive',
    values: [
      { name: 'level', meaning: 'intensity at E = Ei/2' },
      { name: 'slope', meaning: 'change over E/Ei, relative' },
    ],
  },
  'elastic-tail': {
    does: 'adds amplitude * exp(-E / (widthFraction Ei))',
    values: [
      { name: 'amplitude', meaning: 'intensity at E = 0' },
      { name: 'widthFraction', meaning: 'of Ei' },
    ],
  },
  phonons: {
    does: 'adds amplitude * Q^2 / E * (Bose factor)',
    values: [
      { name: 'amplitude', meaning: 'intensity * meV * angstrom^2' },
      { name: 'temperatureKelvin', meaning: 'K', default: 0 },
    ],
  },
  misalignment: {
    does: 'shifts every tile and turns it about its centre',
    values: [
      { name: 'shiftH', meaning: 'image units (r.l.u.)', default: 0 },
      { name: 'shiftK', meaning: 'image units (r.l.u.)', default: 0 },
      { name: 'rotationDeg', meaning: 'degrees', default: 0 },
    ],
  },
  'counting-noise': {
    does: 'Poisson counts',
    values: [{ name: 'countsPerUnit', meaning: 'counts for an intensity of 1: the exposure' }],
  },
  'dead-pixels': {
    does: 'sets a random part of the pixels to 0',
    values: [{ name: 'fraction', meaning: '0 to 1' }],
  },
};
