/** Entry of a reading thread: answers the requests of `messages.ts`, one at a time. Never imported. */
import { parentPort } from 'node:worker_threads';
import { type ReadAnswer, type ReadRequest, toFailure } from './messages.js';
import { perform } from './perform.js';

const port = parentPort!;
port.on('message', (request: ReadRequest) => {
  let answer: ReadAnswer;
  let moved: ArrayBuffer[] = [];
  try {
    const value = perform(request);
    answer = { ok: true, value };
    if (value instanceof Float32Array) moved = [value.buffer];
    else if (value && 'bytes' in value && value.bytes) moved = [value.bytes.buffer];
  } catch (error) {
    answer = { ok: false, failure: toFailure(error) };
  }
  port.postMessage(answer, moved);
});
