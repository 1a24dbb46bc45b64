import type { Manifest } from '@spectraloom/shards';
import { generate, type GenerateOptions } from './generate/generate.js';

/**
 * Where shards are made. Every engine has the worker of `worker.ts` make each shard, keeps the
 * finished shards of an earlier run, whichever engine made them, and ends with the same manifest.
 */
export interface Engine {
  readonly name: 'local' | 'slurm';
  /** As `generate`: the same options, the same errors, and those of the engine. */
  generate(options: GenerateOptions): Promise<Manifest>;
}

/** Worker threads of this process. */
export const localEngine: Engine = { name: 'local', generate };
