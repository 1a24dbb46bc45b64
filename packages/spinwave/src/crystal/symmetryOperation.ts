import type { Lattice } from '../model/types.js';
import type { Mat3, Vec3 } from './geometry.js';
import {
  IDENTITY,
  add,
  determinant,
  inverse,
  matDistance,
  matMul,
  matScale,
  matVec,
  transpose,
  wrapUnit,
} from './geometry.js';

/** r' = W r + w in fractional coordinates; `timeReversal` -1 also turns spins over. */
export interface SymmetryOperation {
  /** W, integers, acting on a column of fractional coordinates. */
  readonly rotation: Mat3;
  /** w, each in [0, 1). */
  readonly translation: Vec3;
  readonly timeReversal: 1 | -1;
}

/** The identity operation. */
export const IDENTITY_OPERATION: SymmetryOperation = {
  rotation: IDENTITY,
  translation: [0, 0, 0],
  timeReversal: 1,
};

/**
 * Reads 'x, y+1/2, -z', with fractions or decimals, in either order ('1/2+y'), combinations such
 * as 'x-y', and an optional fourth part '+1' or '-1' (time reversal, as in magCIF).
 * @throws SyntaxError naming the part that cannot be read
 */
export function parseXyz(text: string): SymmetryOperation {
  const parts = text.split(',').map((p) => p.replace(/\s+/g, '').toLowerCase());
  if (parts.length !== 3 && parts.length !== 4)
    throw new SyntaxError(
      `'${text}' has ${parts.length} parts; an operation has 3, or 4 with time reversal`,
    );
  const rotation: number[] = [];
  const translation: number[] = [];
  for (const part of parts.slice(0, 3)) {
    const row = [0, 0, 0];
    let shift = 0;
    const term = /([+-]?)(?:(\d*)\*?([xyz])|(\d+(?:\.\d*)?|\.\d+)(?:\/(\d+))?)/y;
    let end = 0;
    while (end < part.length) {
      term.lastIndex = end;
      const m = term.exec(part);
      if (!m || (end > 0 && m[1] === ''))
        throw new SyntaxError(`cannot read '${part}' in the operation '${text}'`);
      const sign = m[1] === '-' ? -1 : 1;
      if (m[3]) row['xyz'.indexOf(m[3])]! += sign * (m[2] ? Number(m[2]) : 1);
      else shift += (sign * Number(m[4])) / (m[5] ? Number(m[5]) : 1);
      end = term.lastIndex;
    }
    if (part === '') throw new SyntaxError(`an empty part in the operation '${text}'`);
    rotation.push(...row);
    translation.push(wrapUnit(snap(shift)));
  }
  if (parts.length === 4 && !['1', '+1', '-1'].includes(parts[3]!))
    throw new SyntaxError(`the fourth part of '${text}' is '${parts[3]}'; it must be +1 or -1`);
  if (Math.abs(determinant(rotation as unknown as Mat3)) !== 1)
    throw new SyntaxError(`'${text}' is not an operation of a crystal: its determinant is not +-1`);
  return {
    rotation: rotation as unknown as Mat3,
    translation: translation as unknown as Vec3,
    timeReversal: parts[3] === '-1' ? -1 : 1,
  };
}

/** The operation as 'x, y+1/2, -z'. */
export function formatXyz(op: SymmetryOperation): string {
  const rows = [0, 1, 2].map((i) => {
    let s = '';
    for (let j = 0; j < 3; j++) {
      const w = op.rotation[3 * i + j]!;
      if (w === 0) continue;
      const size = Math.abs(w) === 1 ? '' : `${Math.abs(w)}`;
      s += `${w < 0 ? '-' : s ? '+' : ''}${size}${'xyz'[j]}`;
    }
    const t = op.translation[i]!;
    if (t !== 0) s += `+${formatFraction(t)}`;
    return s || '0';
  });
  return rows.join(', ') + (op.timeReversal < 0 ? ', -1' : '');
}

/** The operation "first b, then a". */
export function compose(a: SymmetryOperation, b: SymmetryOperation): SymmetryOperation {
  const t = add(matVec(a.rotation, b.translation), a.translation);
  return {
    rotation: matMul(a.rotation, b.rotation),
    translation: t.map(wrapUnit) as unknown as Vec3,
    timeReversal: (a.timeReversal * b.timeReversal) as 1 | -1,
  };
}

/**
 * The group that `generators` generate, modulo lattice translations, the identity first.
 * Throws RangeError beyond `limit` operations (192 in the largest space group, twice that with time
 * reversal): the generators then belong to no space group of this lattice.
 */
export function closeGroup(
  generators: readonly SymmetryOperation[],
  limit = 384,
): SymmetryOperation[] {
  const group = [IDENTITY_OPERATION];
  const seen = new Set([operationKey(IDENTITY_OPERATION)]);
  for (let i = 0; i < group.length; i++)
    for (const g of generators) {
      const next = compose(g, group[i]!);
      const key = operationKey(next);
      if (seen.has(key)) continue;
      seen.add(key);
      group.push(next);
      if (group.length > limit)
        throw new RangeError(`these operations generate more than ${limit} others`);
    }
  return group;
}

/** W r + w, not reduced to the cell. */
export function applyToPosition(op: SymmetryOperation, r: Vec3): Vec3 {
  return add(matVec(op.rotation, r), op.translation);
}

/** The rotation part in Cartesian axes, for column vectors. Orthogonal if it suits the lattice. */
export function cartesianRotation(op: SymmetryOperation, lattice: Lattice): Mat3 {
  const at = transpose(lattice.vectors);
  return matMul(matMul(at, op.rotation), inverse(at));
}

/** What turns an axial vector (a spin), Cartesian: timeReversal det(R) R. */
export function axialRotation(op: SymmetryOperation, lattice: Lattice): Mat3 {
  const r = cartesianRotation(op, lattice);
  return matScale(r, op.timeReversal * Math.sign(determinant(r)));
}

/** True if the operation keeps lengths and angles of this lattice (to 1e-4 relative). */
export function suitsLattice(op: SymmetryOperation, lattice: Lattice): boolean {
  const r = cartesianRotation(op, lattice);
  return matDistance(matMul(transpose(r), r), IDENTITY) < 1e-4;
}

/** Equal for equal operations. */
export function operationKey(op: SymmetryOperation): string {
  return [
    ...op.rotation,
    ...op.translation.map((t) => Math.round(t * 1e6)),
    op.timeReversal,
  ].join();
}

/** To the nearest 1/24 where it is within 1e-4 (0.3333 means 1/3 in an operation). */
function snap(x: number): number {
  const n = Math.round(x * 24) / 24;
  return Math.abs(x - n) < 1e-4 ? n : x;
}

function formatFraction(t: number): string {
  for (const d of [2, 3, 4, 6, 8, 12, 24]) {
    const n = Math.round(t * d);
    if (Math.abs(t * d - n) < 1e-6) return `${n}/${d}`;
  }
  return `${t}`;
}
