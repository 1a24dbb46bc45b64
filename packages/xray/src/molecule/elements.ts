import { XrayError } from '../errors.js';

const symbols =
  'H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf'.split(
    ' ',
  );
const numbers = new Map(symbols.map((s, i) => [s, i + 1]));

/**
 * Atomic number of an element.
 * @param symbol `O`, or the number itself as text (`8`), as XYZ files have both
 * @throws XrayError `ELEMENT_UNKNOWN`
 */
export function atomicNumber(symbol: string): number {
  const z = numbers.get(symbol) ?? (/^\d+$/.test(symbol) ? Number(symbol) : undefined);
  if (z === undefined || z < 1 || z > symbols.length) {
    throw new XrayError({
      code: 'ELEMENT_UNKNOWN',
      what: 'There is no such element here',
      got: JSON.stringify(symbol),
      expected: 'a symbol from H to Cf, such as "O" (capital first), or an atomic number',
    });
  }
  return z;
}

/**
 * Symbol of the element of this atomic number.
 * @throws XrayError `ELEMENT_UNKNOWN`
 */
export function elementSymbol(z: number): string {
  const symbol = symbols[z - 1];
  if (symbol === undefined) {
    throw new XrayError({
      code: 'ELEMENT_UNKNOWN',
      what: 'There is no such element here',
      got: `atomic number ${z}`,
      expected: `1 to ${symbols.length}`,
    });
  }
  return symbol;
}
