import { describe, expect, it } from 'vitest';
import { findNativeBuild } from './native-tensorflow.js';
import { selectBackend } from './select.js';
import { trainedWeights } from './training-run.fixture.js';
import type { BackendName } from './types.js';

const native = findNativeBuild();
if (!native) {
  console.log(
    'determinism on tensorflow skipped: no build (node tools/native-tensorflow/build.mjs)',
  );
}

async function twice(backend: BackendName): Promise<void> {
  await selectBackend({ require: backend });
  const [first, second] = [await trainedWeights(), await trainedWeights()];
  expect(first.length).toBe(12);
  expect(first.flatMap((w) => [...w]).every(Number.isFinite)).toBe(true);
  for (const [i, weights] of first.entries()) {
    // As integers, so that it is the bits that are compared.
    expect(new Uint32Array(second[i]!.buffer)).toEqual(new Uint32Array(weights.buffer));
  }
}

describe('the same training run twice gives the same weights, bit for bit', () => {
  it('on wasm', () => twice('wasm'));
  it.skipIf(!native)('on tensorflow (CPU)', () => twice('tensorflow'));
});
