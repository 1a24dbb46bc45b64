import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowSeed } from '@spectraloom/sampling';
import { afterEach, beforeEach } from 'vitest';
import {
  type DatasetLayout,
  type DatasetRow,
  imageLength,
  shardCount,
  shardRange,
} from './layout.js';
import { makeManifest, type Manifest, writeManifest } from './manifest.js';
import { openShard } from './writer.js';

/** A small data set of two models with different parameters, made from formulas. */
export function syntheticLayout(overrides: Partial<DatasetLayout> = {}): DatasetLayout {
  return {
    planId: 'a'.repeat(64),
    rows: 150,
    rowsPerShard: 40,
    imageShape: [3, 5],
    labels: ['even', 'odd'],
    parameters: [
      { name: 'J', unit: 'meV' },
      { name: 'D', unit: 'meV' },
      { name: 'x', unit: '' },
    ],
    provenance: { 'model.even': 'sha256 of a text', version: '1' },
    ...overrides,
  };
}

export function syntheticRow(layout: DatasetLayout, row: number): DatasetRow {
  return {
    row,
    label: row % 2 === 0 ? 'even' : 'odd',
    seed: rowSeed(layout.planId, row),
    parameters: row % 2 === 0 ? { J: -row / 7, D: row } : { x: Math.sqrt(row), D: -row },
  };
}

export function syntheticImage(layout: DatasetLayout, row: number): Float32Array {
  return Float32Array.from({ length: imageLength(layout) }, (_, i) => Math.sin(row * 100 + i));
}

export function writeSynthetic(folder: string, layout = syntheticLayout()): Manifest {
  const entries = Array.from({ length: shardCount(layout) }, (_, index) => {
    const shard = openShard(folder, layout, index, 'key');
    const { firstRow, rows } = shardRange(layout, index);
    for (let row = firstRow; row < firstRow + rows; row++) {
      shard.append(syntheticRow(layout, row), syntheticImage(layout, row));
    }
    return shard.finish();
  });
  const manifest = makeManifest(layout, entries.reverse());
  writeManifest(folder, manifest);
  return manifest;
}

/** A folder for one test; remove it with `remove`. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'spectraloom-shards-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A new folder before each test of the file, told to `set`; removed behind it. */
export function folderPerTest(set: (path: string) => void): void {
  let remove: () => void;
  beforeEach(() => {
    const folder = temporaryFolder();
    remove = folder.remove;
    set(folder.path);
  });
  afterEach(() => remove());
}
