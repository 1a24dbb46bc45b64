import { prepare, type PreparedModel, UnstableGroundState } from '@spectraloom/spinwave';

/**
 * The model as a program has it that never asks whether its ground state is stable: a wavevector
 * at which H(q) has a negative eigenvalue gets modes of a matrix made positive by force
 * (`prepare(..., { unstable: 'shift' })`). Stable parameters give the very same modes as before.
 * For data sets that kept unstable draws, as the published one did, and for images from outside a
 * training set; never for an answer.
 */
export function keepUnstable(prepared: PreparedModel): PreparedModel {
  let forced: PreparedModel | undefined;
  return {
    ...prepared,
    modes(q, p) {
      try {
        return prepared.modes(q, p);
      } catch (error) {
        if (!(error instanceof UnstableGroundState)) throw error;
        forced ??= prepare(prepared.model, { unstable: 'shift' });
        return forced.modes(q, p);
      }
    },
  };
}
