import { SpinWaveError } from '../errors.js';
import { suggestion } from '../model/suggest.js';
import { formFactorTable } from './formFactorData.js';

/** Ions with a form factor, e.g. 'Mn3' for Mn3+. */
export function formFactorIons(): string[] {
  return Object.keys(formFactorTable);
}

/** What to do about an ion that has no form factor; undefined when it has one. */
export function ionProblem(ion: string): string | undefined {
  if (Object.hasOwn(formFactorTable, ion)) return undefined;
  const element = /^[A-Z][a-z]?/.exec(ion)?.[0];
  const same = formFactorIons().filter((name) => /^[A-Z][a-z]?/.exec(name)![0] === element);
  return same.length > 0 ? `one of ${same.join(', ')}` : suggestion(ion, formFactorIons());
}

/**
 * Magnetic form factor F(|Q|) in the dipole approximation: <j0> + j2Weight <j2>, where j2Weight is
 * 2/g - 1 for a moment with Landé factor g (0 for a pure spin moment), F(0) = 1.
 * `qAngstromInv` is |Q| in Å^-1. Source of the coefficients: see `formFactorTable`.
 * @throws SpinWaveError UNKNOWN_ION; NO_J2 where the table has <j0> alone
 */
export function formFactor(ion: string, qAngstromInv: number, j2Weight = 0): number {
  const next = ionProblem(ion);
  if (next !== undefined)
    throw new SpinWaveError('UNKNOWN_ION', { what: `no form factor is known for '${ion}'`, next });
  const [j0, j2] = formFactorTable[ion]!;
  const s2 = (qAngstromInv / (4 * Math.PI)) ** 2;
  if (j2Weight === 0) return gaussians(j0, s2);
  if (j2 === undefined)
    throw new SpinWaveError('NO_J2', {
      what: `the table has no <j2> for '${ion}'`,
      next: 'use it without a j2 weight',
    });
  return gaussians(j0, s2) + j2Weight * s2 * gaussians(j2, s2);
}

function gaussians(c: readonly number[], s2: number): number {
  let sum = c[c.length - 1]!;
  for (let i = 0; i + 1 < c.length; i += 2) sum += c[i]! * Math.exp(-c[i + 1]! * s2);
  return sum;
}
