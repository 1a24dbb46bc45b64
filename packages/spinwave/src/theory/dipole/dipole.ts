import type { Vec3 } from '../../crystal/geometry.js';
import { SpinWaveError } from '../../errors.js';
import type { Bond, SpinModel } from '../../model/types.js';
import { between, cellReach, pairTensor, separation } from './dipoleTensor.js';

/** The cut-off method: every pair up to `cutoffAngstrom` as a bond. */
export function dipoleBonds(model: SpinModel): Bond[] {
  const { dipole, sites, lattice } = model;
  if (dipole?.method !== 'cutoff') return [];
  const cutoff = dipole.cutoffAngstrom;
  if (cutoff === undefined || !(cutoff > 0)) {
    throw new SpinWaveError('BAD_DIPOLE', {
      what: 'dipole-dipole interaction by cut-off without a cut-off length',
      where: `model ${model.name}`,
      got: String(cutoff),
      expected: 'a positive length in Å',
      next: "give the cut-off, or use method 'ewald'",
    });
  }
  const reach = cellReach(lattice.reciprocal, cutoff);
  const bonds: Bond[] = [];
  for (let i = 0; i < sites.length; i++)
    for (let j = i; j < sites.length; j++)
      for (let x = -reach[0] - 1; x <= reach[0] + 1; x++)
        for (let y = -reach[1] - 1; y <= reach[1] + 1; y++)
          for (let z = -reach[2] - 1; z <= reach[2] + 1; z++) {
            // Between copies of one site, each pair once.
            if (i === j && (x < 0 || (x === 0 && (y < 0 || (y === 0 && z <= 0))))) continue;
            const cell: Vec3 = [x, y, z];
            const r = separation(model, i, j, cell);
            const length = Math.hypot(...r);
            if (length > cutoff || length === 0) continue;
            const m = pairTensor(r, length);
            const matrix = between(model, i, j, m);
            bonds.push({
              from: i,
              to: j,
              cell,
              exchange: [{ parameter: -1, matrix }],
              lengthAngstrom: length,
              rule: 'dipole-dipole',
            });
          }
  return bonds;
}
