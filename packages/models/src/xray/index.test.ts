import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports exactly this', () => {
  expect(Object.keys(api).sort()).toEqual([
    'Interpreter',
    'activationNames',
    'axisOver',
    'basisIntervals',
    'coveredVariance',
    'defaultSplit',
    'ensembleOf',
    'fitEnsemble',
    'fitInterpreter',
    'isosurface',
    'loadInterpreter',
    'methodNames',
    'readBack',
    'saveInterpreter',
    'searchEmulator',
    'sensitivity',
    'slice',
    'splitSamples',
    'toMatrix',
    'toRows',
  ]);
});
