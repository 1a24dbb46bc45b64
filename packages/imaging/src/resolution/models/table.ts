import { interpolateTable, type ResolutionTable } from '@spectraloom/instrument';
import { ImagingError } from '../../errors.js';
import { tabulate } from '../covarianceTable.js';
import type { ResolutionModel, ResolutionRequest } from '../model.js';

export const table: ResolutionModel = {
  name: 'table',
  description: 'normal distribution of a covariance table in (h, k, E), 12-column text format',
  prepare({ machine, ranges, centres, table: given }) {
    if (!given) {
      throw new ImagingError('RESOLUTION', {
        what: 'no covariance table for this Ei',
        got: `Ei = ${machine.eiMeV} meV`,
        expected: 'a table of the 12-column text format for every Ei of the image',
        next: 'give one for each Ei (--table EI=FILE), or choose another resolution model',
      });
    }
    requireCover(given, centres, machine.eiMeV);
    // The margins may reach beyond the table: its outermost nodes serve there.
    const clamp = (v: number, axis: Float64Array): number =>
      Math.min(Math.max(v, axis[0]!), axis[axis.length - 1]!);
    return {
      table: tabulate(ranges, [25, 25, 25], (h, k, energyMeV) => {
        const e = interpolateTable(
          given,
          clamp(h, given.first),
          clamp(k, given.second),
          clamp(energyMeV, given.energyMeV),
        );
        return [e[0]!, e[1]!, e[2]!, e[3]!, e[4]!, e[5]!, 0, 0, 0, 0];
      }),
    };
  },
};

/** Every pixel centre of the image has to lie inside the table. */
function requireCover(
  given: ResolutionTable,
  centres: ResolutionRequest['centres'],
  eiMeV: number,
): void {
  for (const [name, axis, [low, high], unit] of [
    ['h', given.first, centres.h, 'r.l.u.'],
    ['k', given.second, centres.k, 'r.l.u.'],
    ['E', given.energyMeV, centres.energyMeV, 'meV'],
  ] as const) {
    const [from, to] = [axis[0]!, axis[axis.length - 1]!];
    const slack = 1e-9 * (to - from) + 1e-9;
    if (low >= from - slack && high <= to + slack) continue;
    const range = (a: number, b: number): string => `${+a.toPrecision(6)} to ${+b.toPrecision(6)}`;
    throw new ImagingError('RESOLUTION', {
      what: 'the covariance table does not cover the image',
      where: `table of Ei = ${eiMeV} meV`,
      got: `${name} from ${range(from, to)} ${unit}`,
      expected: `at least ${range(low, high)} ${unit}, the outermost pixel centres`,
      next: 'extend the table, make the image smaller, or use resolution covariance',
    });
  }
}
