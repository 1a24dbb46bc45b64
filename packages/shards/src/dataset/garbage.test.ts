import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireLock } from '../lock/lock.js';
import { findGarbage, removeGarbage } from './garbage.js';
import { appendJournal } from './journal.js';
import { datasetLockName } from './status.js';
import { folderPerTest, writeSynthetic } from './synthetic.fixture.js';
import { verifyDataset } from './verify.js';

let root = '';
folderPerTest((path) => (root = path));

const folder = (name: string) => {
  const path = join(root, 'pipe', name);
  mkdirSync(path, { recursive: true });
  return path;
};
const start = { event: 'start', key: 'k', rows: 150, shards: 4, workers: 1 } as const;
const begin = (path: string) =>
  appendJournal(path, { ...start, startedAt: '2026-01-01T00:00:00Z', host: 'h', pid: 1 });

/** One of each kind. */
function everything() {
  const finished = folder('a-finished');
  writeSynthetic(finished);
  const stray = folder('b-stray');
  writeSynthetic(stray);
  writeFileSync(join(stray, 'shard-000004.arrow'), 'left by another layout');
  writeFileSync(join(stray, 'catalog.parquet.12-0123abcd.part'), 'killed');
  writeFileSync(join(stray, 'notes.txt'), 'mine');
  const unfinished = folder('c-unfinished');
  writeSynthetic(unfinished);
  rmSync(join(unfinished, 'manifest.json'));
  const empty = folder('d-empty');
  begin(empty);
  writeFileSync(join(empty, 'plan.json'), '{}');
  const damaged = folder('e-damaged');
  writeSynthetic(damaged);
  writeFileSync(join(damaged, 'manifest.json'), '{}');
  const slurm = folder('f-slurm');
  begin(slurm);
  mkdirSync(join(slurm, 'slurm'));
  folder('g-nothing');
  return { finished, stray, unfinished, empty, damaged, slurm };
}

describe('findGarbage', () => {
  it('tells finished, stray, unfinished, empty, damaged and busy apart', async () => {
    const { unfinished, stray } = everything();
    const held = folder('h-held');
    begin(held);
    const lock = await acquireLock(held, { name: datasetLockName });
    symlinkSync(join(root, 'pipe'), join(root, 'pipe', 'loop'));
    const found = findGarbage(root);
    expect(found.map((g) => [g.folder.slice(root.length + 8), g.kind, g.rows])).toEqual([
      ['finished', 'finished', 150],
      ['stray', 'stray', 150],
      ['unfinished', 'unfinished', 150],
      ['empty', 'empty', 0],
      ['damaged', 'damaged', 0],
      ['slurm', 'busy', 0],
      ['held', 'busy', 0],
    ]);
    expect(found[1]!.files.map((f) => f.name)).toEqual([
      'catalog.parquet.12-0123abcd.part',
      'shard-000004.arrow',
    ]);
    expect(found[1]!.bytes).toBe('left by another layout'.length + 'killed'.length);
    expect(found[6]!.note).toMatch(new RegExp(`process ${process.pid} `));
    expect(findGarbage(unfinished)[0]!.kind).toBe('unfinished');
    expect(findGarbage(stray)).toHaveLength(1);
    await lock.release();
  });
});

describe('removeGarbage', () => {
  it('deletes what was found and nothing else', async () => {
    const { finished, stray, unfinished, empty } = everything();
    const of = (path: string) => findGarbage(path)[0]!;
    const expected = of(stray).bytes;
    expect(await removeGarbage(of(stray))).toBe(expected);
    expect(readdirSync(stray)).toContain('notes.txt');
    expect((await verifyDataset(stray, { full: true })).problems).toEqual([]);
    expect(of(stray).kind).toBe('finished');
    for (const path of [unfinished, empty, finished]) {
      const garbage = of(path);
      expect(await removeGarbage(garbage)).toBe(garbage.bytes);
      expect(existsSync(path)).toBe(false);
    }
    expect(await removeGarbage(of(stray))).toBeGreaterThan(0);
    expect(readdirSync(stray)).toEqual(['notes.txt']);
  });

  it('leaves alone what is in use, or has become something else', async () => {
    const { unfinished, slurm } = everything();
    expect(await removeGarbage(findGarbage(slurm)[0]!)).toBe(0);
    expect(existsSync(join(slurm, 'journal.jsonl'))).toBe(true);
    const found = findGarbage(unfinished)[0]!;
    const lock = await acquireLock(unfinished, { name: datasetLockName });
    await expect(removeGarbage(found)).rejects.toMatchObject({ code: 'LOCKED' });
    await lock.release();
    writeSynthetic(unfinished);
    expect(await removeGarbage(found)).toBe(0);
    expect((await verifyDataset(unfinished, { full: true })).problems).toEqual([]);
  });
});
