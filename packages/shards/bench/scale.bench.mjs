/**
 * What a large data set costs beside its images: plan, journal, manifest, catalogue, a look at every
 * file, order of reading. The shards are empty files of the right size (sparse: they take no disk), their
 * hashes made up and without tails, so they are of version 1; everything else is what a real run does. All times are processor seconds. docs/scale.md draws its conclusions from it.
 *   node --expose-gc packages/shards/bench/scale.bench.mjs [--rows 100000] [--shapes 64,256,1024]
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawPlan, planFromJson, planToText } from '../../sampling/dist/index.js';
import {
  DatasetReader,
  journalName,
  makeManifest,
  manifestName,
  readJournal,
  readManifest,
  shardCount,
  shardRange,
  verifyDataset,
  writeCatalogue,
  writeManifest,
} from '../dist/index.js';
import { benchFolder, measured, round } from './dataset.mjs';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    shapes: { type: 'string', default: '64,256,1024' },
  },
});
const rows = Number(values.rows);
const base = benchFolder();
/** Processor seconds, which a machine with other work changes little. */
const seconds = async (work) => {
  globalThis.gc?.();
  let value;
  const { cpu } = await measured(async () => {
    value = await work();
  });
  return [round(cpu), value];
};
const megabytes = (bytes) => round(bytes / 1e6);

// Two classes with the six parameters of the pcsmo models.
const uniform = { kind: 'uniform', min: -1, max: 1 };
const parameters = ['J1', 'J2', 'J3', 'J4', 'J5', 'D'].map((name) => ({
  name,
  unit: 'meV',
  prior: uniform,
}));
const models = ['a', 'b'].map((label) => ({ label, parameters }));
const [draw, plan] = await seconds(() => drawPlan({ models, rowsPerModel: rows / 2, seed: 1 }));
const [toText, text] = await seconds(() => planToText(plan));
const [fromText] = await seconds(() => planFromJson(text));
const result = {
  rows,
  gigabytesOfImages: round((rows * 384000) / 1e9),
  plan: {
    secondsToDraw: draw,
    secondsToWrite: toText,
    secondsToReadAndCheck: fromText,
    megabytes: megabytes(text.length),
    rssMegabytes: megabytes(process.memoryUsage().rss),
    // A JavaScript string holds 2^29 - 24 characters.
    mostRows: Math.floor((2 ** 29 - 24) / (text.length / rows)),
  },
  byRowsPerShard: {},
};

for (const rowsPerShard of values.shapes.split(',').map(Number)) {
  const layout = {
    planId: plan.planId,
    rows,
    rowsPerShard,
    imageShape: [240, 400],
    labels: ['a', 'b'],
    parameters: parameters.map(({ name, unit }) => ({ name, unit })),
    provenance: { job: 'e'.repeat(64), task: 'simulation' },
  };
  const folder = join(base, String(rowsPerShard));
  mkdirSync(folder);
  const entries = Array.from({ length: shardCount(layout) }, (_, index) => {
    const { name, firstRow, rows: n } = shardRange(layout, index);
    const sha256 = createHash('sha256').update(`${index}`).digest('hex');
    return { name, firstRow, rows: n, bytes: n * (384000 + 80) + 3000, sha256 };
  });
  const [makeFiles] = await seconds(() => {
    for (const { name, bytes } of entries) {
      const file = openSync(join(folder, name), 'w');
      ftruncateSync(file, bytes);
      closeSync(file);
    }
  });
  const volatile = {
    finishedAt: new Date(0).toISOString(),
    seconds: 12.345,
    host: 'node01',
    pid: 1,
  };
  const lines = entries.map((entry) =>
    JSON.stringify({ event: 'shard', key: 'k', ...entry, ...volatile }),
  );
  writeFileSync(join(folder, journalName), `\n${lines.join('\n\n')}\n`);
  const [journal, read] = await seconds(() => readJournal(folder));
  const [catalogue, entry] = await seconds(() => writeCatalogue(folder, layout, plan));
  const [make, manifest] = await seconds(() => makeManifest(layout, read, entry));
  const [write] = await seconds(() => writeManifest(folder, manifest));
  const [readBack] = await seconds(() => readManifest(folder));
  const [look, seen] = await seconds(() => verifyDataset(folder));
  if (seen.problems.length > 0) throw new Error(JSON.stringify(seen.problems[0]));
  const [list] = await seconds(() => readdirSync(folder).length);
  const fractions = { validation: 0.1, test: 0.1 };
  const [open, reader] = await seconds(() => DatasetReader.open(folder, { fractions, threads: 0 }));
  const [split] = await seconds(() => reader.rowsOf('train'));
  // The order of a whole epoch, position by position, without reading an image.
  const { epochOrder } = await import('../../sampling/dist/index.js');
  const train = reader.rowsOf('train');
  const [order, touched] = await seconds(() => {
    const at = epochOrder(manifest.manifestHash, 1, 0, train.length);
    const shards = new Set();
    let sum = 0;
    for (let i = 0; i < train.length; i++) {
      const row = train[at(i)];
      if (i < 32) shards.add(Math.floor(row / rowsPerShard));
      sum += row;
    }
    return sum > 0 ? shards.size : 0;
  });
  result.byRowsPerShard[rowsPerShard] = {
    shards: entries.length,
    megabytesPerShard: megabytes(entries[0].bytes),
    secondsToMakeEmptyFiles: makeFiles,
    journal: {
      megabytes: megabytes(statSync(join(folder, journalName)).size),
      secondsToRead: journal,
    },
    manifest: {
      megabytes: megabytes(statSync(join(folder, manifestName)).size),
      secondsToMake: make,
      secondsToWrite: write,
      secondsToRead: readBack,
    },
    catalogue: { megabytes: megabytes(entry.bytes), secondsToWrite: catalogue },
    merge: { seconds: round(journal + catalogue + make + write) },
    secondsToLookAtEveryFile: look,
    secondsToListTheFolder: list,
    reading: {
      secondsToOpen: open,
      secondsToSplit: split,
      secondsForTheOrderOfAnEpoch: order,
      shardsInABatchOf32: touched,
    },
  };
}
console.log(JSON.stringify(result, null, 1));
