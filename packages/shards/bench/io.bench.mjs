/**
 * Writing and verified reading of shards against plain file I/O, same bytes, interleaved.
 *   node packages/shards/bench/io.bench.mjs [--rows 512] [--repeat 5] [--folder DIR]
 * Plain write: open, write, fsync, rename per file. Plain read: the whole file into a new buffer.
 * Both out of and into the page cache. Prints medians as JSON.
 */
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
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
  verifyDataset,
  writeManifest,
} from '../dist/index.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '512' },
    repeat: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const rows = Number(values.rows);
const layout = {
  planId: 'b'.repeat(64),
  rows,
  rowsPerShard: 64,
  imageShape: [240, 400],
  labels: ['a', 'b'],
  parameters: [{ name: 'J', unit: 'meV' }],
  provenance: {},
};
const image = Float32Array.from({ length: 96000 }, (_, i) => Math.sin(i));
const folder = mkdtempSync(join(values.folder, 'spectraloom-bench-'));
const seconds = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

function writeShards() {
  const entries = [];
  for (let index = 0; index < shardCount(layout); index++) {
    const shard = openShard(folder, layout, index, 'bench');
    const { firstRow, rows: n } = shardRange(layout, index);
    for (let row = firstRow; row < firstRow + n; row++) {
      shard.append(
        { row, label: 'a', seed: rowSeed(layout.planId, row), parameters: { J: row } },
        image,
      );
    }
    entries.push(shard.finish());
  }
  const manifest = makeManifest(layout, entries);
  writeManifest(folder, manifest);
  return manifest;
}

const manifest = writeShards();
const megabytes = manifest.shards.reduce((sum, s) => sum + s.bytes, 0) / 1e6;
const contents = manifest.shards.map((s) => readFileSync(join(folder, s.name)));
function writePlain() {
  contents.forEach((bytes, i) => {
    const path = join(folder, `plain-${i}`);
    const file = openSync(`${path}.part`, 'w');
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
    closeSync(file);
    renameSync(`${path}.part`, path);
  });
}
const readPlain = () => manifest.shards.forEach((s) => readFileSync(join(folder, s.name)));
/** Every row once, in epochs' order, in batches of 32. */
async function readVerified(shuffle, cacheBytes) {
  const reader = DatasetReader.open(folder, { cacheBytes });
  for await (const batch of reader.epoch({ batchSize: 32, shuffle })) if (batch.count < 0) return;
  reader.close();
}
/** A second epoch: the shards have been verified, their bytes are gone again. */
let warm;
async function readAgain() {
  for await (const batch of warm.epoch({ batchSize: 32, epoch: 1 })) if (batch.count < 0) return;
}

const times = {
  writeShards: [],
  writePlain: [],
  readPlain: [],
  readInOrder: [],
  readShuffled: [],
  readAgain: [],
  verifyFull: [],
};
warm = DatasetReader.open(folder, { cacheBytes: 0 });
await readAgain();
for (let i = 0; i < Number(values.repeat); i++) {
  times.writePlain.push(await seconds(writePlain));
  times.writeShards.push(await seconds(writeShards));
  times.readPlain.push(await seconds(readPlain));
  times.readInOrder.push(await seconds(() => readVerified(false, 1e8)));
  times.readShuffled.push(await seconds(() => readVerified(true, 2 ** 34)));
  times.readAgain.push(await seconds(readAgain));
  times.verifyFull.push(await seconds(() => verifyDataset(folder, { full: true })));
}
rmSync(folder, { recursive: true });

const rates = Object.fromEntries(
  Object.entries(times).map(([name, list]) => [name, Math.round(megabytes / median(list))]),
);
console.log(
  JSON.stringify(
    {
      rows,
      megabytes: Math.round(megabytes),
      megabytesPerSecond: rates,
      writeOverPlain: rates.writeShards / rates.writePlain,
      readOverPlain: rates.readInOrder / rates.readPlain,
    },
    null,
    1,
  ),
);
