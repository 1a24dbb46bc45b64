import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hold, spectraloom, start, tinyWorkspace } from './commandLine.fixture.js';

let root: string;
beforeAll(async () => {
  root = await tinyWorkspace();
});
afterAll(() => rm(root, { recursive: true, force: true }));

const ablation = ['ablation', 'tiny', '--backend', 'wasm'];

interface Spread {
  mean: number;
  values: number[];
}
interface Table {
  format: number;
  repeats: number;
  testImages: number;
  rows: {
    variant: string;
    measured: Spread;
    accuracy: Record<string, Spread>;
    space: { outside: boolean; pValue: number; because: string };
    refused: Record<string, number>;
  }[];
}

describe('spectraloom ablation', () => {
  test('goes on after Ctrl-C, compares all data sets, and keeps what is done', async () => {
    const held = hold(root, 'cell.json|judge');
    const first = start(root, [...ablation, '--repeats', '1'], held.env);
    await held.reached();
    first.child.kill('SIGINT');
    held.release();
    const interrupted = await first.ended;
    expect(interrupted.code).toBe(130);
    expect(interrupted.err).toMatch(/run the same command again/);

    const whole = await spectraloom(root, ...ablation, '--repeats', '1');
    expect(whole.code).toBe(0);
    expect(whole.out).toMatch(/^\| data set \| what differs/);
    const file = join(root, 'runs/tiny/ablation/ablation.json');
    const table = JSON.parse(await readFile(file, 'utf8')) as Table;
    expect(table).toMatchObject({ format: 2, repeats: 1 });
    expect(table.rows.map((r) => r.variant)).toEqual(['reference', 'no-resolution', 'no-noise']);
    for (const row of table.rows) {
      for (const other of table.rows) {
        const { values } = row.accuracy[other.variant]!;
        expect(values).toHaveLength(1);
        const right = values[0]! * table.testImages;
        expect(right).toBeCloseTo(Math.round(right), 9);
        expect(row.refused[other.variant]).toBeGreaterThanOrEqual(0);
        expect(row.refused[other.variant]).toBeLessThanOrEqual(1);
      }
      expect(row.space.pValue).toBeGreaterThan(0);
      expect(['pattern', 'remainder', 'intensities', 'detectors']).toContain(row.space.because);
    }
    // Images without noise do not contain those with it.
    const bare = table.rows[2]!.refused;
    expect(bare['reference']).toBeGreaterThan(bare['no-noise']!);

    const again = await spectraloom(root, ...ablation, '--repeats', '2', '--json');
    expect(again.code).toBe(0);
    const last = JSON.parse(again.out.trim().split('\n').at(-1)!) as Table;
    expect(last.repeats).toBe(2);
    last.rows.forEach((row, i) => {
      expect(row.measured.values[0]).toBe(table.rows[i]!.measured.values[0]);
      expect(row.measured.values).toHaveLength(2);
    });
  });

  test('names the data sets there are, and has no option that it would not follow', async () => {
    const unknown = await spectraloom(root, ...ablation, '--dataset', 'no-physics');
    expect(unknown.code).toBe(1);
    expect(unknown.err).toMatch(/no-physics[^]*one of reference, no-resolution, no-noise/);
    const idle = await spectraloom(root, ...ablation, '--uncertainty', 'duq');
    expect(idle.code).toBe(2);
    expect(idle.err).toMatch(/uncertainty/);
    const plain = await spectraloom(root, ...ablation, '--preset', 'fast');
    expect(plain.err).toMatch(/compares no data sets/);
  });
});
