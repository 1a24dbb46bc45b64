import { buildNetwork, type Network, parsePreprocessing } from '@spectraloom/models';
import { memorySource } from '../batches/memory.js';
import { fitClassifier, type FitOptions } from '../fit/fit.js';
import { Random } from '../random.js';

/** A point of the plane as an image of two pixels. */
export const moonsPreprocessing = parsePreprocessing({ imageShape: [1, 2], steps: [] });

/** Two interleaved half circles of radius 1 with normal noise (scikit-learn's make_moons). */
export function moons(n: number, seed: number, noise = 0.1) {
  const random = new Random(seed);
  const points = new Float32Array(2 * n);
  const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
  for (let i = 0; i < n; i++) {
    const t = Math.PI * random.uniform();
    const [x, y] = labels[i] ? [1 - Math.cos(t), 0.5 - Math.sin(t)] : [Math.cos(t), Math.sin(t)];
    points[2 * i] = x + noise * random.normal();
    points[2 * i + 1] = y + noise * random.normal();
  }
  return { points, labels, source: memorySource({ imageShape: [1, 2], images: points, labels }) };
}

/** Points on a circle around the middle of the moons. */
export function circle(radius: number, n = 64): Float32Array {
  return Float32Array.from({ length: 2 * n }, (_, i) => {
    const angle = (2 * Math.PI * Math.floor(i / 2)) / n;
    return i % 2 === 0 ? 0.5 + radius * Math.cos(angle) : 0.25 + radius * Math.sin(angle);
  });
}

export async function trainOnMoons(
  name: string,
  options: Record<string, unknown>,
  fit: Partial<FitOptions>,
): Promise<Network> {
  const network = buildNetwork(name, {
    ...{ inputShape: [1, 2, 1], classes: ['upper', 'lower'], seed: 2 },
    ...options,
  });
  await fitClassifier({
    ...{ network, preprocessing: moonsPreprocessing, batchSize: 50, epochs: 30, seed: 5 },
    ...{ train: moons(500, 1).source, validation: moons(200, 2).source, learningRate: 0.01 },
    ...fit,
  });
  return network;
}
