import { expect, it } from 'vitest';
import * as report from './index.js';

it('exports this and nothing else', () => {
  expect(Object.keys(report).sort()).toEqual([
    'ReportError',
    'checkReportData',
    'colourMapNames',
    'curvesSvg',
    'decodeReportData',
    'dispersionSvg',
    'ellipsesSvg',
    'encodeReportData',
    'imageShape',
    'rasteriseSvg',
    'renderExafsReport',
    'renderImagePng',
    'renderImageSvg',
    'renderReport',
    'renderXrayReport',
    'tileEnergyRangeMeV',
  ]);
});
