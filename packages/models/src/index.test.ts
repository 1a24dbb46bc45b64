import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports exactly this', () => {
  expect(Object.keys(api).sort()).toEqual([
    'NetworkError',
    'buildNetwork',
    'copyWeights',
    'decodeLatents',
    'defaultPreprocessing',
    'networkHead',
    'networkKind',
    'networkNames',
    'parameterCount',
    'parsePreprocessing',
    'preprocessBatch',
    'preprocessImage',
    'preprocessedShape',
    'preprocessingSchema',
    'readWeights',
    'seedFor',
    'weightsOf',
    'writeWeights',
  ]);
});
