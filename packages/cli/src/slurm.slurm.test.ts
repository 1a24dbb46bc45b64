/** The real command line on a real cluster: what docs/guides/slurm.md promises. */
import { existsSync, readdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { readManifest } from '@spectraloom/shards';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliCluster, startCluster } from './cluster.fixture.js';
import {
  type Ended,
  hold,
  start,
  tinyWorkspace,
  until as eventually,
} from './commandLine.fixture.js';

const started = startCluster();
if (typeof started === 'string') console.log(`slurm lane: ${started}`);
const cluster = started as CliCluster;

const roots: string[] = [];
afterAll(async () => {
  if (typeof started !== 'string') cluster.stop();
  for (const root of roots) await rm(root, { recursive: true, force: true });
});

/** The tiny pipeline; a profile of four tasks. */
async function workspace(): Promise<string> {
  const root = await tinyWorkspace();
  roots.push(root);
  await writeFile(join(root, 'slurm.yaml'), 'partition: main\nmemory: 800M\nshardsPerTask: 4\n');
  return root;
}

const tiny = ['run', 'tiny', '--preset', 'fast', '--backend', 'wasm'];
const onSlurm = ['--engine', 'slurm', '--profile', 'slurm.yaml', '--poll', '0.3'];
const cli = (root: string, ...args: string[]): Promise<Ended> =>
  start(root, args, cluster.env).ended;
const queue = (): string => cluster.slurm('squeue', '-h', '-r', '-o', '%i|%j|%T').trim();

/** Folder of the only data set of a workspace; undefined while there is none. */
function dataset(root: string): string | undefined {
  const base = join(root, 'datasets/tiny');
  const [name] = existsSync(base) ? readdirSync(base) : [];
  return name === undefined ? undefined : join(base, name);
}
const shards = (root: string): string[] => {
  const folder = dataset(root);
  return folder && existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.arrow'))
    : [];
};

const until = (what: string, ready: () => boolean) =>
  eventually(what, ready, () => `queue: ${queue()}`);
const merge = () => /^(\d+)\|/m.exec(queue())?.[1];

