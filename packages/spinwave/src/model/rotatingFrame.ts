import {
  cross,
  matDistance,
  matMul,
  matVec,
  norm,
  rotationAbout,
  transpose,
} from '../crystal/geometry.js';
import type { Mat3 } from '../crystal/geometry.js';
import type { Problems } from './problems.js';
import type { FilePath } from './source.js';
import { stevensFunction } from './stevens.js';
import type { LinearMatrixTerm, SpinModel } from './types.js';

/**
 * A single-k rotating frame is exact only for a Hamiltonian that rotations about the axis leave
 * alone. Records the first term of each kind that they do not.
 */
export function checkRotatingFrame(model: SpinModel, problems: Problems): void {
  const frame = model.rotatingFrame;
  if (!frame) return;
  const turn = rotationAbout(frame.axis, 1);
  const keeps = (terms: readonly LinearMatrixTerm[]) =>
    terms.every((t) => matDistance(turned(t.matrix, turn), t.matrix) < 1e-9 * sizeOf(t.matrix));
  const fail = (path: FilePath, what: string) =>
    problems.error('ROTATING_FRAME', path, {
      what: `${what} is not invariant under rotation about the axis of the propagation`,
      expected:
        'terms that keep the axis: Heisenberg, DM along the axis, axial anisotropy, field along it',
      next: 'use a supercell (structure.supercell) instead of the rotating frame',
    });
  const bond = model.bonds.find((b) => !keeps(b.exchange));
  if (bond) fail(['interactions'], `the exchange of rule '${bond.rule}'`);
  if (model.anisotropies.some((a) => !keeps(a.matrix))) fail(['anisotropy'], 'an anisotropy');
  // each O_kq alone is invariant only for q = 0 about z; sums that are by chance count as well
  const directions = [
    [0.36, 0.48, 0.8],
    [-0.6, 0.64, 0.48],
    [0.1, -0.7, 0.707],
  ] as const;
  for (let site = 0; site < model.sites.length; site++) {
    const own = model.stevens.filter((s) => s.site === site);
    const parameters = new Set(own.flatMap((s) => s.strength.map((t) => t.parameter)));
    for (const p of parameters) {
      const value = (n: readonly [number, number, number]) =>
        own.reduce(
          (sum, s) =>
            sum +
            s.strength
              .filter((t) => t.parameter === p)
              .reduce((x, t) => x + t.factor * stevensFunction(s.k, s.q, n), 0),
          0,
        );
      if (directions.some((n) => Math.abs(value(n) - value(matVec(turn, n))) > 1e-9)) {
        fail(['anisotropy'], 'a Stevens term');
        return;
      }
    }
  }
  if (model.field.some((f) => norm(cross(f.tesla, frame.axis)) > 1e-9 * norm(f.tesla)))
    fail(['field'], 'a field at an angle to the axis');
  if (model.dipole) fail(['dipole'], 'the dipole-dipole interaction');
}

function turned(m: Mat3, r: Mat3): Mat3 {
  return matMul(matMul(r, m), transpose(r));
}

function sizeOf(m: Mat3): number {
  return Math.max(1e-300, ...m.map(Math.abs));
}
