import type { Vec3 } from '../crystal/geometry.js';
import {
  add,
  cross,
  dot,
  matVec,
  normalize,
  rotationAbout,
  scale,
  subtract,
} from '../crystal/geometry.js';
import { fractionalToCartesian } from '../crystal/lattice.js';
import type { Bond, SpinModel } from '../model/types.js';

/** A view along one lattice vector: screen axes in Cartesian space (Å). */
export interface View {
  readonly title: string;
  readonly right: Vec3;
  readonly up: Vec3;
  /** Towards the viewer. */
  readonly out: Vec3;
}

/** A site drawn at a place; `ghost` outside the cells shown. */
export interface DrawnSite {
  readonly site: number;
  readonly position: Vec3;
  readonly direction: Vec3;
  readonly ghost: boolean;
}

export interface DrawnBond {
  readonly rule: string;
  readonly from: Vec3;
  readonly to: Vec3;
}

export interface Scene {
  readonly sites: readonly DrawnSite[];
  readonly bonds: readonly DrawnBond[];
  /** Edges of the magnetic cells shown. */
  readonly edges: readonly (readonly [Vec3, Vec3])[];
}

/** The view along lattice vector c (0: a, 1: b, 2: c), with another lattice vector to the right. */
export function viewAlong(model: SpinModel, axis: 1 | 2): View {
  const v = model.lattice.vectors;
  const row = (i: number): Vec3 => [v[3 * i]!, v[3 * i + 1]!, v[3 * i + 2]!];
  // looking against c, or along b so that c points up
  const out = axis === 2 ? normalize(row(2)) : scale(normalize(row(1)), -1);
  const a = row(0);
  const right = normalize(subtract(a, scale(out, dot(a, out))));
  return { title: axis === 2 ? 'along c' : 'along b', right, up: cross(out, right), out };
}

/** Sites, bonds and cell edges of `cells` magnetic cells. */
export function buildScene(model: SpinModel, cells: Vec3): Scene {
  const sites = new Map<string, DrawnSite>();
  const place = (site: number, cell: Vec3, ghost: boolean): Vec3 => {
    const fractional = add(model.sites[site]!.position, cell);
    const position = fractionalToCartesian(model.lattice, fractional);
    const key = `${site},${cell.join()}`;
    const known = sites.get(key);
    if (!known || (known.ghost && !ghost))
      sites.set(key, { site, position, direction: directionAt(model, site, cell), ghost });
    return position;
  };
  const bonds: DrawnBond[] = [];
  for (const cell of grid(cells)) {
    for (const [site, s] of model.sites.entries()) {
      place(site, cell, false);
      // a site on a face belongs to the cells on both sides of it
      for (const offset of grid([2, 2, 2])) {
        const far = add(cell, offset);
        const onFace = offset.every((o, a) => o === 0 || s.position[a]! < 1e-6);
        const outside = far.some((x, a) => x >= cells[a]!);
        if (onFace && outside) place(site, far, false);
      }
    }
    // each bond from the end in this cell, so that all bonds of each site are drawn
    for (const b of model.bonds) {
      const before = subtract(cell, b.cell);
      bonds.push({
        rule: b.rule,
        from: place(b.from, cell, true),
        to: place(b.to, add(cell, b.cell), true),
      });
      bonds.push({
        rule: b.rule,
        from: place(b.from, before, true),
        to: place(b.to, cell, true),
      });
    }
  }
  return { sites: [...sites.values()], bonds, edges: cellEdges(model, cells) };
}

/** The spin of a site in another magnetic cell: turned in a rotating frame. */
function directionAt(model: SpinModel, site: number, cell: Vec3): Vec3 {
  const { direction } = model.sites[site]!;
  const frame = model.rotatingFrame;
  if (!frame) return direction;
  return matVec(rotationAbout(frame.axis, 2 * Math.PI * dot(frame.k, cell)), direction);
}

function cellEdges(model: SpinModel, cells: Vec3): (readonly [Vec3, Vec3])[] {
  const edges: (readonly [Vec3, Vec3])[] = [];
  for (const corner of grid([cells[0] + 1, cells[1] + 1, cells[2] + 1]))
    for (let axis = 0; axis < 3; axis++) {
      if (corner[axis]! >= cells[axis]!) continue;
      const end = corner.map((x, a) => (a === axis ? x + 1 : x)) as unknown as Vec3;
      edges.push([
        fractionalToCartesian(model.lattice, corner),
        fractionalToCartesian(model.lattice, end),
      ]);
    }
  return edges;
}

function grid(n: Vec3): Vec3[] {
  const list: Vec3[] = [];
  for (let i = 0; i < n[0]; i++)
    for (let j = 0; j < n[1]; j++) for (let k = 0; k < n[2]; k++) list.push([i, j, k]);
  return list;
}

/** Mean length and number of the bonds of each rule, in the order of the file. */
export function ruleSummary(
  bonds: readonly Bond[],
): { rule: string; count: number; length: number }[] {
  const rules = new Map<string, { count: number; sum: number }>();
  for (const b of bonds) {
    const r = rules.get(b.rule) ?? { count: 0, sum: 0 };
    rules.set(b.rule, { count: r.count + 1, sum: r.sum + b.lengthAngstrom });
  }
  return [...rules].map(([rule, { count, sum }]) => ({ rule, count, length: sum / count }));
}
