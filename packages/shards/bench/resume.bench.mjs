/**
 * Going on in the middle of an epoch: open the data set, compute split and order, read the next batch of
 * 32 rows. With small images, where it is the order that is measured, and with images of 240 x 400, where
 * the batch lies in some 29 shards of 25 MB, of which the tails, the heads and the images themselves are
 * read and compared; `whole`: every shard hashed, as data sets without checks by row are read.
 *   node packages/shards/bench/resume.bench.mjs [--rows 10000] [--large 2048]
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DatasetReader } from '../dist/index.js';
import {
  benchFolder,
  imageOf,
  layoutOf,
  measured,
  median,
  round,
  writeDataset,
} from './dataset.mjs';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000' },
    large: { type: 'string', default: '2048' },
  },
});
const base = benchFolder();
const fractions = { validation: 0.1, test: 0.1 };

async function resumed(name, rows, shape, rowsPerShard, verify) {
  const folder = join(base, name);
  mkdirSync(folder);
  const image = imageOf(1, shape[0] * shape[1]);
  const manifest = writeDataset(folder, layoutOf(rows, shape, rowsPerShard), () => image);
  // The state of an epoch half used, as a checkpoint holds it.
  const state = {
    manifest: manifest.manifestHash,
    split: 'train',
    fractions,
    seed: 1,
    epoch: 3,
    consumed: Math.floor(rows * 0.4),
  };
  const order = [];
  const first = [];
  for (let i = 0; i < 7; i++) {
    const start = performance.now();
    const reader = DatasetReader.open(folder, { verify });
    const epoch = reader.epoch({ batchSize: 32, resume: state, prefetch: 1 });
    const next = epoch.next();
    order.push((performance.now() - start) / 1000);
    first.push(
      await measured(async () => {
        await next;
        await epoch.return();
      }),
    );
    first.at(-1).seconds += order.at(-1);
    reader.close();
  }
  return {
    rows,
    rowsPerShard,
    image: shape.join(' x '),
    secondsToOpenAndOrder: round(median(order)),
    secondsToFirstBatch: round(median(first.map((r) => r.seconds))),
    processorSecondsToFirstBatch: round(median(first.map((r) => r.cpu))),
  };
}

const large = Number(values.large);
console.log(
  JSON.stringify(
    {
      small: await resumed('small', Number(values.rows), [16, 16], 64),
      large64: await resumed('large64', large, [240, 400], 64),
      large64Whole: await resumed('large64Whole', large, [240, 400], 64, 'shards'),
      large16: await resumed('large16', large, [240, 400], 16),
      load: loadavg().map((x) => round(x, 2)),
    },
    null,
    1,
  ),
);
