import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { verifyDataset } from '@spectraloom/shards';
import { describe, expect, it } from 'vitest';
import { contents, options, folderPerTest } from '../testing/farm.fixture.js';
import { generate } from './generate.js';
import { isRunning, runInChild } from './kill.fixture.js';

let folder = '';
folderPerTest((path) => (folder = path));

describe('kill -9 of the whole process', () => {
  it('in the middle: finished shards are kept, the manifest is that of an undisturbed run', async () => {
    const job = { shape: [24, 40] };
    const undisturbed = await generate(options(join(folder, 'undisturbed'), { job }));
    const outDir = join(folder, 'killed');
    const same = { workers: 2, identity: undisturbed.provenance.job! };
    for (const rows of [10, 30, 70]) {
      // Stands still in the middle of a shard until it is killed.
      const hold = { holdFrom: rows, holdUntil: join(folder, 'never') };
      const run = runInChild(options(outDir, { job: { ...job, ...hold }, ...same }));
      await run.rows(rows);
      run.kill('SIGKILL');
      expect((await run.ended).signal).toBe('SIGKILL');
      expect(isRunning(run.pid)).toBe(false);
    }
    const kept = readdirSync(outDir).filter((name) => name.endsWith('.arrow'));
    expect(kept.length).toBeGreaterThan(2);
    const times = new Map(kept.map((name) => [name, statSync(join(outDir, name)).mtimeMs]));
    const last = runInChild(options(outDir, { job, ...same }));
    expect(await last.ended).toMatchObject({ code: 0, hash: undisturbed.manifestHash });
    expect(contents(outDir)).toEqual(contents(join(folder, 'undisturbed')));
    // A kill between rename and journal costs that shard: at most one a worker and kill.
    const remade = kept.filter((name) => statSync(join(outDir, name)).mtimeMs !== times.get(name));
    expect(remade.length).toBeLessThanOrEqual(2);
    expect((await verifyDataset(outDir, { full: true })).problems).toEqual([]);
  });
});
