import type { Mat3, Vec3 } from '../crystal/geometry.js';
import type { Real, RealMat3, RealVec3 } from './schema.js';

/** A number of the file: 1.75 or "7/4" (the schema has checked the form). */
export function toNumber(value: Real): number {
  if (typeof value === 'number') return value;
  const [numerator, denominator] = value.split('/');
  return Number(numerator) / (denominator === undefined ? 1 : Number(denominator));
}

/** Three numbers of the file. */
export function toVec3(value: RealVec3): Vec3 {
  return [toNumber(value[0]), toNumber(value[1]), toNumber(value[2])];
}

/** Three rows of the file, as a row-major matrix. */
export function toMat3(value: RealMat3): Mat3 {
  return value.flatMap((row) => [...toVec3(row)]) as unknown as Mat3;
}

/**
 * A tensor written short: t is t times 1, [x, y, z] is diagonal, three rows are the tensor.
 */
export function toTensor(value: Real | RealVec3 | RealMat3): Mat3 {
  if (!Array.isArray(value)) {
    const t = toNumber(value);
    return [t, 0, 0, 0, t, 0, 0, 0, t];
  }
  if (!Array.isArray(value[0])) {
    const [x, y, z] = toVec3(value as RealVec3);
    return [x, 0, 0, 0, y, 0, 0, 0, z];
  }
  return toMat3(value as RealMat3);
}
