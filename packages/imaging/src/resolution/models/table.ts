import { interpolateTable } from '@spectraloom/instrument';
import { ImagingError } from '../../errors.js';
import { tabulate } from '../covarianceTable.js';
import type { ResolutionModel } from '../model.js';

export const table: ResolutionModel = {
  name: 'table',
  description: 'normal distribution of a covariance table in (h, k, E), 12-column text format',
  prepare({ machine, ranges, table: given }) {
    if (!given) {
      throw new ImagingError('RESOLUTION', {
        what: 'no covariance table for this Ei',
        got: `Ei = ${machine.eiMeV} meV`,
        expected: 'a table of the 12-column text format for every Ei of the image',
        next: 'give `tables` with one text an Ei, or choose another resolution model',
      });
    }
    // The margins may reach beyond the table; the pixels and slices must not.
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
