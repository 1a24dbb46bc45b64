import type { Mat3, Vec3 } from '../crystal/geometry.js';
import { cross, matVec, norm, normalize, rotationAbout } from '../crystal/geometry.js';
import type { SpinModel } from '../model/types.js';
import type { Conventions } from '../theory/hamiltonian/expansion.js';
import { ClassicalHamiltonian, directionsOf, withDirections } from './classicalHamiltonian.js';
import { descend } from './minimise.js';
import type { Descent } from './minimise.js';
import { randomDirections, seededRandom } from './random.js';

/** Where the descents start, and when they end. */
export interface RelaxOptions {
  /** Random starting states; default 16. 0: only the state of the model. */
  readonly starts?: number;
  /** Of the random starts; default 1. */
  readonly seed?: number;
  /** Also start from the directions of the model; default true. */
  readonly fromModel?: boolean;
  /** Torque relative to the local field at which a descent ends; default 1e-10. */
  readonly tolerance?: number;
  readonly conventions?: Partial<Conventions>;
}

/** The state of lowest energy found. */
export interface GroundState {
  /** The model with the directions found. */
  readonly model: SpinModel;
  /** meV per magnetic cell. */
  readonly energyMeV: number;
  /** Largest torque left, meV. */
  readonly torqueMeV: number;
  readonly converged: boolean;
  /** Energies reached, lowest first, and how many starts ended there (to 1e-6 of the energy). */
  readonly minima: readonly { readonly energyMeV: number; readonly count: number }[];
}

/**
 * Searches the classical ground state in the magnetic cell of the model (in its rotating frame, if it
 * has one) for parameters p, by descent from many starts. The same seed gives the same state. Where
 * the energy does not depend on the orientation of the whole, the first spin is turned to z and the
 * first spin at an angle to it into the x-z plane.
 * @param p `[nParameters]`, as in `model.parameters`; default their values
 */
export function relax(
  model: SpinModel,
  p: ArrayLike<number> = Float64Array.from(model.parameters, (x) => x.value),
  options: RelaxOptions = {},
): GroundState {
  const { starts = 16, seed = 1, fromModel = true, tolerance = 1e-10 } = options;
  const h = new ClassicalHamiltonian(model, p, options.conventions);
  const random = seededRandom(seed);
  const ends: Descent[] = [];
  if (fromModel) ends.push(descend(h, directionsOf(model), tolerance));
  for (let s = 0; s < starts; s++)
    ends.push(descend(h, randomDirections(h.nSites, random), tolerance));
  ends.sort((a, b) => a.energyMeV - b.energyMeV);
  const best = ends[0]!;
  const minima: { energyMeV: number; count: number }[] = [];
  for (const { energyMeV } of ends) {
    const last = minima.at(-1);
    if (last && energyMeV - last.energyMeV <= 1e-6 * Math.max(1, Math.abs(last.energyMeV)))
      last.count++;
    else minima.push({ energyMeV, count: 1 });
  }
  return {
    model: withDirections(model, orient(h, best, model)),
    energyMeV: best.energyMeV,
    torqueMeV: best.torqueMeV,
    converged: best.converged,
    minima,
  };
}

/** The best state, turned as a whole to a standard orientation where that costs nothing. */
function orient(h: ClassicalHamiltonian, best: Descent, model: SpinModel): Float64Array {
  if (model.rotatingFrame) return best.directions;
  const turn = standardTurn(best.directions);
  const turned = turnAll(best.directions, turn);
  const free = [turn, rotationAbout([1, 2, 3], 1.1), rotationAbout([-2, 1, 0.5], 2.3)].every(
    (r) =>
      Math.abs(h.energy(turnAll(best.directions, r)) - best.energyMeV) <=
      1e-9 * Math.max(1, Math.abs(best.energyMeV)),
  );
  return free ? turned : best.directions;
}

function standardTurn(d: Float64Array): Mat3 {
  const at = (i: number): Vec3 => [d[3 * i]!, d[3 * i + 1]!, d[3 * i + 2]!];
  const z = at(0);
  let x: Vec3 | undefined;
  for (let i = 1; 3 * i < d.length && !x; i++) {
    const v = at(i);
    const along = v[0] * z[0] + v[1] * z[1] + v[2] * z[2];
    const across: Vec3 = [v[0] - along * z[0], v[1] - along * z[1], v[2] - along * z[2]];
    if (norm(across) > 1e-4) x = normalize(across);
  }
  if (!x) {
    const seed: Vec3 = Math.abs(z[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0];
    x = normalize(cross(cross(z, seed), z));
  }
  const y = cross(z, x);
  return [...x, ...y, ...z] as unknown as Mat3;
}

function turnAll(d: Float64Array, r: Mat3): Float64Array {
  const out = new Float64Array(d.length);
  for (let i = 0; i < d.length; i += 3) out.set(matVec(r, [d[i]!, d[i + 1]!, d[i + 2]!]), i);
  return out;
}
