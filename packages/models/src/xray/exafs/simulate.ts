import {
  FourierTransform,
  linearGrid,
  type ScatteringPath,
  type ShellParameter,
  shellParameters,
} from '@spectraloom/xray';
import { z } from 'zod';
import { NetworkError } from '../../errors.js';
import { type Matrix, zeros } from '../data/matrix.js';
import { type RandomStream, randomStream } from '../data/random.js';

const range = (low: number, high: number) =>
  z
    .tuple([z.number(), z.number()])
    .refine(([a, b]) => b > a, 'a range ascends')
    .default([low, high]);

/** What spectra a reader is trained on, and what it sees of them. */
export const shellSettingsSchema = z.strictObject({
  /** N S0^2. */
  amplitude: range(3, 15),
  /** Å. */
  deltaR: range(-0.2, 0.2),
  /** Å^2. */
  sigma2: range(0.002, 0.015),
  /** eV. */
  e0Ev: range(-8, 8),
  /** Standard deviation of the white noise of a point of chi(k) every 0.05 Å^-1. */
  noise: range(0, 0.004),
  /**
   * Largest amplitude of a disturbing wave from farther out (0.8 to 1.6 Å beyond the shell), as part of
   * the shell's own: what real samples have and a single shell has not.
   */
  farShell: z.number().min(0).max(2).default(0.7),
  /**
   * Largest size of a smooth disturbance of chi at low k: what taking off the atomic background leaves. A
   * network that never saw one reads it as amplitude and disorder (Pd foil: N 11.5 in place of 10.3).
   */
  background: z.number().min(0).max(1).default(0.06),
  kMin: z.number().min(0).default(2),
  kMax: z.number().positive().default(14),
  kWeight: z.number().int().min(0).max(3).default(2),
  dk: z.number().min(0).default(1),
  /** Part of R that is looked at, Å. */
  rMin: z.number().min(0).default(1.7),
  rMax: z.number().positive().default(3),
});
export type ShellSettings = z.infer<typeof shellSettingsSchema>;
export type ShellSettingsInput = z.input<typeof shellSettingsSchema>;

/** @throws NetworkError OPTION_INVALID */
export function parseShellSettings(input: unknown): ShellSettings {
  const parsed = shellSettingsSchema.safeParse(input);
  if (!parsed.success || !(parsed.data.rMax > parsed.data.rMin)) {
    throw new NetworkError({
      code: 'OPTION_INVALID',
      what: 'the settings of a shell reader are wrong',
      got: parsed.success ? 'rMax not above rMin' : z.prettifyError(parsed.error),
      next: `the settings are ${Object.keys(shellSettingsSchema.shape).join(', ')}`,
    });
  }
  return parsed.data;
}

/** The transform whose real and imaginary parts in the R range are what the network sees. */
export function shellTransform(settings: ShellSettings): FourierTransform {
  const { rMin, rMax } = settings;
  const points = Math.max(8, Math.round((rMax - rMin) / 0.06) + 1);
  return new FourierTransform(linearGrid(rMin, rMax, points), settings);
}

/** Simulated readings: what the network sees and what it should say. */
export interface ShellSamples {
  /** `[n, 2 * R points]`: transforms, real parts then imaginary parts. */
  readonly transforms: Matrix;
  /** `[n, 4]`, in the order of `shellParameters`. */
  readonly parameters: Matrix;
}

/**
 * Transforms of chi(k) given noise-free, as from shards, with noise and a far shell added by `seed`.
 * @param chi row -> chi on the transform's k grid
 * @param parameters `[n, 4]`
 */
export function disturbedSamples(
  path: ScatteringPath,
  settings: ShellSettings,
  transform: FourierTransform,
  chi: (row: number, out: Float64Array) => void,
  parameters: Matrix,
  seed: number,
): ShellSamples {
  const random = randomStream(seed, 11);
  const between = ([low, high]: readonly [number, number]) => low + (high - low) * random.uniform();
  const n = parameters.rows;
  const transforms = zeros(n, 2 * transform.r.length);
  const wave = new Float64Array(transform.k.length);
  for (let i = 0; i < n; i++) {
    wave.fill(0);
    chi(i, wave);
    const amplitude = parameters.data[4 * i];
    if (settings.farShell > 0) {
      path.addTo(
        transform.k,
        {
          amplitude: amplitude * settings.farShell * random.uniform(),
          deltaR: parameters.data[4 * i + 1] + between([0.8, 1.6]),
          sigma2: between(settings.sigma2),
          e0Ev: parameters.data[4 * i + 3],
        },
        wave,
      );
    }
    if (settings.background > 0) addBackground(settings.background, transform.k, wave, random);
    const sd = between(settings.noise);
    for (let j = 0; j < wave.length; j++) wave[j] += sd * random.normal();
    transform.apply(
      wave,
      transforms.data.subarray(i * transforms.columns, (i + 1) * transforms.columns),
    );
  }
  return { transforms, parameters };
}

/** A wave of R below 1.2 Å in a Gaussian envelope somewhere below k = 5 Å^-1. */
function addBackground(
  largest: number,
  k: Float64Array,
  wave: Float64Array,
  random: RandomStream,
): void {
  const amplitude = largest * random.uniform();
  const centre = 5 * random.uniform();
  const width = 0.7 + 2.3 * random.uniform();
  const r = 1.2 * random.uniform();
  const phase = 2 * Math.PI * random.uniform();
  for (let j = 0; j < k.length; j++) {
    const envelope = Math.exp(-(((k[j] - centre) / width) ** 2));
    wave[j] += amplitude * envelope * Math.cos(2 * k[j] * r + phase);
  }
}

/** `count` shells drawn evenly from the settings' ranges, disturbed. */
export function simulateShells(
  path: ScatteringPath,
  settings: ShellSettings,
  count: number,
  seed: number,
): ShellSamples {
  const transform = shellTransform(settings);
  const random = randomStream(seed, 10);
  const parameters = zeros(count, 4);
  for (let i = 0; i < count; i++) {
    shellParameters.forEach((p, j) => {
      const [low, high] = settings[p];
      parameters.data[4 * i + j] = low + (high - low) * random.uniform();
    });
  }
  const chi = (row: number, out: Float64Array) =>
    path.addTo(transform.k, valuesOf(parameters, row), out);
  return disturbedSamples(path, settings, transform, chi, parameters, seed);
}

/** A row of `[n, 4]` by name. */
function valuesOf(m: Matrix, row: number): Record<ShellParameter, number> {
  const [amplitude, deltaR, sigma2, e0Ev] = m.data.subarray(4 * row, 4 * row + 4);
  return { amplitude, deltaR, sigma2, e0Ev };
}
