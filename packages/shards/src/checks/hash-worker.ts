/** Entry of the hashing thread: see `shard-hash.ts`. Never imported. */
import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { HashMessage } from './hash-messages.js';

let hash: Hash = createHash('sha256');
let state: Int32Array = new Int32Array(9);

parentPort!.on('message', (message: HashMessage) => {
  switch (message.kind) {
    case 'start':
      hash = createHash('sha256');
      ({ state } = message);
      return;
    case 'piece':
      hash.update(message.piece);
      break;
    case 'digest':
      new Uint8Array(state.buffer, 4, 32).set(hash.digest());
      break;
  }
  Atomics.add(state, 0, 1);
  Atomics.notify(state, 0);
});
