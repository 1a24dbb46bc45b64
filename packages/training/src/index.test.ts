import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports exactly this', () => {
  expect(Object.keys(api).sort()).toEqual([
    'Random',
    'TrainingError',
    'augmentationFrom',
    'augmentationSchema',
    'bestCheckpointName',
    'checkpointFormat',
    'classificationMetrics',
    'evaluate',
    'fitClassifier',
    'fitSettingsSchema',
    'lastCheckpointName',
    'loadCheckpoint',
    'loadIntoMemory',
    'memorySource',
    'parseAugmentation',
    'parseFitSettings',
    'predict',
    'saveCheckpoint',
  ]);
});
