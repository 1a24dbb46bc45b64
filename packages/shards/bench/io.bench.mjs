/**
 * Writing and verified reading of shards against plain file I/O: the same bytes, the ways taking turns.
 *   node packages/shards/bench/io.bench.mjs [--rows 512] [--repeat 7] [--threads 2] [--folder DIR]
 * Plain write: open, write, fsync, rename per file. Plain read: whole files into new buffers, nothing
 * looked at; "reused": into one buffer, image by image, which is the least that a read can cost. Hash:
 * sha256 of bytes in memory, one thread: no way that takes a sha256 can use less of the processor.
 * `beside`: hashed by a second thread. Reading is row by row (a check an image) unless it says `whole`.
 * Both out of and into the page cache. Ratios are medians over the rounds of (plain / ours) in one
 * round, by the clock and in processor seconds: on a machine with other work the latter tell more.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { DatasetReader, verifyDataset } from '../dist/index.js';
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
    repeat: { type: 'string', default: '7' },
    threads: { type: 'string', default: String(Math.min(4, availableParallelism())) },
    folder: { type: 'string', default: tmpdir() },
  },
});
const threads = Number(values.threads);
const folder = benchFolder(values.folder);
const layout = layoutOf(Number(values.rows));
const image = imageOf(1, 96000);
const write = () => writeDataset(folder, layout, () => image);
const manifest = write();
const megabytes = manifest.shards.reduce((sum, s) => sum + s.bytes, 0) / 1e6;
const contents = manifest.shards.map((s) => readFileSync(join(folder, s.name)));

const workers = Array.from(
  { length: Math.max(1, threads) },
  () =>
    new Worker(new URL('write-thread.mjs', import.meta.url), {
      workerData: { folder, layout, bytes: manifest.shards[0].bytes },
    }),
);
/** All shards, or plain files of their size, by the first `count` threads: as a farm's workers write. */
const inThreads = (kind, count) =>
  Promise.all(
    workers.slice(0, count).map((worker, first) => {
      const indices = manifest.shards.map((_, i) => i).filter((i) => i % count === first);
      worker.postMessage({ kind, indices });
      return new Promise((resolve) => {
        worker.once('message', resolve);
      });
    }),
  );
const readPlain = () => manifest.shards.forEach((s) => readFileSync(join(folder, s.name)));
const one = new Uint8Array(384000);
function readPlainReused() {
  for (const { name, bytes } of manifest.shards) {
    const file = openSync(join(folder, name));
    for (let at = 0; at < bytes; at += one.length) readSync(file, one, 0, one.length, at);
    closeSync(file);
  }
}
const hashOnly = () =>
  contents.forEach((bytes) => createHash('sha256').update(bytes).digest('hex'));
/** Every row once, in batches of 32, by a reader that has verified nothing yet. */
async function read(shuffle, threadCount, { verify, reuse } = {}) {
  const reader = DatasetReader.open(folder, { threads: threadCount, verify });
  const batches = reader.epoch({ batchSize: 32, shuffle, reuse });
  for await (const batch of batches) if (batch.count < 0) return;
  reader.close();
}
/** A later epoch: the heads of the shards are known. */
const warm = DatasetReader.open(folder, { threads });
let epoch = 0;
async function readAgain() {
  const batches = warm.epoch({ batchSize: 32, epoch: epoch++ });
  for await (const batch of batches) if (batch.count < 0) return;
}

const ways = {
  writePlain: () => inThreads('plain', 1),
  writeShards: () => inThreads('shards', 1),
  writeBeside: () => inThreads('beside', 1),
  writePlainInThreads: () => inThreads('plain', workers.length),
  writeShardsInThreads: () => inThreads('shards', workers.length),
  readPlain,
  readPlainReused,
  hashOnly,
  inOrder: () => read(false, threads),
  inOrderOneThread: () => read(false, 0),
  inOrderReused: () => read(false, threads, { reuse: true }),
  inOrderReusedOneThread: () => read(false, 0, { reuse: true }),
  inOrderWhole: () => read(false, threads, { verify: 'shards' }),
  shuffled: () => read(true, threads),
  laterEpoch: readAgain,
  verifyFull: () => verifyDataset(folder, { full: true, threads }),
};
const rounds = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
for (const work of Object.values(ways)) await work();
for (let i = 0; i < Number(values.repeat); i++) {
  for (const [name, work] of Object.entries(ways)) rounds[name].push(await measured(work));
}
for (const i of manifest.shards.keys()) rmSync(join(folder, `plain-${i}`));
for (const worker of workers) await worker.terminate();

const rate = (list, field) => Math.round(megabytes / median(list.map((r) => r[field])));
const ratio = (plain, ours, field) =>
  round(median(rounds[ours].map((r, i) => rounds[plain][i][field] / r[field])), 2);
const reading = [
  'inOrder',
  'inOrderOneThread',
  'inOrderReused',
  'inOrderReusedOneThread',
  'inOrderWhole',
  'shuffled',
  'laterEpoch',
  'verifyFull',
];
/** The same in processor seconds, of all threads. */
const ofProcessor = Object.fromEntries([
  ...['writeShards', 'writeBeside'].map((name) => [name, ratio('writePlain', name, 'cpu')]),
  ...reading.map((name) => [name, ratio('readPlain', name, 'cpu')]),
]);
console.log(
  JSON.stringify(
    {
      rows: layout.rows,
      megabytes: Math.round(megabytes),
      threads,
      load: loadavg().map((x) => round(x, 2)),
      megabytesPerSecond: Object.fromEntries(
        Object.entries(rounds).map(([name, list]) => [name, rate(list, 'seconds')]),
      ),
      megabytesPerProcessorSecond: Object.fromEntries(
        Object.entries(rounds).map(([name, list]) => [name, rate(list, 'cpu')]),
      ),
      overPlain: {
        writeShards: ratio('writePlain', 'writeShards', 'seconds'),
        writeBeside: ratio('writePlain', 'writeBeside', 'seconds'),
        writeShardsInThreads: ratio('writePlainInThreads', 'writeShardsInThreads', 'seconds'),
        writeShardsInThreadsOverOnePlain: ratio('writePlain', 'writeShardsInThreads', 'seconds'),
        ...Object.fromEntries(reading.map((name) => [name, ratio('readPlain', name, 'seconds')])),
      },
      overPlainOfProcessor: ofProcessor,
      overPlainAndHash: {
        // What hashing alone leaves possible in one thread: plain I/O, then the hash.
        write: round(
          median(
            rounds.writeShards.map(
              (r, i) => (rounds.writePlain[i].seconds + rounds.hashOnly[i].seconds) / r.seconds,
            ),
          ),
          2,
        ),
        read: round(
          median(
            rounds.inOrder.map(
              (r, i) => (rounds.readPlain[i].seconds + rounds.hashOnly[i].seconds) / r.seconds,
            ),
          ),
          2,
        ),
      },
    },
    null,
    1,
  ),
);
