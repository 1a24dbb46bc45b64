import type { Vec3 } from '../crystal/geometry.js';
import { toNumber } from './numbers.js';

/** What a condition may look at: fractional coordinates in the lattice of the file. */
export interface BondEnds {
  /** In [0, 1). */
  readonly from: Vec3;
  /** In [0, 1). */
  readonly to: Vec3;
  /** From `from` to `to`. */
  readonly step: Vec3;
}

/** A compiled condition on an oriented bond. */
export type BondCondition = (ends: BondEnds) => boolean;

/** Coordinates nearer than this are equal. */
const tolerance = 1e-4;

/**
 * Compiles 'step.x > 0', 'from.x = 1/2', 'to.z != 0.1'. Equality holds to 1e-4; positions `from` and
 * `to` are compared modulo 1. Throws SyntaxError.
 */
export function compileCondition(text: string): BondCondition {
  const m =
    /^\s*(from|to|step)\.([xyz])\s*(==|=|!=|<=|>=|<|>)\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:\s*\/\s*\d+)?)\s*$/.exec(
      text,
    );
  if (!m) throw new SyntaxError(`cannot read the condition '${text}'`);
  const end = m[1] as keyof BondEnds;
  const axis = 'xyz'.indexOf(m[2]!);
  const value = toNumber(m[4]!);
  const periodic = end !== 'step';
  const difference = (ends: BondEnds) => ends[end][axis]! - value;
  const equal = (ends: BondEnds) => {
    const d = difference(ends);
    return Math.abs(periodic ? d - Math.round(d) : d) < tolerance;
  };
  switch (m[3]) {
    case '<':
      return (e) => difference(e) < -tolerance;
    case '>':
      return (e) => difference(e) > tolerance;
    case '<=':
      return (e) => difference(e) < tolerance;
    case '>=':
      return (e) => difference(e) > -tolerance;
    case '!=':
      return (e) => !equal(e);
    default:
      return equal;
  }
}
