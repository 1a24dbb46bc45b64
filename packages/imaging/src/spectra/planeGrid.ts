import type { PreparedModel, SpinModel, Twin } from '@spectraloom/spinwave';
import { dot, times, transposed, type Vector } from '../geometry/linear.js';
import type { ImageFrame } from '../geometry/frame.js';
import type { AxisBins } from '../spec/layout.js';

/**
 * A grid over the magnetic zone in the two axes across a flat one: points ((I + u)/nI,
 * (J + v)/nJ) of the magnetic cell's r.l.u. The offset (u, v) = (1/2, 1/2) keeps clear of q = 0 and
 * makes the grid its own image under q -> -q; others serve to estimate the grid's error.
 */
export interface PlaneGrid {
  /** Index of the flat axis and of the two others, in the magnetic lattice. */
  readonly flat: number;
  readonly first: number;
  readonly second: number;
  readonly counts: readonly [number, number];
  readonly offset: readonly [number, number];
  /** [nI * nJ, 3], r.l.u. of the chemical lattice; point I * nJ + J. */
  readonly q: Float64Array;
}

/** One twin's grid points inside the image (and its margin), ordered by zone point. */
export interface TwinPoints {
  readonly weight: number;
  readonly count: number;
  /** Index of the zone point, [count]. */
  readonly zone: Int32Array;
  /** Image coordinates, [count]. */
  readonly h: Float64Array;
  readonly k: Float64Array;
  /** Rows of `phases1` and `phases2`, [count]. */
  readonly row1: Int32Array;
  readonly row2: Int32Array;
  /** exp(-2 pi i h_m x_j) and exp(-2 pi i k_m y_j), [rows, nSites, 2]. */
  readonly phases1: Float64Array;
  readonly phases2: Float64Array;
  /** Image step of I and of J: [dh, dk] each. */
  readonly step1: readonly [number, number];
  readonly step2: readonly [number, number];
  /** Component along the flat axis, r.l.u. of the magnetic cell: at t = 0 [count], and per t. */
  readonly flat0: Float64Array;
  readonly flatPerT: number;
  /** 3 x 3: takes vectors of the twin's frame to the lab. */
  readonly toLab: Float64Array;
}

/** Twin rotations as they are used: geometry (orthogonal) and amplitudes (may be singular). */
export interface TwinTransform {
  readonly weight: number;
  readonly rotation: readonly number[];
  readonly amplitude: readonly number[];
}

/**
 * `published` reproduces the data set of Butler et al. (2021): the rotation of every twin but an
 * untwinned one has its z row zeroed, so that the twin's l is 0 and its z components are lost.
 */
export function twinTransforms(
  twins: readonly Twin[],
  kind: 'proper' | 'published',
): TwinTransform[] {
  return twins.map(({ weight, rotation }) => {
    const identity = rotation.every((v, i) => Math.abs(v - (i % 4 === 0 ? 1 : 0)) < 1e-12);
    const amplitude =
      kind === 'published' && !identity ? [...rotation.slice(0, 6), 0, 0, 0] : [...rotation];
    return { weight, rotation: [...rotation], amplitude };
  });
}

const row = (m: readonly number[], i: number): Vector => [m[3 * i]!, m[3 * i + 1]!, m[3 * i + 2]!];

/** Image (h, k, t) of a unit of each magnetic r.l.u. of a twin. */
function imageOfAxes(model: SpinModel, frame: ImageFrame, rotation: readonly number[]): Vector[] {
  return [0, 1, 2].map((axis) =>
    times(frame.fromCartesian, times(transposed(rotation), row(model.lattice.reciprocal, axis))),
  );
}

/**
 * The flat axis that makes energies independent of t for every twin, or undefined: then the model
 * disperses along the beam.
 */
export function flatAxisAlongBeam(
  prepared: Pick<PreparedModel, 'model' | 'flatAxes'>,
  frame: ImageFrame,
  twins: readonly TwinTransform[],
): number | undefined {
  return [0, 1, 2].find(
    (axis) =>
      prepared.flatAxes[axis] &&
      twins.every(({ rotation }) => {
        const [h, k] = imageOfAxes(prepared.model, frame, rotation)[axis]!;
        return Math.abs(h) < 1e-9 && Math.abs(k) < 1e-9;
      }),
  );
}

/** Bins of one image axis a step of 1/n of an r.l.u. spans; n is chosen so that it is <= 1/points. */
function countFor(extent: number, width: number, points: number): number {
  return Math.max(1, Math.ceil((points * Math.abs(extent)) / width - 1e-9));
}

