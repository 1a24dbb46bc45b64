/**
 * Going on in the middle of an epoch: open the data set, compute split and order, read the next
 * batch. 10,000 rows of small images, so that the order, not the disk, is measured.
 *   node packages/shards/bench/resume.bench.mjs [--rows 10000] [--side 16]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rowSeed } from '../../sampling/dist/index.js';
import {
  DatasetReader,
  makeManifest,
  openShard,
  shardCount,
  shardRange,
  writeManifest,
} from '../dist/index.js';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '10000' }, side: { type: 'string', default: '16' } },
});
const rows = Number(values.rows);
const side = Number(values.side);
const layout = {
  planId: 'b'.repeat(64),
  rows,
  rowsPerShard: 64,
  imageShape: [side, side],
  labels: ['a'],
  parameters: [],
  provenance: {},
};
const folder = mkdtempSync(join(tmpdir(), 'spectraloom-bench-'));
const image = new Float32Array(side * side);
const entries = [];
for (let index = 0; index < shardCount(layout); index++) {
  const shard = openShard(folder, layout, index, 'bench');
  const { firstRow, rows: n } = shardRange(layout, index);
  for (let row = firstRow; row < firstRow + n; row++) {
    shard.append({ row, label: 'a', seed: rowSeed(layout.planId, row), parameters: {} }, image);
  }
  entries.push(shard.finish());
}
writeManifest(folder, makeManifest(layout, entries));

const fractions = { validation: 0.1, test: 0.1 };
let state;
for await (const batch of DatasetReader.open(folder, { fractions }).epoch({
  split: 'train',
  batchSize: 32,
  seed: 1,
})) {
  state = batch.state;
  if (state.consumed >= rows / 2) break;
}
const times = { openAndOrder: [], toFirstBatch: [] };
for (let i = 0; i < 7; i++) {
  const start = performance.now();
  const reader = DatasetReader.open(folder);
  const epoch = reader.epoch({ batchSize: 32, resume: state });
  const first = epoch.next();
  times.openAndOrder.push((performance.now() - start) / 1000);
  await first;
  times.toFirstBatch.push((performance.now() - start) / 1000);
  await epoch.return();
}
rmSync(folder, { recursive: true });
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
console.log(
  JSON.stringify(
    {
      rows,
      consumed: state.consumed,
      seconds: Object.fromEntries(Object.entries(times).map(([k, v]) => [k, median(v)])),
    },
    null,
    1,
  ),
);
