export { DatasetLocked, ShardCorrupt, ShardsError } from './errors.js';
export type { ShardsErrorCode, ShardsErrorParts } from './errors.js';
export { npyAsFloat32, npySqueeze, readNpy } from './npy/read.js';
export type { NpyArray } from './npy/read.js';
export type { NpyData } from './npy/dtype.js';
export { writeNpy } from './npy/write.js';
export { acquireLock } from './lock/lock.js';
export type { Lock, LockOptions } from './lock/lock.js';
export type { LockOwner } from './lock/process.js';