describe.skipIf(typeof started === 'string')('spectraloom run --engine slurm', () => {
  let reference = '';
  beforeAll(async () => {
    const root = await workspace();
    const hashes = [];
    for (const workers of ['1', '2', '8']) {
      await rm(join(root, 'datasets/tiny'), { recursive: true, force: true });
      await rm(join(root, 'runs'), { recursive: true, force: true });
      expect((await cli(root, ...tiny, '--until', 'images', '--workers', workers)).code).toBe(0);
      hashes.push(readManifest(dataset(root)!).manifestHash);
    }
    reference = hashes[0]!;
    expect(hashes).toEqual([reference, reference, reference]);
  });

  test('--dry-run prints both scripts and submits nothing; a run makes the local manifest, and later stages go on', async () => {
    const root = await workspace();
    const dry = await cli(root, ...tiny, ...onSlurm, '--dry-run');
    expect(dry.code, dry.err).toBe(0);
    expect(dry.out).toMatch(
      /would submit 4 array tasks for 15 of 15 shards; nothing was submitted/,
    );
    expect(dry.out).toMatch(/#SBATCH --array=0-3\n/);
    expect(dry.out).toMatch(/#SBATCH --mem=800M\n/);
    expect(dry.out).toMatch(/sbatch --parsable --dependency=afterany:ARRAY_JOB/);
    expect(queue()).toBe('');
    expect(dataset(root)).toBeUndefined();

    const run = await cli(root, ...tiny, ...onSlurm);
    expect(run.code, run.err).toBe(0);
    expect(run.err).toMatch(/submitted array \d+ \(4 tasks, 15 shards\) and merge job \d+/);
    expect(run.err).toMatch(/train +done/);
    expect(run.out).toMatch(/report\.html/);
    expect(readManifest(dataset(root)!).manifestHash).toBe(reference);
    const current = await cli(root, ...tiny, ...onSlurm, '--dry-run');
    expect(current.code, current.err).toBe(0);
    expect(current.err).toMatch(/images +is current: nothing would be submitted/);
    const again = await cli(root, ...tiny, '--until', 'images');
    expect(again.err, 'a local run believes what the cluster made').toMatch(/images +up to date/);
  });

  test('Ctrl-C leaves the jobs, says how to follow and cancel; status sees them; the same command goes on', async () => {
    const root = await workspace();
    // Task 1 is held at its first shard, so that there are jobs for as long as they are looked at.
    const held = hold(root, 'shard-000004', cluster.env);
    const { child, ended } = start(root, [...tiny, ...onSlurm, '--until', 'images'], held.env);
    await until('the merge job', () => merge() !== undefined);
    await held.reached();
    await until('a shard', () => shards(root).length > 0);
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect(code).toBe(130);
    expect(err).toMatch(/the jobs go on by themselves/);
    expect(err).toMatch(/spectraloom status \S+datasets\/tiny/);
    expect(err).toMatch(/scancel --name=spectraloom-[0-9a-f]{12},/);
    expect(queue()).not.toBe('');
    const seen = JSON.parse((await cli(root, 'status', dataset(root)!, '--json')).out) as {
      dataset: Record<string, unknown>;
    };
    expect(seen.dataset).toMatchObject({ engine: 'slurm', state: 'running', rowsTotal: 60 });
    expect((await cli(root, 'status', 'runs/tiny/fast')).out).toMatch(/tiny, preset fast: stopped/);
    held.release();
    const go = await cli(root, ...tiny, ...onSlurm, '--until', 'images');
    expect(go.code, go.err).toBe(0);
    expect(go.err).not.toMatch(/submitted array/);
    expect(readManifest(dataset(root)!).rows).toBe(60);
  });

  test('killed tasks are listed with their rows; --resume submits these indices alone', async () => {
    const root = await workspace();
    // The first shard of task 2 is held until the task is gone.
    const held = hold(root, 'shard-000008', cluster.env);
    const { ended } = start(root, [...tiny, ...onSlurm, '--until', 'images'], held.env);
    await held.reached();
    const task = () => /^(\d+)_2\|/m.exec(queue())?.[1];
    cluster.slurm('scancel', '--signal=KILL', '--batch', `${task()!}_2`);
    await until('the end of task 2', () => task() === undefined);
    held.release();
    const killed = await ended;
    expect(killed.code).toBe(1);
    expect(killed.err).toMatch(/of 15 shards could not be made/);
    expect(killed.err).toMatch(/shard-0000(08|09|10|11)\.arrow \(rows \d+ to \d+\)/);
    const before = shards(root).length;
    expect(before).toBe(11);

    await until('the end of all jobs', () => queue() === '');
    const refused = await cli(root, ...tiny, ...onSlurm, '--until', 'images');
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/--resume/);
    expect(queue()).toBe('');
    const status = await cli(root, 'status', dataset(root)!);
    expect(status.out).toMatch(/ended with shards missing/);

    const resumed = await cli(root, ...tiny, ...onSlurm, '--until', 'images', '--resume');
    expect(resumed.code, resumed.err).toBe(0);
    expect(resumed.err).toMatch(new RegExp(`\\(1 task, ${15 - before} shards\\)`));
    expect(readManifest(dataset(root)!).rows).toBe(60);
  });

  test('--detach submits and ends; the merge job finishes by itself, the next run goes on', async () => {
    const root = await workspace();
    const detached = await cli(root, ...tiny, ...onSlurm, '--detach');
    expect(detached.code, detached.err).toBe(0);
    expect(detached.err).toMatch(/go on by themselves; look: spectraloom status/);
    expect((await cli(root, 'status', 'runs/tiny/fast')).out).toMatch(/preset fast: handed over/);
    expect(detached.err).not.toMatch(/Finished/);
    await until('manifest', () => existsSync(join(dataset(root)!, 'manifest.json')));
    await until('the end of the merge job', () => queue() === '');
    expect(readManifest(dataset(root)!).manifestHash).toBe(reference);
    const go = await cli(root, ...tiny, ...onSlurm, '--until', 'images');
    expect(go.err).toMatch(/60 of them kept/);
    expect(queue()).toBe('');
  });

  test('a byte that changes on disk before the merge is found by its checksum', async () => {
    const root = await workspace();
    const held = hold(root, 'shard-000014', cluster.env);
    const { ended } = start(root, [...tiny, ...onSlurm, '--until', 'images'], held.env);
    await held.reached();
    await until('a shard', () => shards(root).length > 0);
    const [name] = shards(root);
    const path = join(dataset(root)!, name!);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
    held.release();
    const { code, err } = await ended;
    expect(code).toBe(1);
    expect(err).toMatch(/1 of 15 shards could not be made/);
    expect(err).toMatch(new RegExp(`${name!} .*the file was altered after it was written: sha256`));
    const resumed = await cli(root, ...tiny, ...onSlurm, '--until', 'images', '--resume');
    expect(resumed.err).toMatch(/\(1 task, 1 shard\)/);
    expect(resumed.code).toBe(0);
  });

  test('kill -9 of the command: nothing of it is left, the jobs go on', async () => {
    const root = await workspace();
    const held = hold(root, 'shard-000008', cluster.env);
    const { child, ended } = start(root, [...tiny, ...onSlurm, '--until', 'images'], held.env);
    // Before the merge job is in, only the next run of the command could bring it.
    await until('the merge job', () => merge() !== undefined);
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    held.release();
    await until('manifest', () => {
      const folder = dataset(root);
      return folder !== undefined && existsSync(join(folder, 'manifest.json'));
    });
    expect((await cli(root, ...tiny, '--until', 'images')).code).toBe(0);
    cluster.slurm('scancel', `--user=${userInfo().username}`);
  });

  test('a profile that is wrong is named with its line before anything runs', async () => {
    const root = await workspace();
    await writeFile(join(root, 'slurm.yaml'), 'partition: main\nmemroy: 4G\n');
    const bad = await cli(root, ...tiny, ...onSlurm);
    expect(bad.code).toBe(1);
    expect(bad.err).toMatch(/line \d: .*memroy/s);
    const local = await cli(root, ...tiny, '--profile', 'slurm.yaml');
    expect(local.code).toBe(2);
    expect(local.err).toMatch(/--profile is for the engine slurm/);
  });
});
