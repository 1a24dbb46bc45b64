export { type ColourMapName, colourMapNames } from './colour/maps.js';
export type { ScaleKind } from './colour/scale.js';
export { checkReportData } from './data/check.js';
export { decodeReportData, encodeReportData } from './data/json.js';
export {
  imageShape,
  type TileAxis,
  type TileColumn,
  tileEnergyRangeMeV,
  type TileLayout,
  type TileRow,
} from './data/layout.js';
export type { AblationReport } from './data/ablation.js';
export type { CalibrationReport, DoubtReport, MethodReport, VerdictReport } from './data/doubt.js';
export type { LearntReport, PlacesReport } from './data/places.js';
export type {
  ActivationReport,
  BestMatch,
  DrawCount,
  EpochRecord,
  EvaluationReport,
  ExampleImage,
  Json,
  MeasuredOrigin,
  MeasuredReport,
  ModelParameter,
  OtherTraining,
  Provenance,
  Quantity,
  ReliabilityBin,
  ReportClass,
  ReportData,
  StageCourse,
  StageTiming,
  TiledImage,
  TrainingReport,
  Verdict,
} from './data/types.js';
export { ReportError, type ReportErrorCode, type ReportErrorParts } from './errors.js';
export { type ImagePictureOptions, renderImagePng, renderImageSvg } from './image/picture.js';
export { rasteriseSvg } from './image/rasterise.js';
export { renderReport } from './page/render.js';
export { type DispersionPlotData, dispersionSvg } from './plots/dispersion.js';
export { type EllipsePlotData, ellipsesSvg } from './plots/ellipses.js';
export { renderExafsReport } from './exafs/page.js';
export type { ExafsMeasuredReport, ExafsReportData } from './exafs/types.js';
export { type CurvePanel, curvesSvg } from './plots/curves-panel.js';
export { renderXrayReport } from './xray/page.js';
export type {
  XrayAxis,
  XrayBasis,
  XrayInput,
  XrayInterval,
  XrayReadBack,
  XrayReportData,
  XrayScore,
  XraySlice,
  XrayTargetReport,
  XrayVolume,
} from './xray/types.js';
