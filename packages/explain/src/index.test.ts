import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports exactly this', () => {
  expect(Object.keys(api).sort()).toEqual([
    'ExplainError',
    'PixelMoments',
    'activationMap',
    'activationView',
    'codesOf',
    'compareTiles',
    'deletionInsertion',
    'discrimination',
    'embedding',
    'filterView',
    'integratedGradients',
    'maximise',
    'meanOcclusion',
    'occlusion',
    'pullBack',
    'randomisedWeights',
    'rankCorrelation',
    'rankTiles',
    'ranks',
    'resizeBilinear',
    'resizeTiles',
    'tileMeans',
  ]);
});
