import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireLock } from '../lock/lock.js';
import { appendJournal } from './journal.js';
import { datasetLockName, datasetStatus, strayFiles } from './status.js';
import {
  syntheticImage,
  syntheticLayout,
  syntheticRow,
  folderPerTest,
  writeSynthetic,
} from './synthetic.fixture.js';
import { openShard } from './writer.js';

let folder = '';
folderPerTest((path) => (folder = path));

const layout = syntheticLayout();
const begin = (startedAt: Date) =>
  appendJournal(folder, {
    event: 'start',
    key: 'key',
    rows: 150,
    shards: 4,
    workers: 2,
    startedAt: startedAt.toISOString(),
    host: 'here',
    pid: 1,
  });
const makeShard = (index: number) => {
  const shard = openShard(folder, layout, index, 'key');
  for (let row = 40 * index; row < 40 * (index + 1); row++) {
    shard.append(syntheticRow(layout, row), syntheticImage(layout, row));
  }
  shard.finish();
};

describe('datasetStatus', () => {
  it('follows a data set from nothing to the end', async () => {
    expect(datasetStatus(folder)).toMatchObject({ state: 'empty', rowsDone: 0, rowsTotal: 0 });
    const start = Date.now() - 10_000;
    begin(new Date(start));
    expect(datasetStatus(folder)).toMatchObject({ state: 'stopped', rowsTotal: 150 });
    const lock = await acquireLock(folder, { name: datasetLockName });
    makeShard(0);
    makeShard(1);
    makeShard(1);
    const status = datasetStatus(folder, start + 16_000);
    expect(status).toMatchObject({
      state: 'running',
      rowsDone: 80,
      shardsDone: 2,
      shardsTotal: 4,
      rowsPerSecond: 5,
      secondsLeft: 14,
      owner: { pid: process.pid },
    });
    // A file's time may be some milliseconds behind the clock.
    expect(Date.parse(status.lastShardAt!)).toBeGreaterThanOrEqual(start + 9_000);
    await lock.release();
    expect(datasetStatus(folder)).toMatchObject({
      state: 'stopped',
      rowsPerSecond: 0,
      shardsDone: 2,
    });
    const manifest = writeSynthetic(folder, layout);
    const bytes = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
    expect(datasetStatus(folder)).toMatchObject({ state: 'finished', rowsDone: 150, bytes });
  });

  it('does not believe the lock of a dead process, nor count shards of another plan', () => {
    begin(new Date());
    makeShard(0);
    const other = openShard(folder, layout, 3, 'other');
    for (let row = 120; row < 150; row++) {
      other.append(syntheticRow(layout, row), syntheticImage(layout, row));
    }
    other.finish();
    const owner = {
      pid: 99_999_999,
      host: datasetStatus(folder).hosts[0],
      startedAt: '',
      token: 't',
    };
    writeFileSync(join(folder, datasetLockName), JSON.stringify(owner));
    expect(datasetStatus(folder)).toMatchObject({ state: 'stopped', shardsDone: 1, rowsDone: 40 });
  });
});

describe('strayFiles', () => {
  it('names what no manifest names, and nothing that is not ours', () => {
    expect(() => strayFiles(folder)).toThrow(expect.objectContaining({ code: 'MANIFEST_MISSING' }));
    writeSynthetic(folder, layout);
    for (const name of ['shard-000007.arrow', 'shard-000001.arrow.12-0123abcd.part', 'notes.txt']) {
      writeFileSync(join(folder, name), 'abc');
    }
    expect(strayFiles(folder)).toEqual([
      { name: 'shard-000001.arrow.12-0123abcd.part', bytes: 3 },
      { name: 'shard-000007.arrow', bytes: 3 },
    ]);
  });
});
