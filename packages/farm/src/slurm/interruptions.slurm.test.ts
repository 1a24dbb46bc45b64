import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Manifest, verifyDataset } from '@spectraloom/shards';
import { describe, expect, it } from 'vitest';
import { ShardsFailed } from '../errors.js';
import type { GenerateProgress } from '../generate/progress.js';
import type { SlurmEvent } from './follow.js';
import { caught, engineOnCluster, engineScript, shards } from './engine.fixture.js';

const { missing, at, cluster, engine, go, held, local, options, queue, running, until } =
  engineOnCluster();

describe.skipIf(missing)('what ends before its time on a real cluster', () => {
  it('killed and cancelled tasks are named with their rows; again submits those indices alone', async () => {
    const slow = options(at('d'), held());
    const run = caught(engine().generate(slow));
    const parts = () => readdirSync(at('d')).filter((name) => name.endsWith('.part'));
    await until('four tasks write', () => existsSync(at('d')) && parts().length >= 4);
    const [first, second] = running();
    cluster.slurm('scancel', first!);
    cluster.slurm('scancel', '--signal=KILL', '--batch', second!);
    const here = (id: string) => queue().includes(`${id}|`);
    await until('the end of both', () => !here(first!) && !here(second!));
    go();
    const error = await run;
    expect(error).toBeInstanceOf(ShardsFailed);
    const failed = (error as ShardsFailed).shards;
    const tasks = [first!, second!].map((id) => Number(id.split('_')[1]));
    expect(new Set(failed.map((s) => Math.floor(s.firstRow / 16)))).toEqual(new Set(tasks));
    const reasons = tasks.map((t) => failed.find((s) => Math.floor(s.firstRow / 16) === t)!.reason);
    expect(reasons[0]).toMatch(/stopped by Slurm/);
    expect(reasons[1]).toMatch(/ended without a word.*logs/);
    const list = JSON.parse(readFileSync(at('d/slurm/missing.json'), 'utf8')) as {
      shards: { name: string }[];
    };
    expect(list.shards.map((s) => s.name)).toEqual(failed.map((s) => s.name));
    expect(existsSync(at('d/manifest.json'))).toBe(false);
    const times = new Map(shards(at('d')).map((n) => [n, statSync(at(`d/${n}`)).mtimeMs]));
    const dry = await engine().dryRun(slow);
    expect(dry.tasks).toEqual([...tasks].sort((a, b) => a - b));
    const events: SlurmEvent[] = [];
    const manifest = await engine({ onEvent: (e) => events.push(e) }).generate(slow);
    expect(manifest.manifestHash).toBe(local.hash);
    expect(events[0]).toMatchObject({ type: 'submitted', tasks: 2, shards: failed.length });
    for (const [name, time] of times) expect(statSync(at(`d/${name}`)).mtimeMs).toBe(time);
  });

  it('the death of the process that follows costs nothing: jobs go on, and are found again', async () => {
    const slow = options(at('d'), held());
    const submission = await engine().submit(slow);
    expect(submission).toMatchObject({ tasks: 7, shards: 13 });
    // As after kill -9 between the two submissions: an array without a merge job.
    cluster.slurm('scancel', submission!.mergeJob);
    expect(await caught(engine().submit(slow))).toMatchObject({ code: 'SLURM_REFUSED' });
    const other = options(at('d'), { rowsPerShard: 9, overwrite: true });
    expect(await caught(engine().generate(other))).toMatchObject({ code: 'OTHER_DATASET' });
    const events: SlurmEvent[] = [];
    const onEvent = (e: SlurmEvent) => {
      events.push(e);
      go();
    };
    const manifest = await engine({ onEvent }).generate(slow);
    expect(manifest.manifestHash).toBe(local.hash);
    expect(events[0]).toMatchObject({ type: 'attached' });
    expect(events.some((e) => e.type === 'submitted')).toBe(false);
  });

  it('kill -9 of the process that follows, at any time: the next one finds the jobs', async () => {
    const slow = options(at('d'), held());
    for (const milliseconds of [700, 1500, 3000]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', engineScript(slow)], {
        env: cluster.env,
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      await sleep(milliseconds);
      child.kill('SIGKILL');
      expect((await ended)[1]).toBe('SIGKILL');
    }
    const lists = new Set(
      queue()
        .split('\n')
        .map((line) => line.split('|')[0]!.split('_')[0]),
    );
    // One array and one merge job at most: nothing was submitted twice.
    expect(lists.size).toBeLessThanOrEqual(2);
    go();
    expect((await engine().generate(slow)).manifestHash).toBe(local.hash);
  });

  it('tasks killed at random: each round finishes more, and the last the same manifest', async () => {
    const slow = options(at('d'), { job: { milliseconds: 40 } });
    for (let round = 0, before = -1; ; round++) {
      let over = false;
      const run = engine()
        .generate(slow)
        .then(
          (manifest) => manifest,
          (error: unknown) => error,
        )
        .finally(() => (over = true));
      for (let kills = 0; kills < 3 - round; kills++) {
        await until('a task runs, or all have ended', () => over || running().length > 0);
        await sleep(700 * Math.random());
        const ids = running();
        const id = ids[Math.floor(ids.length * Math.random())];
        if (id) spawnSync('scancel', ['--signal=KILL', '--batch', id], { env: cluster.env });
      }
      const result = await run;
      if (!(result instanceof Error)) {
        expect((result as Manifest).manifestHash).toBe(local.hash);
        expect((await verifyDataset(at('d'), { full: true })).problems).toEqual([]);
        return;
      }
      expect(result).toBeInstanceOf(ShardsFailed);
      const kept = 13 - (result as ShardsFailed).shards.length;
      expect(kept).toBeGreaterThanOrEqual(before);
      before = kept;
    }
  });

  it('a restart of the controller costs nothing', async () => {
    const run = engine().generate(options(at('d'), held()));
    await until('tasks run', () => running().length >= 2);
    await cluster.restartController(1500);
    go();
    expect((await run).manifestHash).toBe(local.hash);
  });

  it('a controller that stays away ends the run, not the jobs', async () => {
    const slow = options(at('d'), held());
    const run = caught(engine({ unreachableMs: 5000 }).generate(slow));
    await until('tasks run', () => running().length >= 2);
    // Away until the run has ended: squeue by itself tries for 9 seconds, on some machines for 30.
    await cluster.stopController();
    try {
      expect(await run).toMatchObject({ code: 'SLURM_UNREACHABLE' });
    } finally {
      await cluster.startController();
      go();
    }
    expect((await engine().generate(slow)).manifestHash).toBe(local.hash);
  });

  it('an abort cancels the jobs and leaves finished shards', async () => {
    const controller = new AbortController();
    // Tasks 0 to 3 end; task 4 waits.
    const run = caught(
      engine().generate(options(at('d'), { ...held(64), signal: controller.signal })),
    );
    await until('a shard', () => existsSync(at('d')) && shards(at('d')).length > 1);
    controller.abort();
    expect(await run).toMatchObject({ code: 'INTERRUPTED' });
    expect(queue()).toBe('');
    expect(readdirSync(at('d')).some((name) => name.endsWith('.part'))).toBe(false);
    expect(existsSync(at('d/.dataset.lock'))).toBe(false);
    const kept = shards(at('d')).length;
    const seen: GenerateProgress[] = [];
    const again = options(at('d'), { onProgress: (p) => seen.push(p) });
    expect((await engine().generate(again)).manifestHash).toBe(local.hash);
    expect(seen.at(-1)!.shardsKept).toBeGreaterThanOrEqual(kept - 4);
  });
});
