import { BlockSolver } from './blockSolver.js';
import { buildBlocks } from './blocks.js';
import type { Expansion } from '../hamiltonian/expansion.js';
import { GeneralSolver, largestRowSum } from './generalSolver.js';
import { turnFrame } from '../hamiltonian/localFrames.js';
import { findPermutationGroup } from '../symmetry/permutationGroup.js';
import { findRealGauge, toRealGauge } from '../symmetry/realGauge.js';
import { Displacements, generalSlots, slotCoefficients } from './slots.js';
import type { ModeSolver } from './solver.js';

/** The 2N x 2N path; `shiftNegative`: see `PrepareOptions.unstable`. */
export function generalSolver(expansion: Expansion, shiftNegative = false): ModeSolver {
  const { form, frames, spins } = expansion;
  const displacements = new Displacements();
  const table = generalSlots(form.terms, form.nSites, displacements);
  return new GeneralSolver(table, displacements.toArray(), frames, spins, shiftNegative);
}

/** The path with every exact reduction that the quadratic form allows. */
export function reducedSolver(expansion: Expansion): ModeSolver {
  const { form, frames, spins } = expansion;
  const n = form.nSites;
  const angles = findRealGauge(form.terms, n);
  const terms = angles ? toRealGauge(form.terms, angles) : form.terms;
  const group = findPermutationGroup(terms, n);
  const displacements = new Displacements();
  const blocks = buildBlocks(terms, n, group, angles !== undefined, displacements);
  // The bound of the norm is that of the whole matrix, so that tolerances do not depend on the path.
  const bound = generalSlots(form.terms, n, new Displacements());
  const cRe = new Float64Array(bound.nSlots);
  const cIm = new Float64Array(bound.nSlots);
  return new BlockSolver({
    form: blocks,
    group,
    real: angles !== undefined,
    displacements: displacements.toArray(),
    frames: frames.map((f, i) => {
      const g = group.elements[blocks.element[i]!]!;
      const o = group.representatives[blocks.orbit[i]!]!;
      const z = Math.atan2(g.zIm[o]!, g.zRe[o]!);
      return turnFrame(f, (angles?.[i] ?? 0) - z);
    }),
    spins,
    scale: (p) => {
      slotCoefficients(bound, p, cRe, cIm);
      return largestRowSum(bound, cRe, cIm);
    },
  });
}
