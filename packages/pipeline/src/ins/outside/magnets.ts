import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createImager,
  type ImageSpec,
  imageSpecSchema,
  parseImageSpec,
  Random,
} from '@spectraloom/imaging';
import type { Instrument } from '@spectraloom/instrument';
import { parseSpinModel, prepare, type PreparedModel } from '@spectraloom/spinwave';
import { z } from 'zod';

/** Another magnet, seen by the same instrument at the same settings. */
export const magnetSchema = z.strictObject({
  /** Model file, from the pipeline's folder. */
  model: z.string(),
  /** Its axes in the image, r.l.u. of its own lattice; those of the pipeline if not given. */
  axes: imageSpecSchema.shape.axes.removeDefault().optional(),
  /**
   * All its energies are scaled so that the highest lies in this range: couplings of another size,
   * so that it fills the image as the pipeline's own models do.
   */
  topMeV: z
    .tuple([z.number().positive(), z.number().positive()])
    .refine(([low, high]) => low <= high, 'expected [low, high] with low <= high'),
});

export type Magnet = z.infer<typeof magnetSchema>;

/** A magnet with its file read. */
export interface ReadMagnet extends Magnet {
  readonly text: string;
  readonly path: string;
}

export async function readMagnets(
  folder: string,
  magnets: readonly Magnet[],
): Promise<ReadMagnet[]> {
  return Promise.all(
    magnets.map(async (magnet) => {
      const path = join(folder, magnet.model);
      return { ...magnet, path, text: await readFile(path, 'utf8') };
    }),
  );
}

/** Highest energy at some points of the zone. */
function topEnergy(prepared: PreparedModel, p: Float64Array): number {
  const random = new Random(11);
  const q = Float64Array.from({ length: 3 * 64 }, () => random.uniform());
  return prepared.modes(q, p).energiesMeV.reduce((a, b) => Math.max(a, b), 0);
}

/**
 * `count` images of a magnet, each with its energies scaled anew. Every parameter is multiplied by
 * one factor: energies are of first order in all of them, so the ground state stays what it is.
 */
export function magnetImages(
  magnet: ReadMagnet,
  spec: ImageSpec,
  instrument: Instrument,
  count: number,
  seed: number,
): Float32Array[] {
  const prepared = prepare(parseSpinModel(magnet.text, { source: magnet.path }));
  const own = parseImageSpec(
    {
      ...spec,
      twins: 'proper',
      alongBeam: 'kinematics',
      ...(magnet.axes ? { axes: magnet.axes } : {}),
    },
    { source: `image of ${magnet.path}` },
  );
  const imager = createImager({ prepared, instrument, spec: own });
  const p = prepared.parameterVector();
  const top = topEnergy(prepared, p);
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const [low, high] = magnet.topMeV;
    const factor = (low * (high / low) ** random.uniform()) / top;
    return imager.simulate(p.map((v) => v * factor));
  });
}
