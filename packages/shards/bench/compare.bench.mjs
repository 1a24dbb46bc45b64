/**
 * Reading of the same rows by this package, MosaicML Streaming and LitData, taking turns on one machine.
 *   SPECTRALOOM_STREAMING_PYTHON=/tmp/venv-streaming/bin/python \
 *     node packages/shards/bench/compare.bench.mjs [--rows 1024] [--rounds 5]
 * with: python3 -m venv /tmp/venv-streaming && /tmp/venv-streaming/bin/pip install mosaicml-streaming litdata
 * Batches of 32 rows of 240 x 400 float32; shards of 64 rows; everything in the page cache. The others
 * check no bytes of local files; ours are compared row by row, each with its check, or (whole) shard by
 * shard with their sha256, and kept in memory then. Ratios are medians over the rounds of (theirs / ours): above 1, ours is
 * the faster one.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
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
    rows: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '5' },
  },
});
const python = process.env.SPECTRALOOM_STREAMING_PYTHON;
if (!python || spawnSync(python, ['-c', 'import numpy']).status !== 0) {
  console.log(
    'skipped: SPECTRALOOM_STREAMING_PYTHON names no Python with mosaicml-streaming, litdata',
  );
  process.exit(0);
}
const rows = Number(values.rows);
const layout = layoutOf(rows);
const folder = benchFolder();
const raw = join(folder, 'images.f32');
const file = openSync(raw, 'w');
for (let row = 0; row < rows; row++) writeSync(file, new Uint8Array(imageOf(row, 96000).buffer));
closeSync(file);
writeDataset(folder, layout, (row) => imageOf(row, 96000));

const script = fileURLToPath(new URL('compare_reader.py', import.meta.url));
const child = spawn(python, [script, raw, String(rows), '240', '400', folder], {
  stdio: ['pipe', 'pipe', 'ignore'],
});
process.on('exit', () => child.kill());
const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
const answer = async () => {
  const { value, done } = await answers.next();
  if (done) throw new Error(`${python} ended with code ${child.exitCode}`);
  return JSON.parse(value);
};
const { versions, problems } = await answer();

/** One epoch of ours: the rows read and the sum of the first pixels, as the others give. */
async function ours(reader, shuffle, epoch) {
  const result = { rows: 0, sum: 0 };
  const time = await measured(async () => {
    for await (const batch of reader.epoch({ batchSize: 32, shuffle, epoch })) {
      result.rows += batch.count;
      for (let i = 0; i < batch.count; i++) result.sum += batch.images[i * 96000];
    }
  });
  return { ...result, ...time };
}

const orders = ['in-order', 'shuffled'];
const results = {};
const note = (name, order, result) => ((results[`${name} ${order}`] ??= []).push(result), result);
for (let k = 0; k <= Number(values.rounds); k++) {
  for (const order of orders) {
    const shuffle = order === 'shuffled';
    const first = DatasetReader.open(folder);
    const whole = DatasetReader.open(folder, { verify: 'shards' });
    const all = [
      ['ours, first epoch', await ours(first, shuffle, 0)],
      ['ours, later epoch', await ours(first, shuffle, 1)],
      ['ours, whole, first epoch', await ours(whole, shuffle, 0)],
      ['ours, whole, in memory', await ours(whole, shuffle, 1)],
    ];
    first.close();
    whole.close();
    for (const name of Object.keys(versions)) {
      child.stdin.write(`${name} ${order} ${k}\n`);
      all.push([name, await answer()]);
    }
    // The first round warms everything up.
    if (k > 0) for (const [name, result] of all) note(name, order, result);
  }
}
child.stdin.end();

const table = {};
for (const [name, list] of Object.entries(results)) {
  const bad = list.find((r) => r.problem || r.rows !== rows);
  const expected = results[`ours, first epoch ${name.split(' ').at(-1)}`][0].sum;
  table[name] = bad
    ? (bad.problem ?? `${bad.rows} rows`)
    : {
        rowsPerSecond: Math.round(rows / median(list.map((r) => r.seconds))),
        rowsPerProcessorSecond: Math.round(rows / median(list.map((r) => r.cpu))),
        sameRows: Math.abs(list[0].sum - expected) < 1e-4 * Math.abs(expected),
      };
}
const ratios = {};
for (const name of Object.keys(versions)) {
  for (const order of orders) {
    const theirs = results[`${name} ${order}`];
    if (theirs.some((r) => r.problem)) continue;
    for (const way of ['first epoch', 'later epoch', 'whole, first epoch', 'whole, in memory']) {
      const own = results[`ours, ${way} ${order}`];
      const of = (field) => round(median(own.map((r, i) => theirs[i][field] / r[field])), 2);
      ratios[`${name} ${order} / ours, ${way}`] = { clock: of('seconds'), processor: of('cpu') };
    }
  }
}
console.log(
  JSON.stringify(
    {
      rows,
      megabytes: Math.round(rows * 0.384),
      versions,
      problems,
      load: loadavg(),
      table,
      ratios,
    },
    null,
    1,
  ),
);
process.exit(0);
