import type { Mat3, Vec3 } from '../crystal/geometry.js';
import { IDENTITY, matAdd, matDistance, matMul, matScale, transpose } from '../crystal/geometry.js';
import type { ParameterTable } from './parameters.js';
import type { ExchangeSpec, Linear } from './schema.js';
import type { FilePath } from './source.js';
import type { LinearMatrixTerm, LinearScalarTerm } from './types.js';

/** What an interaction rule says of one bond: S_from^T M S_to + B (S_from . S_to)^2. */
export interface ResolvedExchange {
  readonly exchange: readonly LinearMatrixTerm[];
  readonly biquadratic: readonly LinearScalarTerm[];
}

/** Reads `exchange` of an interaction; `axes`: unit vectors in which a DM vector is given. */
export function resolveExchange(
  spec: ExchangeSpec,
  table: ParameterTable,
  axes: readonly [Vec3, Vec3, Vec3],
  path: FilePath,
): ResolvedExchange {
  if (typeof spec !== 'object')
    return { exchange: times(table.linear(spec, path, 'meV'), IDENTITY), biquadratic: [] };
  const terms: LinearMatrixTerm[] = [];
  const entry = (value: Linear, at: FilePath, matrix: Mat3) =>
    terms.push(...times(table.linear(value, [...path, ...at], 'meV'), matrix));
  if (spec.heisenberg !== undefined) entry(spec.heisenberg, ['heisenberg'], IDENTITY);
  spec.xyz?.forEach((v, i) => entry(v, ['xyz', i], unitMatrix(i, i)));
  spec.dm?.forEach((v, i) => entry(v, ['dm', i], dmMatrix(axes[i]!)));
  spec.matrix?.forEach((row, i) =>
    row.forEach((v, j) => entry(v, ['matrix', i, j], unitMatrix(i, j))),
  );
  return {
    exchange: mergeTerms(terms),
    biquadratic:
      spec.biquadratic === undefined
        ? []
        : table.linear(spec.biquadratic, [...path, 'biquadratic'], 'meV'),
  };
}

/** M with S^T M S' = D . (S x S'). */
function dmMatrix(d: Vec3): Mat3 {
  return [0, d[2], -d[1], -d[2], 0, d[0], d[1], -d[0], 0];
}

/** One matrix a parameter; zero ones left out. */
export function mergeTerms(terms: readonly LinearMatrixTerm[]): LinearMatrixTerm[] {
  const sums = new Map<number, Mat3>();
  for (const t of terms) {
    const sum = sums.get(t.parameter);
    sums.set(t.parameter, sum ? matAdd(sum, t.matrix) : t.matrix);
  }
  return [...sums]
    .filter(([, m]) => m.some((x) => x !== 0))
    .map(([parameter, matrix]) => ({ parameter, matrix }));
}

/** Terms of the bond read from its other end. */
export function reverseTerms(terms: readonly LinearMatrixTerm[]): LinearMatrixTerm[] {
  return terms.map((t) => ({ parameter: t.parameter, matrix: transpose(t.matrix) }));
}

/** Terms turned by a Cartesian rotation R, proper or improper: R M R^T (spins are axial, and twice so). */
export function turnTerms(terms: readonly LinearMatrixTerm[], r: Mat3): LinearMatrixTerm[] {
  return terms.map((t) => ({
    parameter: t.parameter,
    matrix: matMul(matMul(r, t.matrix), transpose(r)),
  }));
}

/** True if both say the same for every parameter, to 1e-4 of the largest entry. */
export function sameTerms(a: readonly LinearMatrixTerm[], b: readonly LinearMatrixTerm[]): boolean {
  const zero: Mat3 = matScale(IDENTITY, 0);
  const find = (list: readonly LinearMatrixTerm[], p: number) =>
    list.find((t) => t.parameter === p)?.matrix ?? zero;
  for (const { parameter } of [...a, ...b]) {
    const ma = find(a, parameter);
    const mb = find(b, parameter);
    const size = Math.max(...ma.map(Math.abs), ...mb.map(Math.abs));
    if (matDistance(ma, mb) > 1e-4 * size) return false;
  }
  return true;
}

/** True if the bond may be read from either end. */
export function isSymmetric(terms: readonly LinearMatrixTerm[]): boolean {
  return sameTerms(terms, reverseTerms(terms));
}

/** True if every matrix is a multiple of the unit matrix. */
export function isIsotropic(terms: readonly LinearMatrixTerm[]): boolean {
  return terms.every((t) => matDistance(t.matrix, matScale(IDENTITY, t.matrix[0])) === 0);
}

function times(terms: readonly LinearScalarTerm[], matrix: Mat3): LinearMatrixTerm[] {
  return terms.map((t) => ({ parameter: t.parameter, matrix: matScale(matrix, t.factor) }));
}

function unitMatrix(i: number, j: number): Mat3 {
  return IDENTITY.map((_, n) => (n === 3 * i + j ? 1 : 0)) as unknown as Mat3;
}
