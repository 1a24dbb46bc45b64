import {
  matDistance,
  matMul,
  matVec,
  norm,
  rotationAbout,
  subtract,
  transpose,
} from '../crystal/geometry.js';
import type { Vec3 } from '../crystal/geometry.js';
import type { Problems } from './problems.js';
import type { FilePath } from './source.js';
import { stevensFunction } from './stevens.js';
import type { LinearMatrixTerm, SpinModel } from './types.js';

/**
 * A single-k rotating frame is exact only for a Hamiltonian that the turn from cell to cell leaves
 * alone. Records the first term of each kind that it does not.
 */
export function checkRotatingFrame(model: SpinModel, problems: Problems): void {
  const frame = model.rotatingFrame;
  if (!frame) return;
  const turns = frame.k
    .filter((k) => Math.abs(k - Math.round(k)) > 1e-12)
    .map((k) => rotationAbout(frame.axis, 2 * Math.PI * k));
  const keeps = (terms: readonly LinearMatrixTerm[]) =>
    terms.every((t) => {
      const size = Math.max(...t.matrix.map(Math.abs));
      return turns.every(
        (r) => matDistance(matMul(matMul(r, t.matrix), transpose(r)), t.matrix) <= 1e-8 * size,
      );
    });
  const keepsVector = (v: Vec3) =>
    turns.every((r) => norm(subtract(matVec(r, v), v)) <= 1e-8 * norm(v));
  const fail = (path: FilePath, what: string) =>
    problems.error('ROTATING_FRAME', path, {
      what: `${what} changes when the spins turn from cell to cell, so there is no rotating frame`,
      expected:
        'terms that keep the axis: Heisenberg, DM along the axis, axial anisotropy, field along it',
      next: 'use a supercell (structure.supercell) instead of the rotating frame',
    });
  const bond = model.bonds.find((b) => !keeps(b.exchange));
  if (bond) fail(['interactions'], `the exchange of rule '${bond.rule}'`);
  if (model.anisotropies.some((a) => !keeps(a.matrix))) fail(['anisotropy'], 'an anisotropy');
  if (!stevensKept(model, (n) => turns.map((r) => matVec(r, n))))
    fail(['anisotropy'], 'a Stevens term');
  for (const { tesla } of model.field)
    if (!model.sites.every((s) => keepsVector(matVec(transpose(s.gTensor), tesla)))) {
      fail(['field'], 'the field');
      break;
    }
  if (model.dipole && turns.length > 0) fail(['dipole'], 'the dipole-dipole interaction');
}

/** Compares the sum of the Stevens terms of each site, by parameter, at a few directions. */
function stevensKept(model: SpinModel, turned: (n: Vec3) => readonly Vec3[]): boolean {
  const probes: readonly Vec3[] = [
    [0.36, 0.48, 0.8],
    [-0.6, 0.64, 0.48],
    [0.1, -0.7, 0.707],
    [0.9, 0.3, -0.316],
  ];
  const groups = new Map<string, SpinModel['stevens'][number][]>();
  for (const s of model.stevens)
    for (const t of s.strength) {
      const key = `${s.site},${t.parameter}`;
      groups.set(key, [...(groups.get(key) ?? []), { ...s, strength: [t] }]);
    }
  for (const terms of groups.values()) {
    const value = (n: Vec3) =>
      terms.reduce((sum, s) => sum + s.strength[0]!.factor * stevensFunction(s.k, s.q, n), 0);
    const size = terms.reduce((sum, s) => sum + Math.abs(s.strength[0]!.factor), 0);
    for (const n of probes)
      if (turned(n).some((m) => Math.abs(value(m) - value(n)) > 1e-8 * size)) return false;
  }
  return true;
}
