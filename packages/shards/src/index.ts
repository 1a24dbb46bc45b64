export { DatasetLocked, ShardCorrupt, ShardsError } from './errors.js';
export type { ShardsErrorCode, ShardsErrorParts } from './errors.js';
export { npyAsFloat32, npySqueeze, readNpy } from './npy/read.js';
export type { NpyArray } from './npy/read.js';
export type { NpyData } from './npy/dtype.js';
export { writeNpy } from './npy/write.js';
export { acquireLock, readLockOwner } from './lock/lock.js';
export type { Lock, LockOptions } from './lock/lock.js';
export type { LockOwner } from './lock/process.js';
export { parameterColumns, recordBatchRows, shardCount, shardRange } from './dataset/layout.js';
export type {
  DatasetLayout,
  DatasetRow,
  ParameterColumn,
  ShardRange,
} from './dataset/layout.js';
export { appendJournal, journalName, readJournal } from './dataset/journal.js';
export type { JournalEntry, JournalStart } from './dataset/journal.js';
export { makeManifest, manifestName, readManifest, writeManifest } from './dataset/manifest.js';
export type { Manifest, ShardEntry } from './dataset/manifest.js';
export type { ResumeState } from './dataset/order.js';
export { DatasetReader } from './dataset/reader.js';
export type { Batch, EpochBatch, EpochOptions, ReaderOptions } from './dataset/reader.js';
export { checkShard, verifyDataset } from './dataset/verify.js';
export type { ShardProblem, Verification, VerifyOptions } from './dataset/verify.js';
export { openShard } from './dataset/writer.js';
export type { ShardWriter } from './dataset/writer.js';
export { removePartialFiles, writeFileDurably } from './files/durable.js';
export { datasetStats } from './dataset/stats.js';
export type { DatasetStats, Moments } from './dataset/stats.js';
export { catalogueName, writeCatalogue } from './parquet/catalogue.js';
export type { CatalogueEntry } from './parquet/catalogue.js';
export { exportParquet } from './parquet/export.js';
export type { ExportOptions } from './parquet/export.js';
export { datasetLockName, datasetStatus, strayFiles } from './dataset/status.js';
export type { DatasetStatus, StrayFile } from './dataset/status.js';
export { importDataset, importSchema } from './import/import.js';
export type { ImportOptions, ImportSpec } from './import/import.js';
export { readNpz } from './import/npz.js';
