/**
 * What reading costs a consumer that works on every batch: the batches ahead are read and hashed in
 * threads meanwhile, or in the consumer's own thread. The consumer waits without using the processor
 * (a training step on a GPU) or keeps this thread busy (one on the CPU, in JavaScript).
 *   node packages/shards/bench/prefetch.bench.mjs [--rows 512] [--work 40] [--repeat 5]
 * Reading beyond the consumer's own time, as a share of reading without any work, is what is left to see
 * of it: 1 without overlap, 0 when it is hidden. Medians of rounds in which the ways take turns.
 */
import { loadavg } from 'node:os';
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
    rows: { type: 'string', default: '512' },
    work: { type: 'string', default: '40' },
    repeat: { type: 'string', default: '5' },
  },
});
const workMs = Number(values.work);
const folder = benchFolder();
const image = imageOf(1, 96000);
writeDataset(folder, layoutOf(Number(values.rows)), () => image);

const consumers = {
  none: () => undefined,
  waits: () => new Promise((resolve) => setTimeout(resolve, workMs)),
  computes: () => {
    const end = performance.now() + workMs;
    while (performance.now() < end);
  },
};
async function epoch(threads, consume) {
  const reader = DatasetReader.open(folder, { threads });
  let own = 0;
  const { seconds } = await measured(async () => {
    for await (const batch of reader.epoch({ batchSize: 32, shuffle: false })) {
      const start = performance.now();
      await consume(batch);
      own += performance.now() - start;
    }
  });
  reader.close();
  return { seconds, reading: seconds - own / 1000 };
}
const rounds = {};
for (let i = 0; i <= Number(values.repeat); i++) {
  for (const threads of [0, 2]) {
    for (const [name, consume] of Object.entries(consumers)) {
      const result = await epoch(threads, consume);
      if (i > 0) (rounds[`${threads} threads, consumer ${name}`] ??= []).push(result);
    }
  }
}
const table = Object.fromEntries(
  Object.entries(rounds).map(([name, list]) => {
    const alone = rounds[`${name.split(',')[0]}, consumer none`];
    return [
      name,
      {
        seconds: round(median(list.map((r) => r.seconds))),
        secondsReading: round(median(list.map((r) => r.reading))),
        leftToSee: round(median(list.map((r, i) => r.reading / alone[i].seconds)), 2),
      },
    ];
  }),
);
console.log(
  JSON.stringify(
    { rows: Number(values.rows), workMs, load: loadavg().map((x) => round(x, 2)), table },
    null,
    1,
  ),
);
process.exit(0);
