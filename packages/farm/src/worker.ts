/** Entry of a worker thread: answers the requests of `pool/messages.ts`. Never imported. */
import type { PlanRow } from '@spectraloom/sampling';
import { checkShard, openShard, shardRange } from '@spectraloom/shards';
import { workerData } from 'piscina';
import {
  type ShardRequest,
  type ShardResult,
  type TaskDescription,
  toFailure,
  type WorkerAnswer,
  type WorkerData,
  type WorkerRequest,
} from './pool/messages.js';
import { loadTask } from './task/load.js';
import type { FarmTask } from './task/port.js';

const { job, taskModule, progress } = workerData as WorkerData;
let loading: Promise<FarmTask> | undefined;
const task = () => (loading ??= loadTask({ job, taskModule }));

export default async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  try {
    switch (request.kind) {
      case 'describe':
        return { ok: true, description: describe(await task()) };
      case 'accept': {
        const { accept } = await task();
        const verdicts = [];
        for (const draw of request.draws) {
          verdicts.push((await accept?.call(await task(), request.label, draw)) ?? true);
        }
        return { ok: true, verdicts };
      }
      case 'shard':
        return await makeShard(request);
    }
  } catch (error) {
    return { ok: false, failure: toFailure(error) };
  }
}

function describe({ shape, axes, provenance, accept }: FarmTask): TaskDescription {
  return {
    shape: [...shape],
    ...(axes && { axes: [...axes] }),
    provenance: { ...provenance },
    canAccept: accept !== undefined,
  };
}

async function makeShard(request: ShardRequest): Promise<WorkerAnswer> {
  const { folder, layout, index, key, rows, known } = request;
  const { name, firstRow, rows: count } = shardRange(layout, index);
  if (known && !checkShard(folder, { name, ...known }, 'full')) {
    Atomics.store(progress, index, count);
    const shard: ShardResult = {
      entry: { name, firstRow, rows: count, ...known },
      kept: true,
    };
    return { ok: true, shard };
  }
  const { simulate, costs } = await task();
  const before = { ...costs?.() };
  const writer = openShard(folder, layout, index, key);
  let current: PlanRow | undefined;
  try {
    for (const row of rows) {
      current = row;
      writer.append(row, await simulate.call(await task(), row));
      Atomics.store(progress, index, writer.rowsDone);
    }
    current = undefined;
    const after = Object.entries(costs?.() ?? {});
    const spent = Object.fromEntries(after.map(([name, v]) => [name, v - (before[name] ?? 0)]));
    return { ok: true, shard: { entry: writer.finish(), kept: false, costs: spent } };
  } catch (error) {
    writer.abort();
    return { ok: false, failure: toFailure(error, current) };
  }
}
