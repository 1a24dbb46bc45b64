/** Entry of a reading thread: answers the requests of `messages.ts`, one at a time. Never imported. */
import { parentPort } from 'node:worker_threads';
import { checkShard } from './check.js';
import { type ReadAnswer, type ReadRequest, toFailure } from './messages.js';
import { readImages, readVerified } from './verified.js';

const port = parentPort!;
port.on('message', (request: ReadRequest) => {
  let answer: ReadAnswer;
  let moved: ArrayBuffer[] = [];
  try {
    [answer, moved] = perform(request);
  } catch (error) {
    answer = { ok: false, failure: toFailure(error) };
  }
  port.postMessage(answer, moved);
});

function perform(request: ReadRequest): [ReadAnswer, ArrayBuffer[]] {
  switch (request.kind) {
    case 'shard': {
      const { folder, shape, entry, memory, checksums } = request;
      const value = readVerified(folder, shape, entry, memory, checksums);
      return [{ ok: true, value }, [value.bytes.buffer]];
    }
    case 'images': {
      const value = readImages(request.folder, request.places, request.pixels, request.memory);
      return [{ ok: true, value }, [value.buffer]];
    }
    case 'check':
      return [{ ok: true, value: checkShard(request.folder, request.entry, true) }, []];
  }
}
