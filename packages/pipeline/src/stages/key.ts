import { createHash } from 'node:crypto';
import type { Json, JsonObject } from './stage.js';

/**
 * JSON with sorted keys and no spaces: equal values give equal text. Numbers print as JavaScript
 * prints them (shortest that reads back), so 1.0 and 1 are one value; NaN and infinities are refused.
 */
export function canonicalText(value: Json): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`${value} has no place in a key`);
    return JSON.stringify(value);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  const object = value as JsonObject;
  const entries = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalText(object[key]!)}`);
  return `{${entries.join(',')}}`;
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Key of a stage: over its name, its inputs and the keys of the stages it reads from; no times. */
export function stageKey(
  stage: string,
  inputs: JsonObject,
  upstream: { readonly [stage: string]: string },
): string {
  return sha256(canonicalText({ stage, inputs, upstream }));
}

/** A value that differs between two sets of inputs: where, and both values (undefined: absent). */
export interface InputDifference {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Every leaf that differs, in the order of the canonical text; the first is the answer of `why`. */
export function inputDifferences(
  before: Json | undefined,
  after: Json | undefined,
  path = '',
): InputDifference[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) =>
      inputDifferences(before[key], after[key], path ? `${path}.${key}` : key),
    );
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((value, i) => inputDifferences(value, after[i], `${path}[${i}]`));
  }
  const same =
    before === undefined || after === undefined
      ? before === after
      : canonicalText(before) === canonicalText(after);
  return same ? [] : [{ path, before, after }];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
