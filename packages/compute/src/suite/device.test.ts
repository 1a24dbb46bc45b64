import { describe, it } from 'vitest';
import { findNativeBuild } from '../backend/native-tensorflow.js';
import { holdToKnownGaps } from './held-to-gaps.fixture.js';

const native = findNativeBuild();
if (!native) {
  console.log(
    'device suite on tensorflow skipped: no build (node tools/native-tensorflow/build.mjs)',
  );
}

describe('every layer and loss, forward, gradient and second order', () => {
  it('on wasm', () => holdToKnownGaps('wasm'));
  it.skipIf(!native)('on tensorflow', () => holdToKnownGaps('tensorflow'));
});
