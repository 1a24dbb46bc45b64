import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { verifyDataset } from '@spectraloom/shards';
import { describe, expect, it } from 'vitest';
import { ShardsFailed } from '../errors.js';
import { generate } from '../generate/generate.js';
import type { GenerateProgress } from '../generate/progress.js';
import type { SlurmEvent } from './follow.js';
import { slurmStatus } from './status.js';
import { caught, engineOnCluster, shards } from './engine.fixture.js';

const { missing, at, cluster, engine, go, held, local, options, queue, until } = engineOnCluster();

describe.skipIf(missing)('slurmEngine on a real cluster', () => {
  it('makes the data set of the local engine, in a folder with an awkward name', async () => {
    const outDir = at(`it's "a" $HOME %j #1, ü`);
    const events: SlurmEvent[] = [];
    const seen: GenerateProgress[] = [];
    // All tasks but the first wait until several were seen at work.
    const onEvent = (e: SlurmEvent) => {
      events.push(e);
      if (e.type === 'queue' && e.running > 1) go();
    };
    const manifest = await engine({ onEvent }).generate(
      options(outDir, { onProgress: (p) => seen.push(p), ...held(16) }),
    );
    expect(manifest.manifestHash).toBe(local.hash);
    expect((await verifyDataset(outDir, { full: true })).problems).toEqual([]);
    for (const name of ['manifest.json', 'plan.json', ...shards(outDir)]) {
      const same = readFileSync(join(outDir, name)).equals(readFileSync(join(local.folder, name)));
      expect(same, name).toBe(true);
    }
    expect(events[0]).toMatchObject({ type: 'submitted', tasks: 7, shards: 13 });
    expect(events.some((e) => e.type === 'queue' && e.running > 1)).toBe(true);
    expect(seen.map((p) => p.rowsDone)).toEqual(seen.map((p) => p.rowsDone).sort((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({ rowsDone: 100, shardsDone: 13, rowsKept: 0 });
    // Nothing to say, nothing left: no records, no logs, no partial files. The merge job tidies up
    // behind the manifest.
    await until('queue empty', () => queue() === '');
    expect(readdirSync(join(outDir, 'slurm', 'logs'))).toEqual([]);
    expect(readdirSync(join(outDir, 'slurm')).sort()).toEqual([
      'array.sh',
      'logs',
      'merge.sh',
      'request.json',
    ]);
    expect(readdirSync(outDir).some((name) => name.endsWith('.part'))).toBe(false);
    expect(await slurmStatus(outDir, { env: cluster.env })).toMatchObject({
      finished: true,
      rowsDone: 100,
    });
  });

  it('uses the profile: threads, setup lines, options, fewer tasks', async () => {
    const profile = {
      partition: 'main',
      timeLimit: '00:05:00',
      memory: '200M',
      cpusPerTask: 2,
      shardsPerTask: 5,
      maxRunning: 2,
      sbatch: ['--comment="two words"', '--nice=1'],
      setup: ['export SETUP_RAN=yes', `echo "$SLURM_CPUS_PER_TASK $SETUP_RAN" >> '${at('setup')}'`],
      jobName: 'mine',
    };
    const running = engine({ profile }).generate(options(at('d'), held()));
    await until('array queued', () => queue().includes('mine-'));
    const shown = cluster.slurm('scontrol', 'show', 'job');
    expect(shown).toMatch(/Comment=two words/);
    expect(shown).toMatch(/TimeLimit=00:05:00/);
    expect(shown).toMatch(/ArrayTaskThrottle=2/);
    go();
    expect((await running).manifestHash).toBe(local.hash);
    // Three tasks of two threads, and the merge job.
    expect(readFileSync(at('setup'), 'utf8')).toBe('2 yes\n2 yes\n2 yes\n1 yes\n');
  });

  it('dryRun shows what generate submits, and leaves nothing behind', async () => {
    const dry = await engine({ profile: { partition: 'main' } }).dryRun(options(at('d')));
    expect(dry).toMatchObject({ shards: 13, shardsMissing: 13, tasks: [0, 1, 2, 3, 4, 5, 6] });
    expect(existsSync(at('d'))).toBe(false);
    expect(queue()).toBe('');
    await engine({ profile: { partition: 'main' } }).generate(options(at('d')));
    expect(readFileSync(at('d/slurm/array.sh'), 'utf8')).toBe(dry.arrayScript);
    expect(readFileSync(at('d/slurm/merge.sh'), 'utf8')).toBe(dry.mergeScript);
  });

  it('goes on from a local run, and a local run from it', async () => {
    const controller = new AbortController();
    const stop = (p: GenerateProgress) => p.shardsDone >= 3 && controller.abort();
    const stopped = {
      ...held(60),
      signal: controller.signal,
      onProgress: stop,
      progressEveryMs: 10,
    };
    expect(await caught(generate(options(at('d'), stopped)))).toMatchObject({
      code: 'INTERRUPTED',
    });
    const before = new Map(shards(at('d')).map((n) => [n, statSync(at(`d/${n}`)).mtimeMs]));
    expect(before.size).toBeGreaterThanOrEqual(3);
    const manifest = await engine().generate(options(at('d')));
    expect(manifest.manifestHash).toBe(local.hash);
    // A thread stopped between rename and journal costs that shard: at most one a worker.
    const remade = [...before].filter(([n, time]) => statSync(at(`d/${n}`)).mtimeMs !== time);
    expect(remade.length).toBeLessThanOrEqual(2);
    rmSync(at(`d/${manifest.shards[4]!.name}`));
    expect((await generate(options(at('d')))).manifestHash).toBe(local.hash);
  });

  it('submitted and left alone, the merge job writes the manifest', async () => {
    await engine().submit(options(at('d')));
    await until('manifest', () => existsSync(at('d/manifest.json')));
    await until('queue empty', () => queue() === '');
    expect(await engine().submit(options(at('d')))).toBeUndefined();
    expect((await engine().generate(options(at('d')))).manifestHash).toBe(local.hash);
  });

  it('a row that throws and a worker that dies are reported as by the local engine', async () => {
    const error = await caught(
      engine().generate(options(at('d'), { job: { throwRow: 41 }, retries: 0 })),
    );
    expect((error as ShardsFailed).shards).toEqual([
      expect.objectContaining({ name: 'shard-000005.arrow', attempts: 1 }),
    ]);
    expect(error!.message).toMatch(/row 41 .*no such thing/);
    const crash = { crashRow: 42, crashAs: 'exit', crashOnce: at('flag') };
    expect((await engine().generate(options(at('d'), { job: crash }))).manifestHash).toBe(
      local.hash,
    );
    expect(existsSync(at('flag'))).toBe(true);
  });
});
