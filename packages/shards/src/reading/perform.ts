import { checkShard } from './check.js';
import { readShardHeads } from './heads.js';
import type { ReadAnswers, ReadRequest } from './messages.js';
import { readImages, readVerified } from './verified.js';

/** Does what is asked, in whichever thread. @throws ShardsError, ShardCorrupt */
export function perform(request: ReadRequest): ReadAnswers[keyof ReadAnswers] {
  switch (request.kind) {
    case 'shard': {
      const { folder, shape, entry, memory, tags } = request;
      return readVerified(folder, shape, entry, memory, tags);
    }
    case 'heads':
      return readShardHeads(request.folder, request.shape, request.entry);
    case 'images':
      return readImages(request.folder, request.places, request.pixels, request.memory);
    case 'check':
      return checkShard(request.folder, request.entry, 'full');
  }
}
