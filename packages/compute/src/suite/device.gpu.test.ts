import { describe, it } from 'vitest';
import { useSwiftShader } from '../../../../tools/vitest/swiftshader.mjs';
import { holdToKnownGaps } from './held-to-gaps.fixture.js';

const missing = useSwiftShader();
if (missing) console.log(`device suite on webgpu skipped: ${missing}`);

describe('every layer and loss, forward, gradient and second order', () => {
  it.skipIf(missing)('on webgpu', () => holdToKnownGaps('webgpu'));
});
