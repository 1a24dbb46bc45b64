import { applyExperiment } from '../experiment/apply.js';
import type { ExperimentContext } from '../experiment/models.js';
import { Random } from '../random/xoshiro.js';

/**
 * A measurement of nothing: a background, what leaks from the elastic line, phonons, counting
 * noise, levels drawn from the seed. `[rows * columns]`, units of the image.
 */
export function pureBackground(context: ExperimentContext, seed: number): Float32Array {
  const random = new Random(seed);
  const upTo = (top: number): number => top * random.uniform();
  return applyExperiment(
    new Float32Array(context.mask.length),
    context,
    [
      { model: 'flat-background', level: 0.5 + upTo(6) },
      { model: 'sloping-background', level: upTo(4), slope: 4 * random.uniform() - 2 },
      { model: 'elastic-tail', amplitude: upTo(40), widthFraction: 0.03 + upTo(0.1) },
      { model: 'phonons', amplitude: upTo(4) },
      { model: 'counting-noise', countsPerUnit: 10 ** (1.5 * random.uniform() - 0.5) },
    ],
    seed,
  );
}

/** Ways to bring intensities to another scale. */
export const normalisationKinds = ['unit-interval', 'tile-maximum', 'logarithm', 'square'] as const;
/** How an image is normalised that is not normalised as the training set. */
export type NormalisationKind = (typeof normalisationKinds)[number];

/**
 * The image with its intensities normalised in another way than the training set's, zeros (no
 * detector) kept: stretched to [0, 1] after a clip at 120; each tile divided by its maximum (times
 * 40); the logarithm log(1 + x) (times 10); the square over the root mean square.
 */
export function otherNormalisation(
  image: Float32Array,
  { layout }: Pick<ExperimentContext, 'layout'>,
  kind: NormalisationKind,
): Float32Array {
  switch (kind) {
    case 'unit-interval': {
      const clipped = image.map((v) => Math.min(Math.max(v, 0), 120));
      const top = clipped.reduce((a, b) => Math.max(a, b), 0);
      return top > 0 ? clipped.map((v) => v / top) : clipped;
    }
    case 'tile-maximum': {
      const out = image.slice();
      for (const { block, slice } of layout.tiles) {
        let top = 0;
        const each = (visit: (at: number) => void) => {
          for (let i = 0; i < layout.h.count; i++) {
            for (let j = 0; j < layout.k.count; j++) visit(layout.index(block, slice, i, j));
          }
        };
        each((at) => (top = Math.max(top, image[at]!)));
        if (top > 0) each((at) => (out[at] = (40 * image[at]!) / top));
      }
      return out;
    }
    case 'logarithm':
      return image.map((v) => 10 * Math.log1p(Math.max(v, 0)));
    case 'square': {
      const rms = Math.sqrt(image.reduce((sum, v) => sum + v * v, 0) / image.length) || 1;
      return image.map((v) => (v * v) / rms);
    }
  }
}
