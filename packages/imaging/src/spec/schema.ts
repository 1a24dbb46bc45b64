import { z } from 'zod';

const finite = z.number();
const positive = z.number().positive();
const triple = z.tuple([finite, finite, finite]);

/** Bins centred at from + i (to - from)/(count - 1), i = 0 .. count - 1, as wide as their step. */
const bins = z
  .strictObject({ from: finite, to: finite, count: z.number().int().min(2) })
  .refine((b) => b.to > b.from, 'expected from < to');

const incident = z.strictObject({ eiMeV: positive, chopperHz: positive });

/**
 * What an image is: incident energies, slices, pixels, orientation, and the physics that is
 * switched on. The defaults are the layout of the PCSMO measurement. Axes are r.l.u. of the model
 * file's lattice. Plain JSON: it travels to workers and into keys as it is.
 */
export const imageSpecSchema = z.strictObject({
  /** Blocks of rows, top to bottom. */
  incident: z
    .array(incident)
    .min(1)
    .default([
      { eiMeV: 25, chopperHz: 300 },
      { eiMeV: 35, chopperHz: 200 },
      { eiMeV: 50, chopperHz: 200 },
      { eiMeV: 70, chopperHz: 250 },
      { eiMeV: 100, chopperHz: 300 },
      { eiMeV: 140, chopperHz: 400 },
    ]),
  chopperPackage: z.string().optional(),
  /** Blocks of columns, left to right: contiguous slices between these fractions of Ei. */
  slices: z
    .strictObject({
      from: finite,
      to: finite.max(0.999, 'expected less than 1: an energy transfer stays below Ei'),
      count: z.number().int().min(1),
    })
    .refine((s) => s.to > s.from && s.from > 0, 'expected 0 < from < to')
    .default({ from: 0.1, to: 0.7, count: 10 }),
  /** Pixels of a tile in units of `axes`; h runs from its top (to) down, k from left (from). */
  pixels: z
    .strictObject({ h: bins, k: bins })
    .default({ h: { from: -1, to: 1, count: 40 }, k: { from: -1, to: 1, count: 40 } }),
  axes: z
    .strictObject({
      h: triple,
      k: triple,
      /** Along ki. */
      beam: triple,
      /** In the horizontal plane, left of the beam. */
      left: triple,
    })
    .default({ h: [2, 0, 0], k: [0, 2, 0], beam: [0, 0, 1], left: [-1, 0, 0] }),
  /** Rotation of ki off `axes.beam`, see CrystalOrientation. */
  misorientationDeg: triple.default([0, 0, 0]),
  /** A cuboid with its x and y edges along these r.l.u. directions. */
  sample: z
    .strictObject({ sizeMm: triple, xAlong: triple, yAlong: triple })
    .default({ sizeMm: [10, 50, 10], xAlong: [0, 0, 1], yAlong: [0, 1, 0] }),
  mosaicFwhmDeg: z.number().min(0).default(0),
  /** Energy bin of the data over Ei. */
  energyBinFraction: z.number().min(0).max(0.5).default(0.01),
  resolution: z.enum(['monteCarlo', 'covariance', 'table', 'none']).default('covariance'),
  /** Monte-Carlo samples of the resolution at each energy, and their seed (`monteCarlo` only). */
  samples: z
    .number()
    .int()
    .min(128, 'expected at least 128: the shape of the resolution is drawn from them')
    .max(1048576)
    .default(8192),
  seed: z.number().int().min(0).default(0),
  twins: z.enum(['proper', 'published']).default('proper'),
  formFactor: z.boolean().default(true),
  /**
   * Component of Q along the beam: from kinematics, or 0 everywhere, as a simulation has it that
   * forgets that the detector fixes it. Only for models without dispersion along the beam.
   */
  alongBeam: z.enum(['kinematics', 'zero']).default('kinematics'),
  /** FWHM of each mode before the resolution. */
  intrinsicFwhmMeV: z.number().min(0).default(0.1),
  /** Overrides the model's temperature (Bose factor). */
  temperatureKelvin: z.number().min(0).optional(),
  /** Multiplies the image. */
  scale: positive.max(1e9).default(1),
  mask: z.enum(['coverage', 'none']).default('coverage'),
  /** Points of the magnetic-zone grid per pixel and axis, at least. */
  pointsPerPixel: z.number().min(1).max(40).default(3),
  /** Largest cell of the zone grid, in standard deviations of the resolution in h and in k. */
  cellWidthSd: z.number().min(0).max(10).default(2.4),
});

/** A complete specification. */
export type ImageSpec = z.output<typeof imageSpecSchema>;
/** What a user writes: every field may be left out. */
export type ImageSpecInput = z.input<typeof imageSpecSchema>;
