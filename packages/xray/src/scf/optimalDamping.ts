/** Where the energy falls by less than this in a step, extrapolation takes over, hartree. */
const flat = 1e-5;
const mostSteps = 100;

/**
 * The optimal damping algorithm (Cances and Le Bris, Int. J. Quantum Chem. 79, 82 (2000)): each density
 * is the mean of the last and of the one that its lowest orbitals make, in the proportion that has the
 * lowest energy, so that the energy never rises. Slow near the end, and safe far from it.
 * @param state `density` (paired with `fock` so that their product is the energy's derivative) and
 *   `fock` of it; `step` reads `fock` and writes both for the density of its lowest orbitals
 * @returns the Fock matrix of the density at which it ended
 */
export function optimalDamping(
  state: { readonly density: Float64Array; readonly fock: Float64Array },
  step: () => void,
): Float64Array {
  const density = state.density.slice();
  const fock = state.fock.slice();
  for (let done = 0; done < mostSteps; done++) {
    state.fock.set(fock);
    step();
    let slope = 0;
    let curvature = 0;
    for (let i = 0; i < fock.length; i++) {
      const change = state.density[i]! - density[i]!;
      slope += fock[i]! * change;
      curvature += (state.fock[i]! - fock[i]!) * change;
    }
    const part = curvature <= -slope ? 1 : -slope / curvature;
    for (let i = 0; i < fock.length; i++) {
      density[i] = density[i]! + part * (state.density[i]! - density[i]!);
      fock[i] = fock[i]! + part * (state.fock[i]! - fock[i]!);
    }
    // The energy's change, slope part + curvature part^2 / 2, is at least half of slope part.
    if (!(-slope * part > flat)) break;
  }
  return fock;
}
