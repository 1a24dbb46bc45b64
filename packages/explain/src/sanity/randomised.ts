import { buildNetwork, type Network } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { ExplainError } from '../errors.js';
import { rankCorrelation } from '../statistics/rank.js';

/** One step of the cascade: all layers from the output down to `layer` have fresh weights. */
export interface CascadeStep {
  layer: string;
  /** Spearman's, of the map with the trained network's, mean over the fresh weights drawn. */
  rankCorrelation: number;
  /** Smallest and largest over them. */
  range: [number, number];
}

export interface Cascade {
  steps: CascadeStep[];
  /** How many sets of fresh weights were drawn. */
  repeats: number;
  /** The map of a network with no trained weight left still looks like the trained one's. */
  suspicious: boolean;
  warnings: string[];
}

/** From this rank correlation on, a map does not depend on what was learnt. */
const suspiciousFrom = 0.5;

/**
 * Sanity check of a kind of map (Adebayo et al., NeurIPS 2018): layer by layer, from the output to
 * the input, trained weights are replaced by fresh ones of another seed, and the map is made again.
 * A map that stays as it is shows the image and not what was learnt. The network's weights are put
 * back at the end.
 *
 * One set of fresh weights may agree with the trained map by chance, so several are drawn. Throws
 * `REPEATS` for none.
 *
 * @param map makes the map of the network as it is at that moment
 */
export async function randomisedWeights(
  network: Network,
  map: (network: Network) => Promise<ArrayLike<number>> | ArrayLike<number>,
  { seed = 1, repeats = 5 }: { seed?: number; repeats?: number } = {},
): Promise<Cascade> {
  if (!(Number.isInteger(repeats) && repeats >= 1)) {
    throw new ExplainError({
      code: 'REPEATS',
      what: 'the check needs fresh weights',
      where: 'randomisedWeights',
      got: `${String(repeats)} sets of them`,
      expected: 'a whole number from 1',
    });
  }
  const trained = Float64Array.from(await map(network));
  const layers = [...network.logits.layers].reverse().filter((l) => l.getWeights().length > 0);
  const found = layers.map(() => [] as number[]);
  for (let r = 0; r < repeats; r++) {
    const own = network.options.seed;
    const options = { ...network.options, seed: own + 1 + seed * repeats + r };
    const fresh = buildNetwork(network.name, options);
    const kept = layers.map((layer) => layer.getWeights().map((w) => w.clone()));
    try {
      for (const [i, layer] of layers.entries()) {
        layer.setWeights(fresh.logits.getLayer(layer.name).getWeights());
        found[i]!.push(rankCorrelation(trained, Float64Array.from(await map(network))));
      }
    } finally {
      layers.forEach((layer, i) => layer.setWeights(kept[i]!));
      tf.dispose(kept);
      fresh.dispose();
    }
  }
  const steps = layers.map(({ name }, i): CascadeStep => {
    // A map that has become constant says nothing: no correlation.
    const known = found[i]!.map((v) => (Number.isNaN(v) ? 0 : v));
    const mean = known.reduce((a, b) => a + b, 0) / Math.max(1, known.length);
    return {
      layer: name,
      rankCorrelation: mean,
      range: [Math.min(...known), Math.max(...known)],
    };
  });
  const last = steps.at(-1);
  const suspicious = Math.abs(last?.rankCorrelation ?? 0) >= suspiciousFrom;
  return {
    ...{ steps, repeats, suspicious },
    warnings: suspicious
      ? [
          `maps of untrained networks have rank correlation ${last!.rankCorrelation.toFixed(2)} with this one: it shows the image, not what was learnt`,
        ]
      : [],
  };
}
