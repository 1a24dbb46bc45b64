import {
  buildNetwork,
  type Network,
  parsePreprocessing,
  preprocessedShape,
} from '@spectraloom/models';
import { memorySource } from '../batches/memory.js';
import type { BatchSource } from '../batches/source.js';
import { Random } from '../random.js';

export const imageShape: [number, number] = [24, 40];

export const preprocessing = parsePreprocessing({
  imageShape,
  steps: [
    { step: 'clip', min: 0, max: 50 },
    { step: 'downsample', rows: 2, cols: 2 },
    { step: 'min-max' },
  ],
});

/** Images of noise with one bright spot: class 0 in the upper left tile, class 1 lower right. */
export function blobs(count: number, seed: number, firstRow = 0): BatchSource {
  const random = new Random(seed);
  const pixels = imageShape[0] * imageShape[1];
  const images = new Float32Array(count * pixels);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  for (let i = 0; i < count; i++) {
    const at = i * pixels;
    for (let p = 0; p < pixels; p++) images[at + p] = Math.abs(random.normal());
    const y = random.below(6) + (labels[i] ? 14 : 2);
    const x = random.below(12) + (labels[i] ? 24 : 2);
    for (let dy = 0; dy < 4; dy++)
      for (let dx = 0; dx < 4; dx++) images[at + (y + dy) * imageShape[1] + x + dx]! += 4;
  }
  const rows = Int32Array.from({ length: count }, (_, i) => firstRow + i);
  return memorySource({ imageShape, images, labels, rows });
}

export function smallNetwork(seed = 1): Network {
  return buildNetwork('cnn-gap-small', {
    inputShape: preprocessedShape(preprocessing),
    classes: ['upper', 'lower'],
    grid: [2, 2],
    filters: [4, 8],
    seed,
  });
}
