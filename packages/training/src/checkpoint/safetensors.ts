import { createHash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { z } from 'zod';
import { TrainingError } from '../errors.js';

/**
 * The safetensors file layout: 8 bytes little-endian length of the header, the header in JSON
 * (name -> dtype, shape, byte range; `__metadata__` -> strings), then the numbers. It holds data
 * only; reading it runs nothing. Any safetensors reader opens these files.
 */
export interface NamedTensor {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

export interface TensorEntry {
  name: string;
  shape: number[];
  /** Byte range of the data section. */
  from: number;
  to: number;
}

export interface TensorFile {
  metadata: Record<string, string>;
  entries: TensorEntry[];
  /** Bytes of the header with its length field: where the data begin. */
  dataStart: number;
  dataBytes: number;
}

const MAX_HEADER_BYTES = 8 * 1024 * 1024;
const MAX_TENSORS = 100_000;

const headerSchema = z
  .object({ __metadata__: z.record(z.string(), z.string()).optional() })
  .catchall(
    z.strictObject({
      dtype: z.literal('F32'),
      shape: z
        .array(
          z
            .int()
            .min(0)
            .max(2 ** 40),
        )
        .max(8),
      data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
    }),
  );

/** The whole file. Equal tensors and metadata give equal bytes. */
export function encodeTensors(
  tensors: readonly NamedTensor[],
  metadata: Record<string, string>,
): Uint8Array {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: metadata };
  for (const { name, shape, values } of tensors) {
    const bytes = values.length * 4;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const file = Buffer.alloc(8 + padded + offset, 0x20);
  file.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(file, 8);
  let place = 8 + padded;
  for (const { values } of tensors) {
    // Numbers are stored little-endian, as every machine that Node runs on has them.
    Buffer.from(values.buffer, values.byteOffset, values.byteLength).copy(file, place);
    place += values.byteLength;
  }
  return file;
}

/** sha256 (hex) over the numbers alone, in order. */
export function tensorsSha256(tensors: readonly { values: Float32Array }[]): string {
  const hash = createHash('sha256');
  for (const { values } of tensors) {
    hash.update(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

/**
 * Reads and checks the header: sizes against the file's, shapes against byte ranges, ranges
 * without gap or overlap. Nothing of the size of the data is allocated. Throws
 * `CHECKPOINT_CORRUPT`.
 */
export async function readTensorFile(file: FileHandle, path: string): Promise<TensorFile> {
  const { size } = await file.stat();
  const corrupt = (what: string, got?: string, expected?: string) =>
    new TrainingError({
      code: 'CHECKPOINT_CORRUPT',
      what,
      where: path,
      ...(got === undefined ? {} : { got }),
      ...(expected === undefined ? {} : { expected }),
      next: 'use another checkpoint, or train again',
    });
  if (size < 8) throw corrupt('the file is too short for a checkpoint', `${size} bytes`);
  const lengthField = Buffer.alloc(8);
  await file.read(lengthField, 0, 8, 0);
  const headerBytes = Number(lengthField.readBigUInt64LE(0));
  if (!(headerBytes >= 2 && headerBytes <= MAX_HEADER_BYTES && 8 + headerBytes <= size)) {
    const got = `${headerBytes} header bytes in a file of ${size}`;
    throw corrupt('this is no checkpoint, or it is cut off', got);
  }
  const text = Buffer.alloc(headerBytes);
  await file.read(text, 0, headerBytes, 8);
  const header = parseHeader(text.toString('utf8'), corrupt);
  const { __metadata__: metadata = {}, ...tensors } = header;
  const entries = Object.entries(tensors).map(
    ([
      name,
      {
        shape,
        data_offsets: [from, to],
      },
    ]) => {
      const bytes = shape.reduce((product, n) => product * n, 1) * 4;
      if (to - from !== bytes) {
        throw corrupt(`tensor ${name} has another size than its shape`, `${to - from}`, `${bytes}`);
      }
      return { name, shape, from, to };
    },
  );
  if (entries.length > MAX_TENSORS) throw corrupt('too many tensors', `${entries.length}`);
  const dataBytes = size - 8 - headerBytes;
  let end = 0;
  for (const { name, from, to } of entries.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end)
      throw corrupt(`tensor ${name} does not follow the one before`, `${from}`, `${end}`);
    end = to;
  }
  if (end !== dataBytes) {
    throw corrupt('the file is cut off, or something was added', `${dataBytes} bytes`, `${end}`);
  }
  return { metadata, entries, dataStart: 8 + headerBytes, dataBytes };
}

function parseHeader(
  text: string,
  corrupt: (what: string, got?: string) => TrainingError,
): z.infer<typeof headerSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw corrupt('the header is not JSON');
  }
  const result = headerSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw corrupt(
    'the header is not that of a checkpoint',
    `${issue?.path.join('.')}: ${issue?.message}`,
  );
}

/** The numbers of one tensor. */
export async function readTensor(
  file: FileHandle,
  { dataStart }: TensorFile,
  { name, from, to }: TensorEntry,
): Promise<Float32Array> {
  const values = new Float32Array((to - from) / 4);
  const bytes = new Uint8Array(values.buffer);
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await file.read(
      bytes,
      done,
      bytes.length - done,
      dataStart + from + done,
    );
    if (bytesRead === 0) {
      throw new TrainingError({
        code: 'CHECKPOINT_CORRUPT',
        what: 'the file became shorter while it was read',
        where: name,
        got: `${done} bytes`,
        expected: `${bytes.length}`,
        next: 'is something else writing it? try again',
      });
    }
    done += bytesRead;
  }
  return values;
}

/** Opens a file for reading; throws `CHECKPOINT_MISSING` when it is not there, or is no file. */
export async function openCheckpoint(path: string): Promise<FileHandle> {
  const missing = (got: string, cause?: unknown) =>
    new TrainingError({
      code: 'CHECKPOINT_MISSING',
      what: 'the checkpoint cannot be opened',
      where: path,
      got,
      expected: 'a .safetensors file',
      next: 'train first, or give another path',
      ...(cause === undefined ? {} : { cause }),
    });
  const failed = (cause: unknown) =>
    missing((cause as NodeJS.ErrnoException).code ?? String(cause), cause);
  // Before it is opened: a pipe would wait for a writer.
  const info = await stat(path).catch((cause: unknown) => {
    throw failed(cause);
  });
  if (!info.isFile()) throw missing(info.isDirectory() ? 'a folder' : 'not a file');
  return open(path, 'r').catch((cause: unknown) => {
    throw failed(cause);
  });
}
