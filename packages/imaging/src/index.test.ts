import { expect, test } from 'vitest';
import * as api from './index.js';

test('the public names of the package', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "ImagingError",
      "Random",
      "applyExperiment",
      "applyStep",
      "correlation",
      "covarianceAt",
      "createImager",
      "drawExperiment",
      "experimentModels",
      "experimentPriorSchema",
      "experimentSchema",
      "experimentStepSchema",
      "imageFrame",
      "imageLayout",
      "imageMask",
      "imageSpecSchema",
      "imageWavevectors",
      "imagerFromJob",
      "inTile",
      "keepUnstable",
      "measurementCorrelation",
      "mirrorK",
      "momentumOf",
      "normalisationKinds",
      "otherNormalisation",
      "parseImageSpec",
      "pureBackground",
      "resolutionModels",
      "shuffledTiles",
      "spectrometersOf",
      "stitchedBlocks",
      "wrongMask",
      "wrongMaskKinds",
    ]
  `);
});
