import { createCipheriv } from 'node:crypto';

/** Bytes of a tag. */
export const tagLength = 16;

/** What a tag stands for, and where it belongs: bytes in another place have another tag. */
export interface Place {
  /** The scalars of a record batch with everything in front of them, or the image of a row. */
  readonly kind: 'head' | 'image';
  /** The row, of the whole data set; of a head the first one behind it. */
  readonly row: number;
}

/** Not a secret: a tag tells of accidents, and not of forgery, which sha256 does. */
const key = Buffer.from('spectraloom/rows');
const kinds = { head: 1, image: 2 };

/**
 * GMAC (NIST SP 800-38D; AES-128) of some bytes, its nonce made of their place: a sum over 16-byte
 * blocks of block times power of a constant, in GF(2^128). A change within one block is found for
 * certain, any other with a probability of 1 - n / 2^128 for n blocks. With the processor's carry-less
 * multiplication some ten times as fast as sha256 and four times as fast as zlib's CRC-32.
 */
export function tagOf({ kind, row }: Place, bytes: Uint8Array): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(kinds[kind], 0);
  nonce.writeUInt32BE(row, 8);
  const mac = createCipheriv('aes-128-gcm', key, nonce);
  mac.setAAD(bytes);
  mac.final();
  return mac.getAuthTag();
}

/** Whether `tags` hold, at place `index`, the tag of these bytes. */
export function isTagged(
  tags: Uint8Array,
  index: number,
  place: Place,
  bytes: Uint8Array,
): boolean {
  return tagOf(place, bytes).equals(tags.subarray(index * tagLength, (index + 1) * tagLength));
}
