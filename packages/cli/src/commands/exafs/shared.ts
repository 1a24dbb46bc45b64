import { readFile } from 'node:fs/promises';
import { type ChiOfK, parseChi, parseFeffPath, ScatteringPath } from '@spectraloom/xray';
import type { Argv } from 'yargs';
import { UsageError } from '../../console/errors.js';

/** Ranges of k and R that every EXAFS command takes. */
export interface RangeArgs {
  path: string;
  kmin: number;
  kmax: number;
  kweight: number;
  dk: number;
  rmin: number;
  rmax: number;
  json: boolean;
}

export const pathOption = {
  describe: 'path table of the shell: feffNNNN.dat of FEFF 6 to 10',
  type: 'string',
  demandOption: true,
  requiresArg: true,
} as const;

export function rangeOptions<T>(y: Argv<T>) {
  return y
    .option('path', pathOption)
    .option('kmin', { describe: 'lower end of k, Å^-1', type: 'number', default: 2 })
    .option('kmax', { describe: 'upper end of k, Å^-1', type: 'number', default: 14 })
    .option('kweight', { describe: 'power of k chi is multiplied by', type: 'number', default: 2 })
    .option('dk', {
      describe: "width of the Hanning window's sills, Å^-1",
      type: 'number',
      default: 1,
    })
    .option('rmin', { describe: 'lower end of R, Å', type: 'number', default: 1.7 })
    .option('rmax', { describe: 'upper end of R, Å', type: 'number', default: 3 })
    .option('json', { describe: 'as JSON', type: 'boolean', default: false });
}

export const readPath = async (file: string): Promise<ScatteringPath> =>
  new ScatteringPath(parseFeffPath(await readFile(file, 'utf8'), file));

export const readChi = async (file: string): Promise<ChiOfK> =>
  parseChi(await readFile(file, 'utf8'), file);

/** Names, units and digits of a shell's parameters, in order. */
export const shellRows = [
  ['amplitude', 'N S0^2', '', 3],
  ['deltaR', 'dR', 'Å', 5],
  ['sigma2', 'sigma^2', 'Å^2', 6],
  ['e0Ev', 'E0', 'eV', 3],
] as const;

/** A number of the call outside what makes sense: told by the name of its option. */
export function within(
  option: string,
  value: number,
  least: number,
  most: number,
  unit = '',
): void {
  if (value >= least && value <= most) return;
  throw new UsageError({
    what: 'a number is out of range',
    where: option,
    got: String(value),
    expected: `${least} to ${most}${unit && ` ${unit}`}`,
  });
}

/** A count of the call: whole and in range. */
export function whole(option: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError({
    what: 'a whole number was expected',
    where: option,
    got: String(value),
    expected: `a whole number from ${least} to ${most}`,
  });
}

/** Ranges that no spectrum has are refused before memory is taken for them. */
export function checkRanges({ kmin, kmax, kweight, dk, rmin, rmax }: RangeArgs): void {
  within('--kmin', kmin, 0, 100, 'Å^-1');
  within('--kmax', kmax, 0, 100, 'Å^-1');
  within('--kweight', kweight, 0, 10);
  within('--dk', dk, 0, 100, 'Å^-1');
  within('--rmin', rmin, 0, 100, 'Å');
  within('--rmax', rmax, 0, 100, 'Å');
}
