import { ReportError } from '../errors.js';
import { checkReportData } from './check.js';
import type { ReportData } from './types.js';

/** Key that marks an array of pixels in JSON; its value is `float32` or `uint8`. */
const TAG = '$array';

function toBase64(array: Float32Array | Uint8Array): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
}

function fromTagged(kind: unknown, base64: unknown): Float32Array | Uint8Array {
  if (typeof base64 === 'string' && (kind === 'float32' || kind === 'uint8')) {
    const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
    if (kind === 'uint8') return bytes;
    if (bytes.byteLength % 4 === 0) return new Float32Array(bytes.buffer);
  }
  throw new ReportError({
    code: 'REPORT_DATA_INVALID',
    what: 'an array in the data of a report cannot be read',
    got: `an array marked ${JSON.stringify(kind)}`,
    expected: `{"${TAG}": "float32" or "uint8", "base64": "..."}, little-endian`,
    next: 'write the file again with encodeReportData',
  });
}

/** Report data as JSON text; arrays of pixels become base64 of their little-endian bytes. */
export function encodeReportData(data: ReportData): string {
  return JSON.stringify(data, (_key, value: unknown) => {
    if (value instanceof Float32Array) return { [TAG]: 'float32', base64: toBase64(value) };
    if (value instanceof Uint8Array) return { [TAG]: 'uint8', base64: toBase64(value) };
    return value;
  });
}

/**
 * Reads what `encodeReportData` wrote, and checks it.
 * @throws ReportError REPORT_DATA_INVALID
 */
export function decodeReportData(text: string): ReportData {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, (_key, value: unknown) => {
      if (value !== null && typeof value === 'object' && TAG in value) {
        return fromTagged(value[TAG], (value as { base64?: unknown }).base64);
      }
      return value;
    });
  } catch (error) {
    if (error instanceof ReportError) throw error;
    throw new ReportError(
      {
        code: 'REPORT_DATA_INVALID',
        what: 'the data of a report are not JSON',
        got: (error as Error).message,
        next: 'write the file again with encodeReportData',
      },
      { cause: error },
    );
  }
  return checkReportData(parsed);
}
