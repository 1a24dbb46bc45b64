import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventLogger, eventLogName, readEventLog, throughput } from './eventLog.js';
import type { PipelineEvent } from './events.js';
import { folderStatus } from './folderStatus.js';

let folder: string;
let time: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'events-'));
  time = Date.parse('2026-01-01T00:00:00Z');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = (stage: string, key: string): PipelineEvent => ({
  type: 'stage-start',
  stage,
  title: stage,
  key,
});
const progress = (done: number, more: object = {}): PipelineEvent => ({
  type: 'progress',
  stage: 'images',
  done,
  total: 100,
  unit: 'images',
  ...more,
});

describe('the log', () => {
  test('keeps every event but progress, of which it keeps one a second and the last', () => {
    const emit = eventLogger(folder, () => time);
    emit(start('images', 'k'));
    for (let done = 1; done <= 100; done++) {
      emit(progress(done));
      time += 100;
    }
    const events = readEventLog(folder);
    expect(events[0]).toMatchObject({
      type: 'stage-start',
      at: '2026-01-01T00:00:00.000Z',
      pid: process.pid,
      host: hostname(),
    });
    const done = events.flatMap((e) => (e.type === 'progress' ? [e.done] : []));
    expect(done).toEqual([1, 11, 21, 31, 41, 51, 61, 71, 81, 91, 100]);
  });

  test('of a week of progress it keeps a few hundred lines', () => {
    const emit = eventLogger(folder, () => time);
    emit(start('train', 'k'));
    for (let second = 0; second < 7 * 86_400; second += 5) {
      emit({ type: 'progress', stage: 'train', done: second, total: 1e9, unit: 'images' });
      time += 5000;
    }
    expect(readEventLog(folder).length).toBeGreaterThan(500);
    expect(readEventLog(folder).length).toBeLessThan(2500);
  });

  test('passes over torn lines, and is empty where there is none', () => {
    expect(readEventLog(folder)).toEqual([]);
    eventLogger(folder)(start('plan', 'k'));
    appendFileSync(join(folder, eventLogName), '{"type":"progr\n');
    eventLogger(folder)(start('images', 'k'));
    expect(readEventLog(folder)).toHaveLength(2);
  });

  test.skipIf(process.getuid?.() === 0)('never stops a run', () => {
    chmodSync(folder, 0o500);
    eventLogger(folder)(start('plan', 'k'));
    chmodSync(folder, 0o700);
  });
});

describe('throughput', () => {
  test('joins the runs that worked on one key, without the time between them', () => {
    const emit = eventLogger(folder, () => time);
    const seconds = (n: number) => (time += 1000 * n);
    emit(start('images', 'other'));
    seconds(2);
    emit(progress(50));
    emit(start('images', 'mine'));
    seconds(2);
    emit(progress(10, { ratePerSecond: 5, megabytesPerSecond: 2, memoryBytes: 1e8 }));
    seconds(3600);
    emit(start('images', 'mine'));
    seconds(3);
    emit(progress(30));
    expect(throughput(readEventLog(folder), 'images', 'mine')).toEqual([
      { seconds: 2, done: 10, ratePerSecond: 5, megabytesPerSecond: 2, memoryBytes: 1e8 },
      { seconds: 5, done: 30 },
    ]);
    expect(throughput(readEventLog(folder), 'images', 'none')).toEqual([]);
  });
});

describe('folderStatus', () => {
  const begin = (): PipelineEvent => ({
    type: 'run-start',
    pipeline: 'p',
    preset: 'q',
    stages: ['plan', 'images', 'train'],
    pid: process.pid,
    host: hostname(),
  });
  test('shows a run that works, with its rate; then its end', async () => {
    const emit = eventLogger(folder);
    emit(begin());
    emit({ type: 'stage-kept', stage: 'plan', key: 'a' });
    emit(start('images', 'b'));
    emit(progress(40, { ratePerSecond: 4, secondsLeft: 15, memoryBytes: 5e8 }));
    const { run } = await folderStatus(folder);
    expect(run).toMatchObject({ pipeline: 'p', preset: 'q', state: 'running', pid: process.pid });
    expect(run!.stages).toMatchObject([
      { stage: 'plan', state: 'kept' },
      {
        stage: 'images',
        state: 'running',
        done: 40,
        total: 100,
        ratePerSecond: 4,
        secondsLeft: 15,
      },
      { stage: 'train', state: 'waiting' },
    ]);
    emit({ type: 'run-failed', code: 'INTERRUPTED', message: 'interrupted' });
    const after = (await folderStatus(folder)).run!;
    expect(after).toMatchObject({ state: 'stopped', message: 'interrupted' });
    expect(after.stages[1]).toMatchObject({ state: 'stopped', done: 40 });
  });

  test('a run whose process is gone is stopped', async () => {
    eventLogger(folder)(begin());
    const path = join(folder, eventLogName);
    // No process has this number: Linux gives none above 2^22.
    const text = readFileSync(path, 'utf8').replaceAll(`"pid":${process.pid}`, '"pid":99999999');
    rmSync(path);
    appendFileSync(path, text);
    expect((await folderStatus(folder)).run).toMatchObject({ state: 'stopped', pid: 99999999 });
  });

  test('a folder of neither kind is named with what it holds', async () => {
    await expect(folderStatus(folder)).rejects.toMatchObject({
      code: 'STATUS_UNKNOWN',
      where: folder,
      got: 'an empty folder',
    });
  });
});
