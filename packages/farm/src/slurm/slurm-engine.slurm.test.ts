import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { planToText } from '@spectraloom/sampling';
import { type Manifest, verifyDataset } from '@spectraloom/shards';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ShardsFailed } from '../errors.js';
import { generate, type GenerateOptions } from '../generate/generate.js';
import type { GenerateProgress } from '../generate/progress.js';
import { options as farmOptions, temporaryFolder } from '../testing/farm.fixture.js';
import { startTestCluster, type TestCluster } from './cluster.fixture.js';
import type { SlurmEvent } from './follow.js';
import type { SlurmOptions } from './options.js';
import { slurmEngine } from './slurm-engine.js';
import { slurmStatus } from './status.js';

const started = startTestCluster('--cpus', '4', '--max-array-size', '8');
if (typeof started === 'string') console.log(`slurm lane: ${started}`);
const cluster = started as TestCluster;
afterAll(() => {
  if (typeof started !== 'string') cluster.stop();
});

let folder = '';
let remove: () => void;
beforeEach(() => {
  ({ path: folder, remove } = temporaryFolder());
});
afterEach(() => {
  if (typeof started !== 'string') cluster.slurm('scancel', `--user=${userInfo().username}`);
  remove();
});

const at = (name: string) => join(folder, name);
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error as Error,
  );
const engine = (more: SlurmOptions = {}) =>
  slurmEngine({ env: cluster.env, pollMs: 200, graceMs: 3000, ...more });
const shards = (path: string) => readdirSync(path).filter((name) => name.endsWith('.arrow'));
const queue = () => cluster.slurm('squeue', '-h', '-r', '-o', '%i|%j|%T').trim();
/** Array tasks that run, as scancel takes them: `12_3`. */
const running = () =>
  cluster
    .slurm('squeue', '-h', '-r', '--states=RUNNING', '-o', '%i')
    .split('\n')
    .filter((id) => id.includes('_'));

/** A program that runs the engine in a process of its own, and prints the hash or the error. */
function engineScript({ plan, ...rest }: GenerateOptions): string {
  const built = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  return `
    const { slurmEngine } = await import(${built('../../dist/slurm/slurm-engine.js')});
    const { planFromJson } = await import(${built('../../../sampling/dist/index.js')});
    const plan = planFromJson(${JSON.stringify(planToText(plan))});
    await slurmEngine({ pollMs: 200, graceMs: 500 })
      .generate({ ...${JSON.stringify(rest)}, plan })
      .then((m) => console.log(m.manifestHash), (e) => console.log(e.code + ' ' + e.message));`;
}

/** Rows from one on wait for `go()`: tasks are at work for as long as a test looks at them. */
const held = (holdFrom = 0) => ({ job: { holdFrom, holdUntil: at('go') } });
const go = () => writeFileSync(at('go'), '');

async function until(what: string, ready: () => boolean, ms = 300_000): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) if (ready()) return;
  throw new Error(`${what}: not within ${ms} ms; queue: ${queue()}`);
}

