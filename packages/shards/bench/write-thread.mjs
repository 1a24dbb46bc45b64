/** A writing thread of io.bench.mjs: its part of the shards, or of plain files of the same bytes. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { imageOf, writeShard } from './dataset.mjs';

const { folder, layout, bytes } = workerData;
const image = imageOf(1, 96000);
const plain = new Uint8Array(bytes).fill(7);

/** open, write, fsync, rename: as a shard is written, without making it. */
function writePlain(folder, index, contents) {
  const path = join(folder, `plain-${index}`);
  const file = openSync(`${path}.part`, 'w');
  for (let at = 0; at < contents.length;) at += writeSync(file, contents, at);
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.part`, path);
}

parentPort.on('message', ({ kind, indices }) => {
  for (const index of indices) {
    if (kind === 'plain') writePlain(folder, index, plain);
    else writeShard(folder, layout, index, () => image, { hashBeside: kind === 'beside' });
  }
  parentPort.postMessage('done');
});
