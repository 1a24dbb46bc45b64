import type { Vec3 } from '../crystal/geometry.js';
import {
  matAdd,
  matMul,
  matScale,
  norm,
  subtract,
  transpose,
  vecMat,
} from '../crystal/geometry.js';
import type { Mat3 } from '../crystal/geometry.js';
import type { Neighbour } from '../crystal/neighbours.js';
import { applyToPosition, cartesianRotation, formatXyz } from '../crystal/symmetryOperation.js';
import type { SymmetryOperation } from '../crystal/symmetryOperation.js';
import { add } from '../crystal/geometry.js';
import { siteAt } from './crystal.js';
import type { Crystal } from './crystal.js';
import { reverseTerms, sameTerms, turnTerms } from './exchange.js';
import type { LinearMatrixTerm } from './types.js';

/** A bond with what it carries. */
export interface ExchangeBond {
  readonly bond: Neighbour;
  readonly exchange: readonly LinearMatrixTerm[];
}

/** Why a matrix cannot be that of its bond: an operation that keeps the bond changes the matrix. */
export interface SymmetryConflict {
  readonly operation: string;
  /** The nearest matrices that the symmetry of the bond allows. */
  readonly allowed: readonly LinearMatrixTerm[];
}

/** A key that a bond and the same bond read from its other end share, and which end it starts at. */
export function bondKey(bond: Pick<Neighbour, 'from' | 'to' | 'cell'>): {
  key: string;
  turned: boolean;
} {
  const { from, to, cell } = bond;
  const turned =
    from > to ||
    (from === to &&
      (cell[0] < 0 || (cell[0] === 0 && (cell[1] < 0 || (cell[1] === 0 && cell[2] < 0)))));
  const c = turned ? cell.map((x) => -x) : cell;
  return {
    key: `${turned ? to : from},${turned ? from : to},${c.map((x) => x + 0).join(',')}`,
    turned,
  };
}

/**
 * The bond and its images under the group, each once, with matrices R M R^T; or the conflict when an
 * operation maps the bond onto itself but not its matrix.
 */
export function symmetryImages(
  crystal: Crystal,
  start: ExchangeBond,
): { images: ExchangeBond[] } | { conflict: SymmetryConflict } {
  const images = new Map<string, { image: ExchangeBond; turned: boolean }>();
  for (const operation of crystal.group) {
    const image = imageOf(crystal, start, operation);
    const { key, turned } = bondKey(image.bond);
    const known = images.get(key);
    if (known === undefined) {
      images.set(key, { image, turned });
      continue;
    }
    const same = turned === known.turned ? image.exchange : reverseTerms(image.exchange);
    if (!sameTerms(known.image.exchange, same))
      return {
        conflict: { operation: formatXyz(operation), allowed: allowedTerms(crystal, start) },
      };
  }
  return { images: [...images.values()].map((v) => v.image) };
}

/** The image of a bond under one operation. */
export function imageOf(
  crystal: Crystal,
  { bond, exchange }: ExchangeBond,
  operation: SymmetryOperation,
): ExchangeBond {
  const start = crystal.sites[bond.from]!.position;
  const end = add(start, bond.step);
  const a = siteAt(crystal, applyToPosition(operation, start))!;
  const b = siteAt(crystal, applyToPosition(operation, end))!;
  const cell = subtract(b.cell, a.cell).map((x) => x + 0) as unknown as Vec3;
  const step = add(
    subtract(crystal.sites[b.site]!.position, crystal.sites[a.site]!.position),
    cell,
  );
  return {
    bond: {
      from: a.site,
      to: b.site,
      cell,
      step,
      lengthAngstrom: norm(vecMat(step, crystal.lattice.vectors)),
    },
    exchange: turnTerms(exchange, cartesianRotation(operation, crystal.lattice)),
  };
}

/** Each matrix averaged over the operations that keep the bond: its nearest allowed form. */
function allowedTerms(crystal: Crystal, start: ExchangeBond): LinearMatrixTerm[] {
  return start.exchange.map((t) => ({
    parameter: t.parameter,
    matrix: projectOntoBondSymmetry(crystal, start.bond, t.matrix),
  }));
}

/** Average of R M R^T (transposed where the bond is reversed) over the operations keeping the bond. */
function projectOntoBondSymmetry(crystal: Crystal, bond: Neighbour, matrix: Mat3): Mat3 {
  const own = bondKey(bond);
  let sum: Mat3 = matScale(matrix, 0);
  let count = 0;
  for (const operation of crystal.group) {
    const image = imageOf(crystal, { bond, exchange: [] }, operation).bond;
    const { key, turned } = bondKey(image);
    if (key !== own.key) continue;
    const r = cartesianRotation(operation, crystal.lattice);
    const m = matMul(matMul(r, matrix), transpose(r));
    sum = matAdd(sum, turned === own.turned ? m : transpose(m));
    count++;
  }
  return matScale(sum, 1 / count);
}

/**
 * An orthonormal basis (in the sense of the sum of products of entries) of the matrices that the
 * symmetry of the bond allows: the number of free exchange constants and their form.
 */
export function allowedExchange(crystal: Crystal, bond: Neighbour): Mat3[] {
  const basis: Mat3[] = [];
  for (let n = 0; n < 9; n++) {
    const unit = Array.from({ length: 9 }, (_, i) => (i === n ? 1 : 0)) as unknown as Mat3;
    let m = projectOntoBondSymmetry(crystal, bond, unit);
    for (const b of basis) {
      const overlap = b.reduce((s, x, i) => s + x * m[i]!, 0);
      m = matAdd(m, matScale(b, -overlap));
    }
    const size = Math.hypot(...m);
    if (size > 1e-6) basis.push(matScale(m, 1 / size));
  }
  return basis;
}
