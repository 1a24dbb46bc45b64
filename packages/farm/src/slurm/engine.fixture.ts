import { readdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { planToText } from '@spectraloom/sampling';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { generate, type GenerateOptions } from '../generate/generate.js';
import { folderPerTest, options as farmOptions, temporaryFolder } from '../testing/farm.fixture.js';
import { startTestCluster, type TestCluster } from './cluster.fixture.js';
import type { SlurmOptions } from './options.js';
import { slurmEngine } from './slurm-engine.js';

/** What a promise is rejected with. */
export const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error as Error,
  );

/** Names of the shards in a folder. */
export const shards = (path: string) => readdirSync(path).filter((name) => name.endsWith('.arrow'));

/**
 * A cluster for the tests of a file, with a folder for each test, and what they ask it; jobs that a
 * test leaves behind are cancelled.
 */
export function engineOnCluster() {
  const started = startTestCluster('--cpus', '4', '--max-array-size', '8');
  if (typeof started === 'string') console.log(`slurm lane: ${started}`);
  const cluster = started as TestCluster;
  const missing = typeof started === 'string';
  let folder = '';
  folderPerTest((path) => (folder = path));
  afterEach(() => {
    if (!missing) cluster.slurm('scancel', `--user=${userInfo().username}`);
  });
  // 13 shards; an array of at most 8 tasks, so two shards a task.
  const scratch = temporaryFolder();
  const local = { folder: join(scratch.path, 'local'), hash: '', identity: '' };
  beforeAll(async () => {
    if (missing) return;
    const manifest = await generate(farmOptions(local.folder));
    local.hash = manifest.manifestHash;
    local.identity = manifest.provenance.job!;
  });
  afterAll(() => {
    scratch.remove();
    if (!missing) cluster.stop();
  });

  const at = (name: string) => join(folder, name);
  const queue = () => cluster.slurm('squeue', '-h', '-r', '-o', '%i|%j|%T').trim();
  return {
    missing,
    cluster,
    at,
    /** The data set as the local engine makes it. */
    local,
    /** Options of the same data set. */
    options: (outDir: string, overrides: Parameters<typeof farmOptions>[1] = {}) =>
      farmOptions(outDir, { identity: local.identity, ...overrides }),
    engine: (more: SlurmOptions = {}) =>
      slurmEngine({ env: cluster.env, pollMs: 200, graceMs: 3000, ...more }),
    queue,
    /** Array tasks that run, as scancel takes them: `12_3`. */
    running: () =>
      cluster
        .slurm('squeue', '-h', '-r', '--states=RUNNING', '-o', '%i')
        .split('\n')
        .filter((id) => id.includes('_')),
    /** Rows from one on wait for `go()`: tasks are at work for as long as a test looks at them. */
    held: (holdFrom = 0) => ({ job: { holdFrom, holdUntil: at('go') } }),
    go: () => writeFileSync(at('go'), ''),
    async until(what: string, ready: () => boolean, ms = 300_000): Promise<void> {
      for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) if (ready()) return;
      throw new Error(`${what}: not within ${ms} ms; queue: ${queue()}`);
    },
  };
}

/** A program that runs the engine in a process of its own, and prints the hash or the error. */
export function engineScript({ plan, ...rest }: GenerateOptions): string {
  const built = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  return `
    const { slurmEngine } = await import(${built('../../dist/slurm/slurm-engine.js')});
    const { planFromJson } = await import(${built('../../../sampling/dist/index.js')});
    const plan = planFromJson(${JSON.stringify(planToText(plan))});
    await slurmEngine({ pollMs: 200, graceMs: 500 })
      .generate({ ...${JSON.stringify(rest)}, plan })
      .then((m) => console.log(m.manifestHash), (e) => console.log(e.code + ' ' + e.message));`;
}