describe.skipIf(typeof started === 'string')('slurmEngine on a real cluster', () => {
  let reference = '';
  let identity = '';
  let scratch: ReturnType<typeof temporaryFolder>;
  beforeAll(async () => {
    scratch = temporaryFolder();
    const manifest = await generate(farmOptions(join(scratch.path, 'local')));
    reference = manifest.manifestHash;
    identity = manifest.provenance.job!;
  });
  afterAll(() => scratch.remove());
  /** 13 shards; an array of at most 8 tasks, so two shards a task. */
  const options = (outDir: string, overrides: Parameters<typeof farmOptions>[1] = {}) =>
    farmOptions(outDir, { identity, ...overrides });

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
    expect(manifest.manifestHash).toBe(reference);
    expect((await verifyDataset(outDir, { full: true })).problems).toEqual([]);
    for (const name of ['manifest.json', 'plan.json', ...shards(outDir)]) {
      const same = readFileSync(join(outDir, name)).equals(
        readFileSync(join(scratch.path, 'local', name)),
      );
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
    expect((await running).manifestHash).toBe(reference);
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
    expect(manifest.manifestHash).toBe(reference);
    // A thread stopped between rename and journal costs that shard: at most one a worker.
    const remade = [...before].filter(([n, time]) => statSync(at(`d/${n}`)).mtimeMs !== time);
    expect(remade.length).toBeLessThanOrEqual(2);
    rmSync(at(`d/${manifest.shards[4]!.name}`));
    expect((await generate(options(at('d')))).manifestHash).toBe(reference);
  });

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
    expect(manifest.manifestHash).toBe(reference);
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
    expect(manifest.manifestHash).toBe(reference);
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
    expect((await engine().generate(slow)).manifestHash).toBe(reference);
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
        expect((result as Manifest).manifestHash).toBe(reference);
        expect((await verifyDataset(at('d'), { full: true })).problems).toEqual([]);
        return;
      }
      expect(result).toBeInstanceOf(ShardsFailed);
      const kept = 13 - (result as ShardsFailed).shards.length;
      expect(kept).toBeGreaterThanOrEqual(before);
      before = kept;
    }
  });

  it('submitted and left alone, the merge job writes the manifest', async () => {
    await engine().submit(options(at('d')));
    await until('manifest', () => existsSync(at('d/manifest.json')));
    await until('queue empty', () => queue() === '');
    expect(await engine().submit(options(at('d')))).toBeUndefined();
    expect((await engine().generate(options(at('d')))).manifestHash).toBe(reference);
  });

  it('a restart of the controller costs nothing', async () => {
    const run = engine().generate(options(at('d'), held()));
    await until('tasks run', () => running().length >= 2);
    await cluster.restartController(1500);
    go();
    expect((await run).manifestHash).toBe(reference);
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
    expect((await engine().generate(slow)).manifestHash).toBe(reference);
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
    expect((await engine().generate(again)).manifestHash).toBe(reference);
    expect(seen.at(-1)!.shardsKept).toBeGreaterThanOrEqual(kept - 4);
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
      reference,
    );
    expect(existsSync(at('flag'))).toBe(true);
  });

  describe('refusals', () => {
    it.each([
      [{ partition: 'nosuch' }, 'SLURM_PARTITION_INVALID', /one of main, short/],
      [{ memory: '999G' }, 'SLURM_REFUSED', /node configuration/],
      [{ sbatch: ['--constraint=nosuch'] }, 'SLURM_REFUSED', /feature/],
      [{ partition: 'short', timeLimit: '00:10:00' }, 'SLURM_NEVER_STARTS', /waits for Partition/],
    ])('%j: %s', async (profile, code, message) => {
      const error = await caught(engine({ profile }).generate(options(at('d'))));
      expect(error).toMatchObject({ code });
      expect(error!.message).toMatch(message);
      await until('queue empty', () => queue() === '');
      expect((await engine().generate(options(at('d')))).manifestHash).toBe(reference);
    });

    it('a machine without Slurm, and one that is not configured', async () => {
      const none = slurmEngine({ env: { PATH: '/nowhere' } });
      expect(await caught(none.generate(options(at('d'))))).toMatchObject({
        code: 'SLURM_MISSING',
      });
      expect((await none.dryRun(options(at('d')))).tasks).toHaveLength(13);
      const bare = slurmEngine({
        env: { PATH: process.env.PATH, SLURM_CONF: '/nowhere/slurm.conf' },
      });
      expect(await caught(bare.generate(options(at('d'))))).toMatchObject({
        code: 'SLURM_MISSING',
        got: 'SLURM_CONF=/nowhere/slurm.conf, and no such file',
      });
    });

    it('a folder that Slurm cannot be told, and one that cannot be made', async () => {
      expect(await caught(engine().generate(options(at('a\\b'))))).toMatchObject({
        code: 'SLURM_PATH',
      });
      writeFileSync(at('file'), '');
      expect(await caught(engine().generate(options(at('file/d'))))).toMatchObject({ code: 'IO' });
    });

    const unshare = spawnSync('unshare', ['--mount', 'true']).status === 0;
    it.skipIf(!unshare)('a folder that the nodes do not share', () => {
      // In a mount namespace of its own: what this process writes to the folder, no other sees.
      mkdirSync(at('d'));
      const script = engineScript(options(at('d')));
      const { stdout, stderr } = spawnSync(
        'unshare',
        [
          '--mount',
          'sh',
          '-c',
          'mount -t tmpfs none "$0" && exec "$1" --input-type=module -e "$2"',
          at('d'),
          process.execPath,
          script,
        ],
        { env: cluster.env, encoding: 'utf8', timeout: 300_000 },
      );
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^SLURM_FOLDER .*nodes share/);
      expect(readdirSync(at('d'))).toEqual([]);
    });
  });
});
