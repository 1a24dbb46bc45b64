import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { hashFile } from '../reading/check.js';
import type { HashMessage } from './hash-messages.js';

/** Hashes a shard while it is written, and keeps the memory of the record batch in the making. */
export interface ShardHash {
  /** Memory for a record batch of images, to be filled and handed to `update` in pieces. */
  memory(length: number): Float32Array;
  /** The memory for the batch behind this one, whose pieces have all been handed over. */
  nextMemory(filled: Float32Array): Float32Array;
  update(piece: Uint8Array): void;
  /** @param path the finished file, read again should the hash not come */
  digest(path: string): string;
  /** The shard is finished or given up. */
  end(memory: Float32Array): void;
}

/** Memory that one shard after the other uses. */
let spare: Float32Array = new Float32Array(0);

/** Hashes in this thread. */
export function hashHere(): ShardHash {
  const hash = createHash('sha256');
  return {
    memory(length) {
      const taken = spare.length >= length ? spare : new Float32Array(length);
      spare = new Float32Array(0);
      return taken;
    },
    nextMemory: (filled) => filled,
    update: (piece) => void hash.update(piece),
    digest: () => hash.digest('hex'),
    end(memory) {
      spare = memory;
    },
  };
}

/** The compiled worker: this file may run from `src` (in tests) or from `dist`. */
const workerFile = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/checks/hash-worker.js' : './hash-worker.js',
    import.meta.url,
  ),
);

let worker: Worker | undefined;
/** Two pieces of shared memory in turn: one is filled while the other is hashed. */
let pair: [Float32Array, Float32Array] = [new Float32Array(0), new Float32Array(0)];
let inUse = false;

/** Hashes in a thread beside this one, which waits for it at the end alone. One shard at a time. */
export function hashBeside(): ShardHash {
  if (inUse || !existsSync(workerFile)) return hashHere();
  if (!worker) {
    worker = new Worker(workerFile, { execArgv: [] });
    worker.unref();
    worker.on('error', () => (worker = undefined));
    worker.on('exit', () => (worker = undefined));
  }
  inUse = true;
  return new HashBeside(worker);
}

/** Milliseconds without any progress after which the thread is taken for dead. */
const patience = 20_000;

class HashBeside implements ShardHash {
  /** Pieces hashed so far, then the digest. */
  readonly #state = new Int32Array(new SharedArrayBuffer(4 + 32));
  #sent = 0;
  /** Pieces sent when the memory was last handed over, by its place in the pair. */
  readonly #sentWith = [0, 0];
  #lost = false;

  constructor(private readonly thread: Worker) {
    this.#post({ kind: 'start', state: this.#state });
  }

  memory(length: number): Float32Array {
    if (pair[0].length < length) {
      const shared = () => new Float32Array(new SharedArrayBuffer(4 * length));
      pair = [shared(), shared()];
    }
    return pair[0];
  }

  nextMemory(filled: Float32Array): Float32Array {
    const place = filled === pair[0] ? 0 : 1;
    this.#sentWith[place] = this.#sent;
    const other = 1 - place;
    this.#wait(this.#sentWith[other]!);
    return pair[other]!;
  }

  update(piece: Uint8Array): void {
    this.#sent++;
    // What is not shared is copied by the message, with all of its buffer.
    const shared = piece.buffer instanceof SharedArrayBuffer;
    this.#post({ kind: 'piece', piece: shared ? piece : piece.slice() });
  }

  digest(path: string): string {
    this.#sent++;
    this.#post({ kind: 'digest' });
    this.#wait(this.#sent);
    if (this.#lost) return hashFile(path);
    return Buffer.from(this.#state.buffer, 4, 32).toString('hex');
  }

  end(): void {
    inUse = false;
  }

  #post(message: HashMessage): void {
    this.thread.postMessage(message);
  }

  /** Waits until so many pieces are hashed. */
  #wait(wanted: number): void {
    for (;;) {
      const done = Atomics.load(this.#state, 0);
      if (this.#lost || done >= wanted) return;
      if (Atomics.wait(this.#state, 0, done, patience) !== 'timed-out') continue;
      this.#lost = true;
      void this.thread.terminate();
      worker = undefined;
    }
  }
}
