import { spawnSync } from 'node:child_process';
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { planFromJson } from '@spectraloom/sampling';
import {
  acquireLock,
  DatasetReader,
  type Manifest,
  readJournal,
  verifyDataset,
} from '@spectraloom/shards';
import { afterEach, describe, expect, it } from 'vitest';
import { FarmError, ShardsFailed } from '../errors.js';
import { contents, options, syntheticPlan, folderPerTest } from '../testing/farm.fixture.js';
import { generate } from './generate.js';
import type { GenerateProgress } from './progress.js';

let folder = '';
folderPerTest((path) => (folder = path));
const at = (name: string) => join(folder, name);
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('generate', () => {
  it('makes the same data set with 1, 2 and 8 workers', async () => {
    const made: Manifest[] = [];
    for (const workers of [1, 2, 8]) {
      made.push(await generate(options(at(`w${workers}`), { workers })));
    }
    expect(made[1]).toEqual(made[0]);
    expect(made[2]).toEqual(made[0]);
    expect(contents(at('w2'))).toEqual(contents(at('w1')));
    expect(contents(at('w8'))).toEqual(contents(at('w1')));
    expect(Object.keys(contents(at('w1')))).toHaveLength(13 + 3);
    expect((await verifyDataset(at('w8'), { full: true })).problems).toEqual([]);
  });

  it('gives each row the same image and seed whatever the shard size', async () => {
    const plan = syntheticPlan();
    await generate(options(at('small'), { plan, rowsPerShard: 3 }));
    await generate(options(at('large'), { plan, rowsPerShard: 64 }));
    const rows = Array.from(plan, (row) => row.row);
    const [small, large] = [DatasetReader.open(at('small')), DatasetReader.open(at('large'))];
    const batch = await small.read(rows);
    expect(batch).toEqual(await large.read(rows));
    expect(batch.seeds[7]).toBe(plan.row(7).seed);
    expect(large.manifest.provenance).toMatchObject({ task: 'synthetic/1' });
    expect(planFromJson(readFileSync(at('small/plan.json'), 'utf8')).planId).toBe(plan.planId);
  });

  it('keeps finished shards and makes the missing, damaged and unrecorded ones again', async () => {
    const manifest = await generate(options(folder));
    const names = manifest.shards.map((s) => s.name);
    const past = new Date('2020-01-01');
    for (const name of names) utimesSync(at(name), past, past);
    rmSync(at(names[2]!));
    const bytes = readFileSync(at(names[5]!));
    bytes[2000]! ^= 4;
    writeFileSync(at(names[5]!), bytes);
    utimesSync(at(names[5]!), past, past);
    rmSync(at('manifest.json'));
    const journal = readFileSync(at('journal.jsonl'), 'utf8').split('\n');
    writeFileSync(at('journal.jsonl'), journal.filter((l) => !l.includes(names[7]!)).join('\n'));
    writeFileSync(at(`${names[9]!}.123-0123abcd.part`), 'half');
    const seen: GenerateProgress[] = [];
    const again = await generate(options(folder, { onProgress: (p) => seen.push(p) }));
    expect(again).toEqual(manifest);
    const made = names.filter((name) => statSync(at(name)).mtime.getTime() !== past.getTime());
    expect(made).toEqual([names[2], names[5], names[7]]);
    expect(seen.at(-1)).toMatchObject({ rowsDone: 100, rowsTotal: 100, rowsKept: 100 - 24 });
    expect(readdirSync(folder).some((name) => name.endsWith('.part'))).toBe(false);
  });

  it('does nothing but verify where all is there', async () => {
    const manifest = await generate(options(folder));
    const before = readJournal(folder).length;
    // A job that would crash is not even asked.
    rmSync(at('journal.jsonl'));
    expect(await generate(options(folder))).toEqual(manifest);
    expect(readJournal(folder)).toHaveLength(0);
    expect(before).toBe(13);
  });

  it('refuses a folder of another data set, unless told to overwrite', async () => {
    await generate(options(folder));
    const other = options(folder, { plan: syntheticPlan(50, 2) });
    expect(await caught(generate(other))).toMatchObject({ code: 'OTHER_DATASET' });
    rmSync(at('manifest.json'));
    expect(await caught(generate(other))).toMatchObject({ code: 'OTHER_DATASET' });
    const fresh = await generate({ ...other, outDir: at('fresh') });
    rmSync(at('fresh'), { recursive: true });
    expect(await generate({ ...other, overwrite: true })).toEqual(fresh);
    for (const changed of [{ identity: 'x' }, { provenance: { a: 'b' } }, { rowsPerShard: 9 }]) {
      expect(await caught(generate({ ...other, ...changed }))).toMatchObject({
        code: 'OTHER_DATASET',
      });
    }
  });

  it('lets one run at a time have a folder', async () => {
    const lock = await acquireLock(folder, { name: '.dataset.lock' });
    expect(await caught(generate(options(folder)))).toMatchObject({
      code: 'LOCKED',
      pid: process.pid,
    });
    await lock.release();
    await generate(options(folder));
    expect(existsSync(at('.dataset.lock'))).toBe(false);
  });

  it('reports rows, rate, time left, bytes', async () => {
    const seen: GenerateProgress[] = [];
    const middle = () => seen.filter((p) => p.rowsDone >= 20 && p.rowsDone < 100);
    await generate(
      options(folder, {
        workers: 2,
        // The second half waits for three reports of the first.
        job: { holdFrom: 50, holdUntil: at('go') },
        progressEveryMs: 20,
        onProgress: (p) => {
          seen.push(p);
          if (middle().length >= 3) writeFileSync(at('go'), '');
        },
      }),
    );
    expect(middle().length).toBeGreaterThan(2);
    for (const p of middle()) {
      // Over the whole run, which is shorter than the window.
      if (p.elapsedSeconds < 30) {
        expect(p.rowsPerSecond * p.elapsedSeconds).toBeCloseTo(p.rowsDone, 6);
      }
      expect(p.secondsLeft).toBeCloseTo((100 - p.rowsDone) / p.rowsPerSecond, 9);
      expect(p.memoryBytes).toBeGreaterThan(1e7);
    }
    const last = seen.at(-1)!;
    const bytes = readdirSync(folder)
      .filter((name) => name.endsWith('.arrow'))
      .reduce((sum, name) => sum + statSync(at(name)).size, 0);
    expect(last).toMatchObject({
      rowsDone: 100,
      shardsDone: 13,
      bytesWritten: bytes,
      secondsLeft: 0,
    });
    expect(seen.map((p) => p.rowsDone)).toEqual(seen.map((p) => p.rowsDone).sort((a, b) => a - b));
  });
});

