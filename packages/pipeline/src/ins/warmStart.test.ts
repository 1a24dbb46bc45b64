import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stageKey } from '../stages/key.js';
import { stageFolder, writeRecord } from '../stages/records.js';
import type { JsonObject } from '../stages/stage.js';
import { warmCheckpoint, withWarmStart } from './warmStart.js';

let runFolder: string;
beforeEach(async () => {
  runFolder = await mkdtemp(join(tmpdir(), 'warm-'));
});
afterEach(() => rm(runFolder, { recursive: true }));

const cold = { network: 'cnn', epochs: 3 };
const upstream = { images: 'new images' };
const ask = (retrain?: 'warm' | 'cold', inputs: JsonObject = cold) =>
  withWarmStart(inputs, { runFolder, upstream }, retrain);

async function finish(inputs: JsonObject, of: Record<string, string> = upstream): Promise<string> {
  const key = stageKey('train', inputs, of);
  await writeRecord(stageFolder(runFolder, 'train', key), {
    format: 1,
    stage: 'train',
    key,
    inputs,
    upstream: of,
    results: {},
    files: [],
    summary: '',
    seconds: 0,
    finishedAt: '',
  });
  return key;
}

describe('--retrain warm', () => {
  test('starts from the last network of other inputs, under a key of its own', async () => {
    expect(await ask('warm'), 'nothing to start from').toEqual(cold);
    const old = await finish(cold, { images: 'old images' });
    expect(await ask(), 'only when asked for').toEqual(cold);
    const warm = await ask('warm');
    expect(warm).toEqual({ ...cold, warmStart: { from: old } });
    const key = stageKey('train', warm, upstream);
    expect(key).not.toBe(stageKey('train', cold, upstream));
    const folder = stageFolder(runFolder, 'train', key);
    expect(warmCheckpoint(warm, folder)).toBe(
      join(stageFolder(runFolder, 'train', old), 'best.safetensors'),
    );
    expect(warmCheckpoint(cold, folder)).toBeUndefined();
  });

  test('a network that was finished warm is kept, asked for or not, until cold is asked for', async () => {
    await finish(cold, { images: 'old images' });
    const warm = await ask('warm');
    await finish(warm);
    expect(await ask('warm')).toEqual(warm);
    expect(await ask()).toEqual(warm);
    expect(await ask('cold')).toEqual(cold);
    expect(await ask(undefined, { ...cold, epochs: 4 }), 'not for other inputs').toEqual({
      ...cold,
      epochs: 4,
    });
  });

  test('a network that was finished cold with these inputs is kept', async () => {
    await finish(cold, { images: 'old images' });
    await finish(cold);
    expect(await ask('warm')).toEqual(cold);
  });
});
