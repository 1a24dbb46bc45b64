import type { SymmetryOperation } from './symmetryOperation.js';

/** Operations of a space group by number or symbol. Throws Error with what is wrong. */
export function spaceGroupOperations(name: string | number): SymmetryOperation[] {
  throw new Error(`space group ${name} is not known`);
}
