import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports exactly this', () => {
  expect(Object.keys(api).sort()).toEqual([
    'BackendUnavailable',
    'ComputeError',
    'DeviceLost',
    'OutOfMemory',
    'backendNames',
    'deviceMemory',
    'howToGet',
    'knownGaps',
    'runDeviceSuite',
    'selectBackend',
    'softmaxCrossEntropy',
  ]);
});
