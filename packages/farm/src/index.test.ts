import { expect, it } from 'vitest';
import * as farm from './index.js';

it('exports this and nothing else', () => {
  expect(Object.keys(farm).sort()).toEqual([
    'FarmError',
    'ShardsFailed',
    'datasetKey',
    'defaultWorkers',
    'exafsTask',
    'generate',
    'jobHash',
    'localEngine',
    'makingStatus',
    'parseSlurmProfile',
    'planInParallel',
    'planName',
    'slurmEngine',
    'slurmProfileSchema',
    'slurmStatus',
    'spectraTask',
    'watchParent',
    'waterParameters',
    'waterTargetSchema',
    'waterTask',
  ]);
});
