export { fetchDataset, type FetchResult, localFile, readCard } from './dataset/card.js';
export type { DatasetCard } from './dataset/card.js';
export { PipelineError, type PipelineErrorCode } from './errors.js';
export type { Emit, PipelineEvent } from './stages/events.js';
export type { InputDifference } from './stages/key.js';
export { runStages, stageStatus } from './stages/run.js';
export type { FinishedStage, RunOptions, StageStatus } from './stages/run.js';
export type { JsonObject, Stage, StageRecord } from './stages/stage.js';
