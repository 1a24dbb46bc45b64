import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderPerTest } from '../testing/farm.fixture.js';
import { liveSigns, readRecords, RecordWriter, type TaskSign } from './records.js';
import { slurmFiles } from './request.js';

let folder = '';
folderPerTest((path) => (folder = path));

const now = Date.parse('2026-01-01T12:00:00Z');
const sign = (task: number, secondsAgo: number, rowsDone: number): TaskSign => ({
  task,
  host: `node${task}`,
  pid: 1,
  at: new Date(now - 1000 * secondsAgo).toISOString(),
  rowsDone,
  rowsTotal: 64,
  megabytesPerSecond: 1,
  memoryBytes: 1e8,
});

test('the last sign of each task of a submission is kept; of those at work, the fresh and unfinished', () => {
  const records = new RecordWriter(folder, 'a-0');
  const alive = (of: TaskSign, submission = 'a') =>
    records.append({ event: 'alive', submission, ...of });
  alive(sign(0, 20, 3));
  alive(sign(0, 10, 5));
  alive(sign(1, 5, 64));
  alive(sign(2, 90, 7));
  alive(sign(3, 1, 9), 'another submission');
  records.close();
  appendFileSync(join(slurmFiles(folder).records, 'a-0.jsonl'), '{"event":"aliv');
  const { signs } = readRecords(folder, 'key', 'a');
  expect([...signs.keys()]).toEqual([0, 1, 2]);
  expect(signs.get(0)!.rowsDone).toBe(5);
  expect(liveSigns(signs, now).map((s) => s.task)).toEqual([0]);
});
