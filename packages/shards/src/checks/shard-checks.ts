import { canonicalJson } from '@spectraloom/sampling';
import { recordBatchRows } from '../dataset/layout.js';
import { tagLength, tagOf } from './tag.js';

/** The checks' name in the metadata of Arrow's footer. */
export const checksKey = 'spectraloom.checks';

/**
 * The parts of a shard, one behind the other: for every record batch its head (all bytes since the
 * images before; of the first one, since the start of the file) and its images, then the tail, to the
 * end of the file. Each has a check, so there is no byte that nobody looks at: heads and images a tag
 * each, here; the tail, which holds them, a sha256 in the manifest.
 */
export interface ShardChecks {
  /** `[batches]`; byte of the file at which the images of a record batch start. */
  readonly imagesAt: readonly number[];
  /** `[batches, tagLength]` */
  readonly heads: Uint8Array;
  /** `[rows, tagLength]` */
  readonly images: Uint8Array;
}

/** Takes the checks of a shard as its bytes come. */
export class ChecksTaker {
  readonly #imagesAt: number[] = [];
  readonly #heads: Buffer[] = [];
  readonly #images: Buffer[] = [];
  /** Since the last images. */
  #between: Uint8Array[] = [];
  #at = 0;

  /** @param firstRow of the shard */
  constructor(
    private readonly firstRow: number,
    /** Bytes of an image. */
    private readonly imageBytes: number,
  ) {}

  /** Bytes that are not images; kept until the next images come. */
  take(piece: Uint8Array): void {
    this.#between.push(piece);
    this.#at += piece.length;
  }

  /** The images of a record batch. */
  takeImages(piece: Uint8Array): void {
    const head = Buffer.concat(this.#between);
    this.#between = [];
    this.#imagesAt.push(this.#at);
    this.#at += piece.length;
    const row = this.firstRow + this.#images.length;
    this.#heads.push(tagOf({ kind: 'head', row }, head));
    for (let at = 0, i = 0; at < piece.length; at += this.imageBytes, i++) {
      const image = piece.subarray(at, at + this.imageBytes);
      this.#images.push(tagOf({ kind: 'image', row: row + i }, image));
    }
  }

  /** The checks in the form in which the footer holds them. */
  text(): string {
    return canonicalJson({
      imagesAt: this.#imagesAt,
      heads: Buffer.concat(this.#heads).toString('base64'),
      images: Buffer.concat(this.#images).toString('base64'),
    });
  }

  /** All bytes since the last images, the footer among them. */
  tail(): Buffer {
    return Buffer.concat(this.#between);
  }
}

/**
 * Reads what `ChecksTaker.text` wrote for a shard of so many rows and bytes.
 * @throws Error when it is not checks of such a shard
 */
export function parseChecks(text: string, rows: number, bytes: number): ShardChecks {
  const { imagesAt, heads, images } = JSON.parse(text) as {
    imagesAt: number[];
    heads: string;
    images: string;
  };
  const batches = Math.ceil(rows / recordBatchRows);
  const checks = {
    imagesAt,
    heads: new Uint8Array(Buffer.from(heads, 'base64')),
    images: new Uint8Array(Buffer.from(images, 'base64')),
  };
  if (
    imagesAt.length !== batches ||
    checks.heads.length !== batches * tagLength ||
    checks.images.length !== rows * tagLength ||
    !imagesAt.every((at, i) => Number.isInteger(at) && at > (imagesAt[i - 1] ?? 0) && at < bytes)
  ) {
    throw new Error(`checks of ${checks.images.length / tagLength} rows`);
  }
  return checks;
}
