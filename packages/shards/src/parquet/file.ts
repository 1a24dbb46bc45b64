import { createHash, type Hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { KeyValue, SchemaElement } from 'hyparquet';
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import { partialName, syncFolder, writeAll } from '../files/durable.js';
import { systemError } from '../files/system-errors.js';
import { listPageHead } from './list-pages.js';

/**
 * Parquet's footer starts with the format's version, compact thrift: field 1, 32-bit integer, zigzag.
 * The writer says 2; parquetjs and its kin read 1 alone. Nothing else in the file depends on it.
 */
const versionField = { at: [0x15, 0x04], says: [0x15, 0x02] } as const;

/** A writer that passes finished row groups on to a file. */
class FileByteWriter extends ByteWriter {
  readonly hash: Hash = createHash('sha256');

  constructor(private readonly file: number) {
    super(1 << 20);
  }

  flush(): void {
    const bytes = this.getBytes();
    this.hash.update(bytes);
    writeAll(this.file, bytes);
    this.index = 0;
  }

  override finish(): void {
    const bytes = this.getBytes();
    const length = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
    const footer = bytes.length - 8 - length;
    if (bytes[footer] !== versionField.at[0] || bytes[footer + 1] !== versionField.at[1]) {
      throw new Error('the Parquet footer does not start with its version');
    }
    bytes.set(versionField.says, footer);
    this.flush();
  }
}

/** A `repeated float` column: lists of one length. */
export interface ListColumn {
  readonly name: string;
  /** Values of a list, at least 1. */
  readonly length: number;
  /** `[rows, length]`, row-major. */
  readonly values: Float32Array;
}

/** A Parquet file in the making: row groups, then `finish`. */
export interface ParquetFile {
  /** One row group; the list column is the schema's last. */
  write(columns: ColumnSource[], list?: ListColumn): void;
  /** fsync, rename. @returns size and sha256 of the file */
  finish(): { bytes: number; sha256: string };
  abort(): void;
}

/**
 * Opens a Parquet file for writing under a temporary name: uncompressed, plain encoding, the same
 * bytes for the same rows.
 * @throws ShardsError DISK_FULL, NOT_WRITABLE, IO
 */
export function openParquet(
  path: string,
  schema: SchemaElement[],
  kvMetadata: KeyValue[],
): ParquetFile {
  const temporary = partialName(path);
  const doing = `write ${basename(path)}`;
  let file: number | undefined;
  const abort = () => {
    if (file !== undefined) closeSync(file);
    file = undefined;
    rmSync(temporary, { force: true });
  };
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      abort();
      throw systemError(error, doing, path);
    }
  };
  return guarded(() => {
    file = openSync(temporary, 'wx');
    const bytes = new FileByteWriter(file);
    const parquet = new ParquetWriter({
      writer: bytes,
      schema,
      codec: 'UNCOMPRESSED',
      kvMetadata,
      createdBy: 'spectraloom',
    });
    return {
      write: (columnData, list) =>
        guarded(() => {
          void parquet.write({ columnData, rowGroupSize: 2 ** 31 });
          if (list) writeList(parquet, bytes, list);
        }),
      finish: () =>
        guarded(() => {
          void parquet.finish();
          fsyncSync(file!);
          closeSync(file!);
          file = undefined;
          renameSync(temporary, path);
          syncFolder(dirname(path));
          return { bytes: bytes.offset, sha256: bytes.hash.digest('hex') };
        }),
      abort,
    };
  });
}

/** Adds a list column to the row group written last. */
function writeList(parquet: ParquetWriter, bytes: FileByteWriter, list: ListColumn): void {
  const { name, length, values } = list;
  const group = parquet.row_groups.at(-1)!;
  const start = bytes.offset;
  const head = listPageHead(length);
  for (let at = 0; at < values.length; at += length) {
    bytes.appendBytes(head);
    bytes.appendBytes(new Uint8Array(values.buffer, values.byteOffset + 4 * at, 4 * length));
    bytes.flush();
  }
  const size = BigInt(bytes.offset - start);
  group.columns.push({
    file_offset: BigInt(start),
    meta_data: {
      type: 'FLOAT',
      encodings: ['RLE', 'PLAIN'],
      path_in_schema: [name],
      codec: 'UNCOMPRESSED',
      num_values: BigInt(values.length),
      total_compressed_size: size,
      total_uncompressed_size: size,
      data_page_offset: BigInt(start),
    },
  });
  group.total_byte_size += size;
  group.total_compressed_size = (group.total_compressed_size ?? 0n) + size;
}
