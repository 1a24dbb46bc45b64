import { join } from 'node:path';
import { canonicalJson } from '@spectraloom/sampling';
import { bestCheckpointName } from '@spectraloom/training';
import { stageKey } from '../stages/key.js';
import { latestRecord, readRecord, recordsOf, stageFolder } from '../stages/records.js';
import type { InputsContext, JsonObject } from '../stages/stage.js';

/** `warm`: start from the last trained network; `cold`: from drawn weights; default: as it was. */
export type Retrain = 'warm' | 'cold';

/**
 * Adds to the inputs of the train stage what it starts from, so that a warm training has a key of
 * its own. Without a choice a finished network of these inputs is taken as it is, cold or warm.
 * With `warm` and no such network it starts from the newest one of other inputs; where there is
 * none, or a network of these inputs is finished, from drawn weights as ever.
 */
export async function withWarmStart(
  cold: JsonObject,
  { runFolder, upstream }: InputsContext,
  retrain: Retrain | undefined,
): Promise<JsonObject> {
  const coldKey = stageKey('train', cold, upstream);
  if (retrain === 'cold') return cold;
  if (await readRecord(stageFolder(runFolder, 'train', coldKey))) return cold;
  const wanted = canonicalJson({ inputs: cold, upstream });
  for (const record of await recordsOf(runFolder, 'train')) {
    const { warmStart, ...rest } = record.inputs;
    if (warmStart === undefined) continue;
    if (canonicalJson({ inputs: rest, upstream: record.upstream }) === wanted) return record.inputs;
  }
  if (retrain !== 'warm') return cold;
  const last = await latestRecord(runFolder, 'train');
  return last ? { ...cold, warmStart: { from: last.key } } : cold;
}

/** The checkpoint that the inputs say to start from; undefined for a cold start. */
export function warmCheckpoint(inputs: JsonObject, trainFolder: string): string | undefined {
  const from = (inputs['warmStart'] as { from?: string } | undefined)?.from;
  if (from === undefined) return undefined;
  const runFolder = join(trainFolder, '..', '..');
  return join(stageFolder(runFolder, 'train', from), bestCheckpointName);
}
