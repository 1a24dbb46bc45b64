import { expect, it } from 'vitest';
import * as sampling from './index.js';

it('exports this and nothing else', () => {
  expect(Object.keys(sampling).sort()).toEqual([
    'PlanError',
    'canonicalJson',
    'createDesign',
    'designKinds',
    'drawPlan',
    'drawPlanAsync',
    'epochOrder',
    'keyOf',
    'normalCdf',
    'normalQuantile',
    'openUnit',
    'parseConstraint',
    'permutation',
    'philox4x32',
    'planFromJson',
    'planSteps',
    'planToText',
    'priorSchema',
    'quantileOf',
    'rowSeed',
    'sha256Hex',
    'splitter',
  ]);
});