describe('what goes wrong', () => {
  it.each(['exit', 'throw', 'memory'])(
    'a worker that dies (%s) costs its shard alone and is replaced',
    async (crashAs) => {
      const plain = await generate(options(at('plain')));
      const seen: GenerateProgress[] = [];
      const manifest = await generate(
        options(at('crashed'), {
          workers: 2,
          job: { crashRow: 42, crashAs, crashOnce: at('flag') },
          identity: plain.provenance.job!,
          workerMemoryMB: 64,
          onProgress: (p) => seen.push(p),
        }),
      );
      expect(existsSync(at('flag'))).toBe(true);
      expect(manifest).toEqual(plain);
      expect(seen.at(-1)!.retries).toBe(1);
      expect(contents(at('crashed'))).toEqual(contents(at('plain')));
    },
  );

  it('a shard whose worker always dies is tried three times, then named with its rows', async () => {
    const seen: GenerateProgress[] = [];
    const error = await caught(
      generate(
        options(folder, {
          job: { crashRow: 42, crashAs: 'exit' },
          onProgress: (p) => seen.push(p),
          progressEveryMs: 10,
        }),
      ),
    );
    expect(error).toBeInstanceOf(ShardsFailed);
    expect((error as ShardsFailed).shards).toEqual([
      {
        name: 'shard-000005.arrow',
        firstRow: 40,
        rows: 8,
        attempts: 3,
        reason: expect.stringContaining('the worker died'),
      },
    ]);
    expect((error as Error).message).toMatch(/1 of 13 shards.*rows 40 to 47/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.arrow'))).toHaveLength(12);
    expect(existsSync(at('manifest.json'))).toBe(false);
    expect(readdirSync(folder).some((name) => name.endsWith('.part'))).toBe(false);
  });

  it('a row that throws is named with its model and parameters', async () => {
    const error = await caught(generate(options(folder, { job: { throwRow: 9 }, retries: 0 })));
    expect((error as ShardsFailed).shards[0]).toMatchObject({
      name: 'shard-000001.arrow',
      attempts: 1,
    });
    expect((error as Error).message).toMatch(
      /row 9 \(b, {"J":-?[\d.]+,"D":-?[\d.]+}\); no such thing/,
    );
  });

  it.each([
    ['a job the task refuses', { job: { invalid: 'reason' } }, /invalid job: reason/],
    [
      'a module that is not there',
      { taskModule: '/nowhere/task.mjs' },
      /could not be loaded.*nowhere/,
    ],
    ['a module without createTask', { taskModule: 'node:path' }, /no createTask/],
    ['a task that dies at the start', { job: { dieAtStart: true } }, /worker died/],
  ])('%s stops the run at once', async (_name, overrides, message) => {
    const error = await caught(generate(options(folder, overrides)));
    expect(error).toBeInstanceOf(FarmError);
    expect(error).toMatchObject({ code: 'TASK_INVALID', message: expect.stringMatching(message) });
    expect(existsSync(at('.dataset.lock'))).toBe(false);
  });

  it('an image that does not fit stops its shard with the row', async () => {
    const error = await caught(generate(options(folder, { job: { shape: [0] }, retries: 0 })));
    expect((error as Error).message).toMatch(/imageShape \[0\]/);
  });
});

const mountable = spawnSync('sh', [
  '-c',
  'd=$(mktemp -d) && mount -t tmpfs -o size=64k none $d && umount $d',
]);
if (mountable.status !== 0) console.log('skipped: full disk, no right to mount a tmpfs');

describe.skipIf(mountable.status !== 0)('a full or read-only disk', () => {
  afterEach(() => void spawnSync('umount', [folder]));

  it('ends the run with one error, and the next run goes on', async () => {
    const plain = await generate(options(at('plain'), { job: { shape: [40, 40] } }));
    rmSync(at('plain'), { recursive: true });
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'none', folder]);
    const job = { shape: [40, 40] };
    expect(await caught(generate(options(folder, { job })))).toMatchObject({
      code: 'DISK_FULL',
      next: expect.stringContaining('finished shards are kept'),
    });
    const left = readdirSync(folder);
    expect(left.filter((name) => /part$|lock$|manifest/.test(name))).toEqual([]);
    expect(left.filter((name) => name.endsWith('.arrow')).length).toBeGreaterThan(2);
    spawnSync('mount', ['-o', 'remount,size=4m', folder]);
    const seen: GenerateProgress[] = [];
    expect(await generate(options(folder, { job, onProgress: (p) => seen.push(p) }))).toEqual(
      plain,
    );
    expect(seen.at(-1)!.shardsKept).toBeGreaterThan(2);
    spawnSync('mount', ['-o', 'remount,ro', folder]);
    expect(await caught(generate(options(folder, { job })))).toMatchObject({
      code: 'NOT_WRITABLE',
    });
  });
});

