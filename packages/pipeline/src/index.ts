export { makingStatus, parseSlurmProfile, watchParent } from '@spectraloom/farm';
export type { MakingStatus } from '@spectraloom/farm';
export { fetchDataset, type FetchResult, localFile, readCard } from './dataset/card.js';
export type { DatasetCard } from './dataset/card.js';
export { PipelineError, type PipelineErrorCode } from './errors.js';
export type { Emit, PipelineEvent } from './stages/events.js';
export type { InputDifference } from './stages/key.js';
export { lastChoice, rememberChoice } from './stages/choice.js';
export { eventLogger, eventLogName, readEventLog, throughput } from './stages/eventLog.js';
export type { LoggedEvent, ThroughputPoint } from './stages/eventLog.js';
export { folderStatus } from './stages/folderStatus.js';
export type { FolderStatus, StageProgress } from './stages/folderStatus.js';
export { runStages, stageStatus } from './stages/run.js';
export type { FinishedStage, RunOptions, StageStatus } from './stages/run.js';
export type { JsonObject, Stage, StageRecord } from './stages/stage.js';
export type { SlurmChoice } from './ins/experiment.js';
export type { Retrain } from './ins/warmStart.js';
export { openPipeline, type OpenPipeline } from './open.js';
export type { OpenOptions } from './ins/open.js';
export { readMeasured, type MeasuredImage } from './ins/measured.js';
export { classifyFiles, type Classified, type Refused } from './ins/classify.js';
export type { MethodVerdict } from './ins/verdicts.js';
export { reportLayout } from './ins/report/layout.js';
export { type AblationOptions, type AblationResult, runAblation } from './ins/ablation/run.js';
export {
  ablationMarkdown,
  type AblationRow,
  type AblationTable,
  ablationTable,
  type Spread,
} from './ins/ablation/table.js';
