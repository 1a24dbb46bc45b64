/** What the benchmarks share: a data set of synthetic images, clocks, medians. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowSeed } from '../../sampling/dist/index.js';
import { makeManifest, openShard, shardCount, shardRange, writeManifest } from '../dist/index.js';

/** Images of a pattern that differs from row to row. */
export function imageOf(row, pixels) {
  const image = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) image[i] = ((row * 7919 + i * 31) % 4093) / 4093;
  return image;
}

export function layoutOf(rows, shape = [240, 400], rowsPerShard = 64) {
  return {
    planId: 'b'.repeat(64),
    rows,
    rowsPerShard,
    imageShape: shape,
    labels: ['a', 'b'],
    parameters: [{ name: 'J', unit: 'meV' }],
    provenance: {},
  };
}

/** Writes one shard; `image(row)` gives its images. @returns its entry */
export function writeShard(folder, layout, index, image, options) {
  const shard = openShard(folder, layout, index, 'bench', options);
  const { firstRow, rows } = shardRange(layout, index);
  for (let row = firstRow; row < firstRow + rows; row++) {
    const seed = rowSeed(layout.planId, row);
    shard.append({ row, label: row % 2 ? 'b' : 'a', seed, parameters: { J: row } }, image(row));
  }
  return shard.finish();
}

/** Writes a data set. @returns the manifest */
export function writeDataset(folder, layout, image) {
  const indices = Array.from({ length: shardCount(layout) }, (_, index) => index);
  const manifest = makeManifest(
    layout,
    indices.map((index) => writeShard(folder, layout, index, image)),
  );
  writeManifest(folder, manifest);
  return manifest;
}

/** A folder that is removed when the process ends, however it ends but by kill -9. */
export function benchFolder(base = tmpdir()) {
  const folder = mkdtempSync(join(base, 'spectraloom-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
  return folder;
}

/** Seconds by the clock, and of the processor in all threads of this process. */
export async function measured(work) {
  const used = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(used);
  return { seconds, cpu: (user + system) / 1e6 };
}

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
export const round = (x, digits = 3) => Number(x.toPrecision(digits));
