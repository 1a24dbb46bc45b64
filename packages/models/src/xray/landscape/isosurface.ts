import { NetworkError } from '../../errors.js';

/** Triangles of a surface. */
export interface Isosurface {
  readonly level: number;
  /** `[vertices, 3]`, in grid indices: 0 .. count - 1 along each axis. */
  readonly vertices: Float64Array;
  /** `[triangles, 3]`: indices of vertices. */
  readonly triangles: Uint32Array;
}

/** A cube's six tetrahedra around its diagonal 0-7; corners are numbered by bits x + 2 y + 4 z. */
const tetrahedra = [
  [0, 1, 3, 7],
  [0, 3, 2, 7],
  [0, 2, 6, 7],
  [0, 6, 4, 7],
  [0, 4, 5, 7],
  [0, 5, 1, 7],
] as const;

/**
 * The surface on which values on a regular grid reach a level, by marching tetrahedra (Doi and
 * Koide, IEICE E74, 214): straight lines inside each of six tetrahedra a cell. Neighbouring cells
 * share their diagonals, so the surface has no holes inside the grid.
 * @param values `[shape[0], shape[1], shape[2]]`, the last axis fastest
 * @throws NetworkError SLICE_INVALID when values and shape differ
 */
export function isosurface(
  values: ArrayLike<number>,
  shape: readonly [number, number, number],
  level: number,
): Isosurface {
  const [nx, ny, nz] = shape;
  if (values.length !== nx * ny * nz || Math.min(nx, ny, nz) < 2) {
    throw new NetworkError({
      code: 'SLICE_INVALID',
      what: 'the values do not fill the grid',
      got: `${values.length} values`,
      expected: `${nx} x ${ny} x ${nz}, at least 2 along each axis`,
    });
  }
  const vertices: number[] = [];
  const triangles: number[] = [];
  const known = new Map<number, number>();
  const total = values.length;
  const crossing = (a: number, b: number): number => {
    const [low, high] = a < b ? [a, b] : [b, a];
    const key = low * total + high;
    const before = known.get(key);
    if (before !== undefined) return before;
    const t = (level - values[low]) / (values[high] - values[low]);
    const at = (i: number, axis: number) =>
      axis === 0 ? Math.floor(i / (ny * nz)) : axis === 1 ? Math.floor(i / nz) % ny : i % nz;
    for (let axis = 0; axis < 3; axis++)
      vertices.push(at(low, axis) * (1 - t) + at(high, axis) * t);
    const index = vertices.length / 3 - 1;
    known.set(key, index);
    return index;
  };
  for (let x = 0; x + 1 < nx; x++) {
    for (let y = 0; y + 1 < ny; y++) {
      for (let z = 0; z + 1 < nz; z++) {
        const corner = (c: number) =>
          ((x + (c & 1)) * ny + y + ((c >> 1) & 1)) * nz + z + ((c >> 2) & 1);
        for (const tetrahedron of tetrahedra) {
          const points = tetrahedron.map(corner);
          const above = points.filter((i) => values[i] >= level);
          const below = points.filter((i) => values[i] < level);
          if (above.length === 1 || above.length === 3) {
            const [apex, others] = above.length === 1 ? [above[0], below] : [below[0], above];
            triangles.push(...others.map((o) => crossing(apex, o)));
          } else if (above.length === 2) {
            const [a, b] = above;
            const [c, d] = below;
            const ac = crossing(a, c);
            const bd = crossing(b, d);
            triangles.push(ac, crossing(a, d), bd, ac, bd, crossing(b, c));
          }
        }
      }
    }
  }
  return { level, vertices: Float64Array.from(vertices), triangles: Uint32Array.from(triangles) };
}
