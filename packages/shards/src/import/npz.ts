import { crc32, inflateRawSync } from 'node:zlib';
import { ShardsError } from '../errors.js';
import { type NpyArray, readNpy } from '../npy/read.js';

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;
const localHeader = 0x04034b50;

interface Member {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

/**
 * Reads an `.npz` file, NumPy's zip of `.npy` members, stored or deflated (savez, savez_compressed).
 * Sizes are compared with the file before anything is unpacked, checksums after.
 * @returns arrays by name, without the ending `.npy`
 * @throws ShardsError NPY_FORMAT
 */
export function readNpz(bytes: Uint8Array, source = 'NumPy archive'): Map<string, NpyArray> {
  const fail = (what: string, got?: string) =>
    new ShardsError({
      code: 'NPY_FORMAT',
      what,
      where: source,
      got,
      expected: 'a zip of .npy files',
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== endOfDirectory) end--;
  if (end < 0) throw fail('The file is not a zip archive', `${bytes.length} bytes`);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const arrays = new Map<string, NpyArray>();
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== directoryEntry) {
      throw fail('The directory of the archive is damaged', `entry ${i} of ${count}`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const extraAt = at + 46 + nameLength;
    const name = new TextDecoder().decode(bytes.subarray(at + 46, extraAt));
    const member = wideSizes(view, extraAt, extraLength, {
      name,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    });
    if (name.endsWith('.npy')) {
      arrays.set(
        name.slice(0, -4),
        readNpy(unpack(bytes, view, member, fail), `${source}: ${name}`),
      );
    }
    at = extraAt + extraLength + view.getUint16(at + 32, true);
  }
  return arrays;
}

/** Zip64: sizes and place of a member that do not fit 32 bits stand in its extra field 1. */
function wideSizes(view: DataView, at: number, length: number, member: Member): Member {
  const wide = 0xffffffff;
  const end = Math.min(at + length, view.byteLength);
  for (let field = at; field + 4 <= end; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    let next = field + 4;
    const read = (value: number) => {
      if (value !== wide || next + 8 > end) return value;
      next += 8;
      return Number(view.getBigUint64(next - 8, true));
    };
    const size = read(member.size);
    const packed = read(member.packed);
    return { ...member, size, packed, at: read(member.at) };
  }
  return member;
}

function unpack(
  bytes: Uint8Array,
  view: DataView,
  { name, method, crc, packed, size, at }: Member,
  fail: (what: string, got?: string) => ShardsError,
): Uint8Array {
  if (at + 30 > bytes.length || view.getUint32(at, true) !== localHeader) {
    throw fail('A member of the archive is damaged', name);
  }
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const raw = bytes.subarray(start, start + packed);
  // Deflate cannot pack more than 1032 to 1: a larger claim is not believed.
  if (raw.length < packed || size > packed * 1032 + 1024) {
    throw fail('A member of the archive is damaged', `${name}: ${packed} bytes for ${size}`);
  }
  let data: Uint8Array;
  if (method === 0) data = raw;
  else if (method === 8) {
    try {
      data = inflateRawSync(raw, { maxOutputLength: Math.max(1, size) });
    } catch (error) {
      throw fail('A member of the archive is damaged', `${name}: ${(error as Error).message}`);
    }
  } else throw fail('A member is packed in a way that is not read', `${name}: method ${method}`);
  if (data.length !== size || crc32(data) !== crc) {
    throw fail('A member of the archive is damaged', `${name}: checksum or size`);
  }
  return data;
}
