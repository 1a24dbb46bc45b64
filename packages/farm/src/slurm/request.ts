import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type DatasetLayout, writeFileDurably } from '@spectraloom/shards';
import { z } from 'zod';
import { FarmError } from '../errors.js';
import type { Bundles } from './bundles.js';

/** Files of the engine in a data set's folder. */
export const slurmFiles = (folder: string) => {
  const base = join(folder, 'slurm');
  return {
    base,
    request: join(base, 'request.json'),
    missing: join(base, 'missing.json'),
    arrayScript: join(base, 'array.sh'),
    mergeScript: join(base, 'merge.sh'),
    logs: join(base, 'logs'),
    records: join(base, 'records'),
  };
};

/** What a submission is to make: read by its jobs, so plain JSON. */
export interface SlurmRequest {
  readonly format: 'spectraloom-slurm';
  readonly version: 1;
  /** Random; tells what one submission left from what another did. */
  readonly submission: string;
  /** Name of the array; the merge job's is the same with `-merge`. */
  readonly name: string;
  readonly key: string;
  readonly layout: DatasetLayout;
  readonly identity: string;
  readonly provenance: Readonly<Record<string, string>>;
  readonly job: unknown;
  readonly taskModule?: string;
  readonly retries?: number;
  readonly workerMemoryMB?: number;
  /** Worker threads of an array task. */
  readonly workers: number;
  readonly bundles: Bundles;
  /** Shards to be made, ascending. */
  readonly missing: readonly number[];
}

const count = z.int().min(1);
const record = z.record(z.string(), z.string());
const schema = z.strictObject({
  format: z.literal('spectraloom-slurm'),
  version: z.literal(1),
  submission: z.string().min(1),
  name: z.string().min(1),
  key: z.string().min(1),
  layout: z.looseObject({ planId: z.string(), rows: count, rowsPerShard: count }),
  identity: z.string(),
  provenance: record,
  job: z.unknown(),
  taskModule: z.string().optional(),
  retries: z.int().min(0).optional(),
  workerMemoryMB: z.number().optional(),
  workers: count,
  bundles: z.strictObject({ shards: count, shardsPerTask: count, tasks: count }),
  missing: z.array(z.int().min(0)),
});

export const mergeName = (name: string): string => `${name}-merge`;

export function writeRequest(folder: string, request: SlurmRequest): void {
  writeFileDurably(slurmFiles(folder).request, `${JSON.stringify(request)}\n`);
}

/** Reads a request. @returns it, and the data set's folder. @throws FarmError TASK_INVALID */
export function readRequest(path: string): { request: SlurmRequest; folder: string } {
  let got: string;
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (parsed.success) {
      const request = parsed.data as unknown as SlurmRequest;
      return { request, folder: dirname(dirname(resolve(path))) };
    }
    got = parsed.error.issues
      .map((i) => `${i.path.map(String).join('.')}: ${i.message}`)
      .join('; ');
  } catch (error) {
    got = (error as Error).message;
  }
  throw new FarmError({
    code: 'TASK_INVALID',
    what: 'The request of a Slurm submission cannot be read',
    where: path,
    got,
    expected: 'the file that the submission wrote, seen from this node',
    next: 'check that the folder is on a file system shared with the nodes, then run again',
  });
}
