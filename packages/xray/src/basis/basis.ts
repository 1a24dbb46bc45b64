import { XrayError } from '../errors.js';
import { elementSymbol } from '../molecule/elements.js';
import { basisData, type ShellData } from './data.js';

/** Shells of each element: of a built-in set, or read with `parseBasis`. */
export type BasisSet = Readonly<Record<string, readonly ShellData[]>>;

/** Names of the built-in basis sets. */
export const basisNames: readonly string[] = Object.keys(basisData);

/** One contracted shell on an atom. Functions in the order s, x, y, z. */
export interface Shell {
  readonly atom: number;
  /** `[primitives]`, bohr^-2. */
  readonly exponents: Float64Array;
  /** `[primitives]`, coefficients times the norms of the primitives; zero where there is no s. */
  readonly s: Float64Array;
  /** The same of the p part; zero where there is none. */
  readonly p: Float64Array;
  /** Whether the p part is there: a shell of an s part alone is cheaper. */
  readonly hasP: boolean;
  /** `[4]`: index of the s, x, y and z function among all functions, -1 where there is none. */
  readonly functions: Int32Array;
}

/** The shells of all atoms of a molecule. */
export interface MolecularBasis {
  readonly name: string;
  readonly shells: readonly Shell[];
  /** Number of functions. */
  readonly size: number;
}

const sNorm = (a: number) => ((2 * a) / Math.PI) ** 0.75;
const pNorm = (a: number) => ((128 * a ** 5) / Math.PI ** 3) ** 0.25;

/** Coefficients times primitive norms, scaled so that the contracted function has norm 1. */
function normalised(exponents: readonly number[], c: readonly number[], l: 0 | 1): Float64Array {
  let overlap = 0;
  exponents.forEach((a, i) =>
    exponents.forEach((b, j) => {
      overlap += c[i]! * c[j]! * ((2 * Math.sqrt(a * b)) / (a + b)) ** (l + 1.5);
    }),
  );
  const norm = l === 0 ? sNorm : pNorm;
  return Float64Array.from(exponents, (a, i) => (c[i]! * norm(a)) / Math.sqrt(overlap));
}

/**
 * The built-in set of this name (any case), or the one given.
 * @throws XrayError `BASIS_MISSING` for a name that is not built in
 */
export function findBasis(basis: string | BasisSet): { name: string; set: BasisSet } {
  if (typeof basis !== 'string') return { name: 'own', set: basis };
  const name = basisNames.find((n) => n.toLowerCase() === basis.trim().toLowerCase());
  if (name === undefined) {
    throw new XrayError({
      code: 'BASIS_MISSING',
      what: 'No built-in basis set has this name',
      got: JSON.stringify(basis),
      expected: `one of ${basisNames.join(', ')}`,
      next: 'give another set of s and p shells as NWChem text (--basis-file; in a program, parseBasis)',
    });
  }
  return { name, set: basisData[name]! };
}

/**
 * Lays the shells of a basis set on atoms.
 * @param atomicNumbers `[atoms]`
 * @param basis a built-in name (`basisNames`), or shells of `parseBasis`
 * @throws XrayError `BASIS_MISSING` where the set has no shells for an element
 */
export function molecularBasis(
  atomicNumbers: ArrayLike<number>,
  basis: string | BasisSet,
): MolecularBasis {
  const { name, set } = findBasis(basis);
  const shells: Shell[] = [];
  let size = 0;
  for (let atom = 0; atom < atomicNumbers.length; atom++) {
    const symbol = elementSymbol(atomicNumbers[atom]!);
    const data = Object.hasOwn(set, symbol) ? set[symbol] : undefined;
    if (data === undefined) {
      throw new XrayError({
        code: 'BASIS_MISSING',
        what: `Basis set ${name} has no shells for ${symbol}`,
        where: `atom ${atom + 1}`,
        expected: `one of ${Object.keys(set).join(', ')}`,
        next: 'give the element its shells as NWChem text (--basis-file; in a program, parseBasis)',
      });
    }
    for (const [exponents, s, p] of data) {
      const hasS = s.some((c) => c !== 0);
      const functions = new Int32Array(4).fill(-1);
      if (hasS) functions[0] = size++;
      if (p) for (let k = 1; k < 4; k++) functions[k] = size++;
      shells.push({
        atom,
        exponents: Float64Array.from(exponents),
        s: hasS ? normalised(exponents, s, 0) : new Float64Array(exponents.length),
        p: p ? normalised(exponents, p, 1) : new Float64Array(exponents.length),
        hasP: p !== undefined,
        functions,
      });
    }
  }
  return { name, shells, size };
}
