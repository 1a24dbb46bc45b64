import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { PlanError } from '../errors.js';
import type { PhiloxKey } from '../random/philox.js';

/**
 * JSON in one form only: keys sorted by code unit, no space, numbers in their shortest form that
 * reads back (ECMAScript's own), undefined members left out. RFC 8785 for what it covers.
 * @throws PlanError PLAN_INVALID for NaN, infinities, bigint, functions: they have no JSON
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonicalJson(item === undefined ? null : item)).join(',')}]`;
  }
  if (typeof value === 'object') {
    const object = value as Record<string, unknown>;
    const members = Object.keys(object)
      .filter((key) => object[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`);
    return `{${members.join(',')}}`;
  }
  throw new PlanError({
    code: 'PLAN_INVALID',
    what: 'A value has no JSON form and cannot be hashed',
    got: `${typeof value} ${String(value)}`,
    expected: 'null, booleans, strings, finite numbers, and arrays and objects of these',
  });
}

/** sha256 of a text's UTF-8 bytes, hexadecimal, lower case. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** First 8 bytes of a text's sha256 as a key of a counter-based stream. */
export function keyOf(text: string): PhiloxKey {
  const digest = sha256(utf8ToBytes(text));
  const view = new DataView(digest.buffer, digest.byteOffset);
  return [view.getUint32(0), view.getUint32(4)];
}

/**
 * Seed of a row: the first 8 bytes (big-endian) of sha256("PLANID/row/NUMBER"). It depends on the
 * plan and the row alone, not on shards, workers or order.
 * @returns 0 <= seed < 2^64
 */
export function rowSeed(planId: string, row: number): bigint {
  const [high, low] = keyOf(`${planId}/row/${row}`);
  return (BigInt(high) << 32n) | BigInt(low);
}
