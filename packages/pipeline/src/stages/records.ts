import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { isAbsolute, join, relative } from 'node:path';
import { z } from 'zod';
import { PipelineError } from '../errors.js';
import type { StageFile, StageRecord } from './stage.js';

/** Name of the record in a stage's folder. */
const RECORD = 'stage.json';

const recordSchema = z.object({
  format: z.literal(1),
  stage: z.string(),
  key: z.string().regex(/^[0-9a-f]{64}$/),
  inputs: z.record(z.string(), z.json()),
  upstream: z.record(z.string(), z.string()),
  results: z.record(z.string(), z.json()),
  files: z.array(
    z.object({ path: z.string(), bytes: z.number().int().nonnegative(), sha256: z.string() }),
  ),
  summary: z.string(),
  seconds: z.number(),
  finishedAt: z.string(),
});

/** Folder of a stage's result: `<runs>/<stage>/<first 16 digits of the key>`. */
export function stageFolder(runFolder: string, stage: string, key: string): string {
  return join(runFolder, stage, key.slice(0, 16));
}

/** The record in a folder, or undefined where the stage has not finished there. */
export async function readRecord(folder: string): Promise<StageRecord | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, RECORD), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return recordSchema.parse(JSON.parse(text)) as StageRecord;
  } catch (error) {
    throw new PipelineError(
      'STAGE_DAMAGED',
      {
        what: 'a stage record cannot be read',
        where: join(folder, RECORD),
        got: error instanceof Error ? error.message.slice(0, 300) : String(error),
        expected: 'the JSON this program wrote',
        next: `delete the folder ${folder} and run again`,
      },
      { cause: error },
    );
  }
}

export async function hashFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

export async function describeFile(folder: string, path: string): Promise<StageFile> {
  const absolute = isAbsolute(path) ? path : join(folder, path);
  const inside = relative(folder, absolute);
  return {
    path: inside.startsWith('..') ? absolute : inside,
    ...(await hashFile(absolute)),
  };
}

/** Every recorded file is there, with its size and its sha256; throws `STAGE_DAMAGED` if not. */
export async function verifyRecord(folder: string, record: StageRecord): Promise<void> {
  for (const file of record.files) {
    const path = isAbsolute(file.path) ? file.path : join(folder, file.path);
    const found = await hashFile(path).catch(() => undefined);
    if (found === undefined || found.bytes !== file.bytes || found.sha256 !== file.sha256) {
      throw new PipelineError('STAGE_DAMAGED', {
        what: `a file of the finished stage '${record.stage}' is missing or was altered`,
        where: path,
        got: found ? `${found.bytes} bytes, sha256 ${found.sha256.slice(0, 16)}…` : 'no file',
        expected: `${file.bytes} bytes, sha256 ${file.sha256.slice(0, 16)}…`,
        next: `delete ${folder} and run again: the stage is made anew`,
      });
    }
  }
}

/** Writes through a temporary name, fsync and rename: a reader sees the old file or the new one. */
export async function writeDurably(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = `${path}.tmp-${process.pid}`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

export async function writeRecord(folder: string, record: StageRecord): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeDurably(join(folder, RECORD), `${JSON.stringify(record, null, 1)}\n`);
}

/** All finished records of a stage, whatever their keys, the newest first. */
export async function recordsOf(runFolder: string, stage: string): Promise<StageRecord[]> {
  const base = join(runFolder, stage);
  const names = await readdir(base).catch(() => [] as string[]);
  const found: { time: number; record: StageRecord }[] = [];
  for (const name of names) {
    if (name.endsWith('.old')) continue;
    const record = await readRecord(join(base, name));
    if (!record) continue;
    found.push({ time: (await stat(join(base, name, RECORD))).mtimeMs, record });
  }
  return found.sort((a, b) => b.time - a.time).map(({ record }) => record);
}

/** The newest finished record of a stage: what `why` compares with. */
export async function latestRecord(
  runFolder: string,
  stage: string,
): Promise<StageRecord | undefined> {
  return (await recordsOf(runFolder, stage))[0];
}
