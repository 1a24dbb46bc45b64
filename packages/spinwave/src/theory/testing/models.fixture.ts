import type { Mat3, Vec3 } from '../../crystal/geometry.js';
import type { Bond, Lattice, LinearMatrixTerm, Site, SpinModel } from '../../model/types.js';

export const UNIT3: Mat3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];

export function scaled(m: Mat3, f: number): Mat3 {
  return m.map((v) => v * f) as unknown as Mat3;
}

export function orthorhombic(a: number, b: number, c: number): Lattice {
  return latticeFrom([a, 0, 0, 0, b, 0, 0, 0, c]);
}

/** a, b with 120 degrees between them. */
export function hexagonal(a: number, c: number): Lattice {
  return latticeFrom([a, 0, 0, -a / 2, (a * Math.sqrt(3)) / 2, 0, 0, 0, c]);
}

export function latticeFrom(vectors: Mat3): Lattice {
  const [ax, ay, az, bx, by, bz, cx, cy, cz] = vectors;
  const bc = [by * cz - bz * cy, bz * cx - bx * cz, bx * cy - by * cx];
  const ca = [cy * az - cz * ay, cz * ax - cx * az, cx * ay - cy * ax];
  const ab = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
  const volume = ax * bc[0]! + ay * bc[1]! + az * bc[2]!;
  const f = (2 * Math.PI) / volume;
  const a = Math.hypot(ax, ay, az);
  const b = Math.hypot(bx, by, bz);
  const c = Math.hypot(cx, cy, cz);
  const angle = (d: number) => (Math.acos(d) * 180) / Math.PI;
  return {
    a,
    b,
    c,
    alpha: angle((bx * cx + by * cy + bz * cz) / (b * c)),
    beta: angle((ax * cx + ay * cy + az * cz) / (a * c)),
    gamma: angle((ax * bx + ay * by + az * bz) / (a * b)),
    vectors,
    reciprocal: [...bc, ...ca, ...ab].map((v) => v * f) as unknown as Mat3,
    volume,
  };
}

export function site(
  position: Vec3,
  spin: number,
  direction: Vec3,
  extra: Partial<Site> = {},
): Site {
  const n = Math.hypot(...direction);
  return {
    label: 'M',
    position,
    spin,
    direction: direction.map((v) => v / n) as unknown as Vec3,
    gTensor: scaled(UNIT3, 2),
    ...extra,
  };
}

/** A bond with a constant matrix, or Heisenberg exchange for a number. */
export function bond(from: number, to: number, cell: Vec3, j: number | Mat3): Bond {
  const matrix = typeof j === 'number' ? scaled(UNIT3, j) : j;
  return linearBond(from, to, cell, [{ parameter: -1, matrix }]);
}

export function linearBond(
  from: number,
  to: number,
  cell: Vec3,
  exchange: LinearMatrixTerm[],
): Bond {
  return { from, to, cell, exchange, lengthAngstrom: 1, rule: 'test' };
}

/** A model with defaults for all that a test does not care about. */
export function makeModel(parts: Partial<SpinModel> & Pick<SpinModel, 'sites'>): SpinModel {
  const lattice = parts.lattice ?? orthorhombic(3, 3, 3);
  const supercell = parts.supercell ?? [1, 1, 1];
  const chemicalLattice =
    parts.chemicalLattice ??
    latticeFrom(
      lattice.vectors.map((v, k) => v / supercell[Math.floor(k / 3)]!) as unknown as Mat3,
    );
  return {
    name: 'test',
    label: 'test',
    parameters: [],
    bonds: [],
    anisotropies: [],
    stevens: [],
    field: [],
    twins: [{ name: 'single', rotation: UNIT3, weight: 1 }],
    temperatureKelvin: 0,
    relax: false,
    ...parts,
    lattice,
    chemicalLattice,
    supercell,
  };
}
