import { suggestion } from '../model/suggest.js';
import { hallGenerators } from './hallSymbol.js';
import { spaceGroupTable } from './spaceGroupData.js';
import type { SymmetryOperation } from './symmetryOperation.js';
import { closeGroup } from './symmetryOperation.js';

/** One setting of a space group. */
export interface SpaceGroupSetting {
  readonly number: number;
  /** Full Hermann-Mauguin symbol, e.g. 'P 1 21/c 1'. */
  readonly symbol: string;
  /** '1' or '2' (origin), 'H' or 'R' (axes), or ''. */
  readonly extension: string;
  readonly hall: string;
  /** The setting that the number alone means. */
  readonly reference: boolean;
}

let settings: readonly SpaceGroupSetting[] | undefined;

/** All settings known, in the order of the table. */
export function spaceGroupSettings(): readonly SpaceGroupSetting[] {
  settings ??= spaceGroupTable
    .trim()
    .split('\n')
    .map((line) => {
      const [number, symbol, extension, hall, reference] = line.split('|');
      return {
        number: Number(number),
        symbol: symbol!,
        extension: extension!,
        hall: hall!,
        reference: reference === '*',
      };
    });
  return settings;
}

/**
 * The setting meant by a number (reference setting: unique axis b, origin at the inversion centre,
 * hexagonal axes), a Hermann-Mauguin symbol, full or short, with or without blanks, with ':1', ':2',
 * ':H' or ':R' after it where there is a choice, or a Hall symbol.
 * @throws RangeError that names the nearest symbol or the settings there are
 */
export function findSpaceGroup(name: string | number): SpaceGroupSetting {
  const all = spaceGroupSettings();
  const number =
    typeof name === 'number' ? name : /^\s*\d+\s*$/.test(name) ? Number(name) : undefined;
  if (number !== undefined) {
    const found = all.find((s) => s.number === number && s.reference);
    if (found) return found;
    throw new RangeError(`there is no space group number ${number}: they run from 1 to 230`);
  }
  const text = String(name).trim();
  const hall = all.find((s) => s.hall === text.replace(/\s+/g, ' '));
  if (hall) return hall;
  const [symbol, extension] = text.split(':').map((x) => x.trim());
  const wanted = compact(symbol!);
  // Fd3m is how older papers write Fd-3m
  const modern = wanted.replace(/^([PIF][mndai]|P[mna]|Ia)3/i, '$1-3');
  for (const key of new Set([wanted, modern])) {
    const same = all.filter((s) => compact(s.symbol) === key || shortSymbol(s) === key);
    const fits =
      extension === undefined
        ? same
        : same.filter((s) => s.extension.toLowerCase() === extension.toLowerCase());
    const found = fits.find((s) => s.reference) ?? fits[0];
    if (found) return found;
    if (same.length > 0)
      throw new RangeError(
        `space group '${symbol}' has no setting ':${extension}'; it has ${same.map((s) => `':${s.extension}'`).join(', ')}`,
      );
  }
  const names = [...new Set(all.map((s) => s.symbol.replace(/ /g, '')))];
  throw new RangeError(
    `there is no space group '${text}': ${suggestion(text.replace(/[\s_]/g, ''), names)}`,
  );
}

/** All operations of a space group, the identity first. Throws RangeError as `findSpaceGroup`. */
export function spaceGroupOperations(name: string | number): SymmetryOperation[] {
  return closeGroup(hallGenerators(findSpaceGroup(name).hall));
}

/** Without blanks and underscores; the case of the first letter alone does not matter. */
function compact(symbol: string): string {
  const s = symbol.replace(/[\s_]/g, '');
  return s.charAt(0).toUpperCase() + s.slice(1).toLowerCase();
}

/** 'P21/c' for 'P 1 21/c 1': the ones of a monoclinic symbol left out. */
function shortSymbol(s: SpaceGroupSetting): string {
  const parts = s.symbol.split(' ');
  if (s.number < 3 || s.number > 15) return compact(s.symbol);
  return compact(parts.filter((p, i) => i === 0 || p !== '1').join(''));
}
