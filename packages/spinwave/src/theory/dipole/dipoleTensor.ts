import {
  matMul,
  matScale,
  matVec,
  transpose,
  type Mat3,
  type Vec3,
} from '../../crystal/geometry.js';
import type { SpinModel } from '../../model/types.js';
import { DIPOLE_SCALE_MEV_A3 } from '../units.js';

/*
 * Dipole-dipole interaction of moments mu_B g S:
 * mu_0 mu_B^2 / (4 pi) (g_i S_i)^T [1 - 3 r r^T / r^2] / r^3 (g_j S_j), each pair once.
 */

/** [1 - 3 r r^T / r^2] / r^3. */
export function pairTensor(r: Vec3, length: number): Mat3 {
  const f = 1 / length ** 3;
  const h = 3 / length ** 5;
  return [0, 1, 2].flatMap((a) =>
    [0, 1, 2].map((b) => (a === b ? f : 0) - h * r[a]! * r[b]!),
  ) as unknown as Mat3;
}

/** scale g_i^T D g_j. */
export function between(model: SpinModel, i: number, j: number, d: Mat3): Mat3 {
  const { sites } = model;
  return matScale(
    matMul(transpose(sites[i]!.gTensor), matMul(d, sites[j]!.gTensor)),
    DIPOLE_SCALE_MEV_A3,
  );
}

/** r_j + cell - r_i, Cartesian, Å. */
export function separation(model: SpinModel, i: number, j: number, cell: Vec3): Vec3 {
  const { sites, lattice } = model;
  const d = sites[j]!.position.map((v, a) => v - sites[i]!.position[a]! + cell[a]!);
  return matVec(transpose(lattice.vectors), d as unknown as Vec3);
}

/** Cells to go along each axis to be sure of every point within `radius`. */
export function cellReach(reciprocal: Mat3, radius: number): [number, number, number] {
  return [0, 1, 2].map((a) => {
    const b = Math.hypot(reciprocal[3 * a]!, reciprocal[3 * a + 1]!, reciprocal[3 * a + 2]!);
    return Math.ceil((radius * b) / (2 * Math.PI));
  }) as [number, number, number];
}