export function planeGrid(
  model: SpinModel,
  frame: ImageFrame,
  twins: readonly TwinTransform[],
  flat: number,
  bins: { h: AxisBins; k: AxisBins },
  pointsPerPixel: number,
  offset: readonly [number, number] = [0.5, 0.5],
): PlaneGrid {
  const [first, second] = [0, 1, 2].filter((a) => a !== flat) as [number, number];
  const counts: [number, number] = [1, 1];
  for (const { rotation } of twins) {
    const image = imageOfAxes(model, frame, rotation);
    [first, second].forEach((axis, n) => {
      const [h, k] = image[axis]!;
      counts[n] = Math.max(
        counts[n]!,
        countFor(h, bins.h.width, pointsPerPixel),
        countFor(k, bins.k.width, pointsPerPixel),
      );
    });
  }
  const q = new Float64Array(counts[0] * counts[1] * 3);
  for (let i = 0; i < counts[0]; i++) {
    for (let j = 0; j < counts[1]; j++) {
      const at = 3 * (i * counts[1] + j);
      q[at + first] = (i + offset[0]) / counts[0] / model.supercell[first]!;
      q[at + second] = (j + offset[1]) / counts[1] / model.supercell[second]!;
    }
  }
  return { flat, first, second, counts, offset, q };
}

function phaseTable(
  model: SpinModel,
  axis: number,
  low: number,
  high: number,
  n: number,
  offset: number,
): Float64Array {
  const nSites = model.sites.length;
  const out = new Float64Array((high - low + 1) * nSites * 2);
  let at = 0;
  for (let i = low; i <= high; i++) {
    for (const site of model.sites) {
      const angle = (-2 * Math.PI * (i + offset) * site.position[axis]!) / n;
      out[at++] = Math.cos(angle);
      out[at++] = Math.sin(angle);
    }
  }
  return out;
}

/** The grid points of a twin whose image lies within the bins and `margin` (image units) of them. */
export function twinPoints(
  model: SpinModel,
  frame: ImageFrame,
  twin: TwinTransform,
  grid: PlaneGrid,
  bins: { h: AxisBins; k: AxisBins },
  margin: readonly [number, number],
): TwinPoints {
  const image = imageOfAxes(model, frame, twin.rotation);
  const [n1, n2] = grid.counts;
  const e1 = image[grid.first]!;
  const e2 = image[grid.second]!;
  const step1 = [e1[0] / n1, e1[1] / n1] as const;
  const step2 = [e2[0] / n2, e2[1] / n2] as const;
  const low = [bins.h.low - margin[0], bins.k.low - margin[1]] as const;
  const high = [
    bins.h.low + bins.h.width * bins.h.count + margin[0],
    bins.k.low + bins.k.width * bins.k.count + margin[1],
  ] as const;
  const area = step1[0] * step2[1] - step1[1] * step2[0];
  // Index range from the corners of the rectangle.
  const corners = [low, [low[0], high[1]], [high[0], low[1]], high].map(([x, y]) => [
    (x! * step2[1] - y! * step2[0]) / area - grid.offset[0],
    (y! * step1[0] - x! * step1[1]) / area - grid.offset[1],
  ]);
  const range = (n: 0 | 1): [number, number] => [
    Math.ceil(Math.min(...corners.map((c) => c[n]!))),
    Math.floor(Math.max(...corners.map((c) => c[n]!))),
  ];
  const [i0, i1] = range(0);
  const [j0, j1] = range(1);
  const found: { zone: number; i: number; j: number; h: number; k: number }[] = [];
  const wrap = (i: number, n: number): number => ((i % n) + n) % n;
  for (let i = i0; i <= i1; i++) {
    for (let j = j0; j <= j1; j++) {
      const u = i + grid.offset[0];
      const v = j + grid.offset[1];
      const h = u * step1[0] + v * step2[0];
      const k = u * step1[1] + v * step2[1];
      if (h < low[0] || h > high[0] || k < low[1] || k > high[1]) continue;
      found.push({ zone: wrap(i, n1) * n2 + wrap(j, n2), i: i - i0, j: j - j0, h, k });
    }
  }
  found.sort((a, b) => a.zone - b.zone);
  const direct = row(model.lattice.vectors, grid.flat);
  const flatOf = (v: Vector): number => dot(times(twin.amplitude, v), direct) / (2 * Math.PI);
  const { a, b, c } = frame;
  return {
    weight: twin.weight,
    count: found.length,
    zone: Int32Array.from(found, (p) => p.zone),
    h: Float64Array.from(found, (p) => p.h),
    k: Float64Array.from(found, (p) => p.k),
    row1: Int32Array.from(found, (p) => p.i),
    row2: Int32Array.from(found, (p) => p.j),
    phases1: phaseTable(model, grid.first, i0, i1, n1, grid.offset[0]),
    phases2: phaseTable(model, grid.second, j0, j1, n2, grid.offset[1]),
    step1,
    step2,
    flat0: Float64Array.from(found, ({ h, k }) =>
      flatOf([h * a[0] + k * b[0], h * a[1] + k * b[1], h * a[2] + k * b[2]]),
    ),
    flatPerT: flatOf(c),
    toLab: transposed(twin.amplitude),
  };
}