describe('stopping', () => {
  it('leaves finished shards and nothing else, and goes on to the same manifest', async () => {
    const plain = await generate(options(at('plain')));
    const controller = new AbortController();
    const error = await caught(
      generate(
        options(at('stopped'), {
          workers: 2,
          job: { holdFrom: 60, holdUntil: at('never') },
          identity: plain.provenance.job!,
          signal: controller.signal,
          progressEveryMs: 10,
          onProgress: (p) => {
            if (p.shardsDone >= 3) controller.abort();
          },
        }),
      ),
    );
    expect(error).toMatchObject({ code: 'INTERRUPTED', next: expect.stringContaining('again') });
    const left = readdirSync(at('stopped'));
    const finished = left.filter((name) => name.endsWith('.arrow'));
    expect(finished.length).toBeGreaterThanOrEqual(3);
    expect(finished.length).toBeLessThanOrEqual(7);
    expect(left.filter((n) => !n.endsWith('.arrow')).sort()).toEqual([
      'journal.jsonl',
      'plan.json',
    ]);
    const seen: GenerateProgress[] = [];
    const manifest = await generate(
      options(at('stopped'), { identity: plain.provenance.job!, onProgress: (p) => seen.push(p) }),
    );
    expect(manifest).toEqual(plain);
    expect(seen.at(-1)!.shardsKept).toBeGreaterThanOrEqual(3);
  });

  it('does not begin when it is already over', async () => {
    const error = await caught(generate(options(at('x'), { signal: AbortSignal.abort() })));
    expect(error).toMatchObject({ code: 'INTERRUPTED' });
    expect(existsSync(at('x'))).toBe(false);
  });
});
