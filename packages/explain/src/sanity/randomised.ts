import { buildNetwork, type Network } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { rankCorrelation } from '../statistics/rank.js';

/** One step of the cascade: all layers from the output down to `layer` have fresh weights. */
export interface CascadeStep {
  layer: string;
  /** Of the map with the one of the trained network: as it is, and of the magnitudes. */
  rankCorrelation: number;
  magnitudeCorrelation: number;
}

export interface Cascade {
  steps: CascadeStep[];
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
 * @param map makes the map of the network as it is at that moment
 */
export async function randomisedWeights(
  network: Network,
  map: (network: Network) => Promise<ArrayLike<number>> | ArrayLike<number>,
  seed = 1,
): Promise<Cascade> {
  const trained = Float64Array.from(await map(network));
  const magnitude = trained.map(Math.abs);
  const { seed: own } = network.options;
  const fresh = buildNetwork(network.name, { ...network.options, seed: own + 1 + seed });
  const kept: { layer: string; weights: tf.Tensor[] }[] = [];
  const steps: CascadeStep[] = [];
  try {
    for (const layer of [...network.logits.layers].reverse()) {
      const own = layer.getWeights();
      if (own.length === 0) continue;
      kept.push({ layer: layer.name, weights: own.map((w) => w.clone()) });
      layer.setWeights(fresh.logits.getLayer(layer.name).getWeights());
      const now = Float64Array.from(await map(network));
      steps.push({
        layer: layer.name,
        rankCorrelation: rankCorrelation(trained, now),
        magnitudeCorrelation: rankCorrelation(magnitude, now.map(Math.abs)),
      });
    }
  } finally {
    for (const { layer, weights } of kept) {
      network.logits.getLayer(layer).setWeights(weights);
      tf.dispose(weights);
    }
    fresh.dispose();
  }
  const last = steps.at(-1);
  const suspicious = Math.abs(last?.rankCorrelation ?? 0) >= suspiciousFrom;
  return {
    steps,
    suspicious,
    warnings: suspicious
      ? [
          `the map of an untrained network has rank correlation ${last!.rankCorrelation.toFixed(2)} with this one: it shows the image, not what was learnt`,
        ]
      : [],
  };
}
