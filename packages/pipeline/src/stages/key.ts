import { createHash } from 'node:crypto';
import { canonicalJson } from '@spectraloom/sampling';
import type { Json, JsonObject } from './stage.js';

/** sha256, hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Key of a stage: over its name, its inputs and the keys of the stages it reads from; no times. */
export function stageKey(
  stage: string,
  inputs: JsonObject,
  upstream: { readonly [stage: string]: string },
): string {
  return sha256(canonicalJson({ stage, inputs, upstream }));
}

/** A value that differs between two sets of inputs: where, and both values (undefined: absent). */
export interface InputDifference {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Every leaf that differs, sorted by place; the first is the answer of `why`. */
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
      : canonicalJson(before) === canonicalJson(after);
  return same ? [] : [{ path, before, after }];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
