import { dot, matVec, rotationAbout, type Vec3 } from '../../crystal/geometry.js';
import type { SpinModel } from '../../model/types.js';

/**
 * Along which lattice axes energies cannot depend on q: those along which no closed path of bonds
 * has a net displacement, so that whole-cell shifts of the sites leave no bond across cells.
 */
export interface Flatness {
  readonly axes: readonly [boolean, boolean, boolean];
  /** Shift of each site in cells, non-zero along flat axes only, that unwraps the clusters. */
  readonly shifts: readonly Vec3[];
}

export function findFlatness(model: SpinModel): Flatness {
  const n = model.sites.length;
  const neighbours: { to: number; cell: readonly number[] }[][] = Array.from(
    { length: n },
    () => [],
  );
  for (const b of model.bonds) {
    neighbours[b.from]!.push({ to: b.to, cell: b.cell });
    neighbours[b.to]!.push({ to: b.from, cell: b.cell.map((v) => -v) });
  }
  const flat = [true, true, true];
  const shifts = Array.from({ length: n }, () => [0, 0, 0]);
  const seen = new Uint8Array(n);
  for (let root = 0; root < n; root++) {
    if (seen[root]) continue;
    seen[root] = 1;
    const queue = [root];
    for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
      for (const { to, cell } of neighbours[i]!) {
        for (let a = 0; a < 3; a++) {
          const s = shifts[i]![a]! + cell[a]!;
          if (!seen[to]) shifts[to]![a] = s;
          else if (shifts[to]![a] !== s) flat[a] = false;
        }
        if (!seen[to]) {
          seen[to] = 1;
          queue.push(to);
        }
      }
    }
  }
  if (model.dipole?.method === 'ewald') flat.fill(false);
  return {
    axes: flat as unknown as [boolean, boolean, boolean],
    shifts: shifts.map((s) => s.map((v, a) => (flat[a] ? v + 0 : 0)) as unknown as Vec3),
  };
}

/**
 * The same model with each site represented by its copy `shifts` cells away: positions leave
 * [0, 1), bonds change their cells, and in a rotating frame directions turn. Nothing physical changes.
 */
export function shiftSites(model: SpinModel, shifts: readonly Vec3[]): SpinModel {
  if (shifts.every((s) => s[0] === 0 && s[1] === 0 && s[2] === 0)) return model;
  const frame = model.rotatingFrame;
  return {
    ...model,
    sites: model.sites.map((site, i) => {
      const s = shifts[i]!;
      const position = site.position.map((v, a) => v + s[a]!) as unknown as Vec3;
      if (!frame) return { ...site, position };
      const r = rotationAbout(frame.axis, 2 * Math.PI * dot(frame.k, s));
      return { ...site, position, direction: matVec(r, site.direction) };
    }),
    bonds: model.bonds.map((b) => ({
      ...b,
      cell: b.cell.map(
        (v, a) => v + shifts[b.from]![a]! - shifts[b.to]![a]! + 0,
      ) as unknown as Vec3,
    })),
  };
}
