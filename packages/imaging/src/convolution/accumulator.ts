import { covarianceElements, type CovarianceTable } from '../resolution/covarianceTable.js';
import type { AxisBins } from '../spec/layout.js';
import { normalShape, shapeOffset, type LineShapes } from './lineShape.js';

/** Beyond this many standard deviations nothing is added. */
const reach = 3.7;
/** Pixels that take a smaller part of a peak than this get nothing. */
const smallest = 5e-4;

/** Linear interpolation of a table of standardised shapes; `start` is that of the shape. */
function lookUp(table: Float64Array, shapes: LineShapes, start: number, z: number): number {
  const u = (z + shapes.limit) * shapes.perUnit;
  const last = shapes.nodes - 2;
  if (u <= 0) return table[start]!;
  if (u >= last) return table[start + last]!;
  const i = u | 0;
  const low = table[start + i]!;
  return low + (u - i) * (table[start + i + 1]! - low);
}

/** Bins an interval of one axis overlaps: probability, mean and variance of the deviation in each. */
class BinMoments {
  first = 0;
  count = 0;
  readonly p: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;

  constructor(
    readonly bins: AxisBins,
    readonly shapes: LineShapes,
  ) {
    this.p = new Float64Array(bins.count);
    this.mean = new Float64Array(bins.count);
    this.variance = new Float64Array(bins.count);
  }

  /** A variable of this centre, standard deviation and shape, cut by the bins. */
  set(center: number, sd: number, start: number): void {
    const { low, width, count } = this.bins;
    let from = Math.floor((center - reach * sd - low) / width);
    let to = Math.floor((center + reach * sd - low) / width);
    if (from < 0) from = 0;
    if (to >= count) to = count - 1;
    this.first = from;
    this.count = to - from + 1;
    if (to < from) {
      this.count = 0;
      return;
    }
    const shapes = this.shapes;
    const { F, G, H, limit, perUnit } = shapes;
    const last = shapes.nodes - 2;
    let a = (low + from * width - center) / sd;
    const step = width / sd;
    let pa = 0;
    let ga = 0;
    let ha = 0;
    for (let n = -1; n <= to - from; n++) {
      let u = (a + limit) * perUnit;
      u = u < 0 ? 0 : u > last ? last : u;
      const i = u | 0;
      const f = u - i;
      const at = start + i;
      const pb = F[at]! + f * (F[at + 1]! - F[at]!);
      const gb = G[at]! + f * (G[at + 1]! - G[at]!);
      const hb = H[at]! + f * (H[at + 1]! - H[at]!);
      if (n >= 0) {
        const p = pb - pa;
        if (p > smallest) {
          const m = (gb - ga) / p;
          const v = (hb - ha) / p - m * m;
          this.p[n] = p;
          this.mean[n] = sd * m;
          this.variance[n] = v > 0 ? sd * sd * v : 0;
        } else {
          this.p[n] = 0;
        }
      }
      pa = pb;
      ga = gb;
      ha = hb;
      a += step;
    }
  }
}

/** Settings of one block (one Ei) of the image. */
export interface BlockSettings {
  /** Slice edges, meV: low + s * width. */
  readonly slices: AxisBins;
  /** Undefined: no resolution. */
  readonly table: CovarianceTable | undefined;
  /** Shapes of the deviations in h, in k, and in E given h and k; undefined: normal. */
  readonly shapes?: { readonly h: LineShapes; readonly k: LineShapes; readonly e: LineShapes };
}

/**
 * Spreads mode peaks over the pixels (h, k, E) of one Ei. A peak stands for a cell of the zone grid:
 * a parallelogram of (h, k) over which the energy varies linearly. Cell, resolution and intrinsic
 * width are taken together as one three-dimensional normal distribution, integrated over the pixel
 * in h and k by truncated-normal moments and in E by the conditional distribution, whose mean
 * follows the correlation of E with h and k.
 */
export class BlockAccumulator {
  /** Sum of intensity by pixel, [h, k, slice]. */
  readonly sum: Float64Array;
  readonly #x: BinMoments;
  readonly #y: BinMoments;
  readonly #e: LineShapes;
  readonly #c = new Float64Array(covarianceElements);

  constructor(
    readonly h: AxisBins,
    readonly k: AxisBins,
    readonly block: BlockSettings,
  ) {
    this.sum = new Float64Array(h.count * k.count * block.slices.count);
    this.#x = new BinMoments(h, block.shapes?.h ?? normalShape);
    this.#y = new BinMoments(k, block.shapes?.k ?? normalShape);
    this.#e = block.shapes?.e ?? normalShape;
  }

  clear(): void {
    this.sum.fill(0);
  }

  /** Interpolates the covariance elements (those with t on request); returns the shared array. */
  covariance(h: number, k: number, energyMeV: number, withBeam = false): Float64Array {
    const c = this.#c;
    const table = this.block.table;
    if (!table) return c;
    const clamp = (v: number, n: number): number =>
      v < 0 ? 0 : v > n - 1.000001 ? n - 1.000001 : v;
    const u = clamp((h - table.h.low) / table.h.width, table.h.count);
    const v = clamp((k - table.k.low) / table.k.width, table.k.count);
    const w = clamp((energyMeV - table.energy.low) / table.energy.width, table.energy.count);
    const i = u | 0;
    const j = v | 0;
    const n = w | 0;
    const fu = u - i;
    const fv = v - j;
    const fw = w - n;
    const nE = table.energy.count;
    const strideK = nE * covarianceElements;
    const strideH = table.k.count * strideK;
    const base = i * strideH + j * strideK + n * covarianceElements;
    const a00 = (1 - fu) * (1 - fv);
    const a01 = (1 - fu) * fv;
    const a10 = fu * (1 - fv);
    const a11 = fu * fv;
    const values = table.values;
    // hh hk kk hE kE EE, then the divergence.
    const elements = withBeam ? covarianceElements : covarianceElements - 4;
    for (let e = 0; e < elements; e++) {
      const element = withBeam || e < 6 ? e : e + 4;
      const at = base + element;
      const lower =
        a00 * values[at]! +
        a01 * values[at + strideK]! +
        a10 * values[at + strideH]! +
        a11 * values[at + strideH + strideK]!;
      const up = at + covarianceElements;
      const upper =
        a00 * values[up]! +
        a01 * values[up + strideK]! +
        a10 * values[up + strideH]! +
        a11 * values[up + strideH + strideK]!;
      c[element] = lower + fw * (upper - lower);
    }
    return c;
  }

  /**
   * Adds a peak at (h, k, energyMeV) of this intensity and total covariance (resolution, cell and
   * intrinsic width) of (h, k, E). The resolution's own part of it is what `covariance` gave last.
   */
  add(
    h: number,
    k: number,
    energyMeV: number,
    intensity: number,
    xx: number,
    xy: number,
    yy: number,
    xe: number,
    ye: number,
    ee: number,
  ): void {
    const X = this.#x;
    const Y = this.#y;
    const own = this.#c;
    const E = this.#e;
    X.set(h, Math.sqrt(xx), shapeOffset(X.shapes, energyMeV, 1 - own[0]! / xx));
    if (X.count === 0) return;
    const slope = xy / xx;
    const rest = yy - slope * xy;
    // Below 2 % a correlation of h and k is left out.
    const correlated = xy * xy > 4e-4 * xx * yy;
    const determinant = xx * yy - xy * xy;
    const sx = (xe * yy - ye * xy) / determinant;
    const sy = (ye * xx - xe * xy) / determinant;
    const residual = ee - sx * xe - sy * ye;
    const startY = shapeOffset(Y.shapes, energyMeV, 1 - own[2]! / yy);
    const ownShare = own[5]! / ee;
    if (!correlated) {
      Y.set(k, Math.sqrt(yy), startY);
      if (Y.count === 0) return;
    }
    const { low, width, count } = this.block.slices;
    const sum = this.sum;
    const nK = this.k.count;
    for (let i = 0; i < X.count; i++) {
      const px = X.p[i]! * intensity;
      if (X.p[i] === 0) continue;
      const mx = X.mean[i]!;
      const vx = X.variance[i]!;
      let shift = 0;
      let kappa = 0;
      let along = vx;
      if (correlated) {
        // Given its h bin, h and k are taken as jointly normal: kappa is the slope of h on k.
        shift = slope * mx;
        const vk = rest + slope * slope * vx;
        kappa = (slope * vx) / vk;
        along = vx - kappa * kappa * vk;
        Y.set(k + shift, Math.sqrt(vk), startY);
      }
      const rowAt = (X.first + i) * nK;
      const onK = sy + sx * kappa;
      for (let j = 0; j < Y.count; j++) {
        if (X.p[i]! * Y.p[j]! < smallest) continue;
        const pxy = px * Y.p[j]!;
        const center = energyMeV + sx * mx + sy * shift + onK * Y.mean[j]!;
        const v = residual + sx * sx * along + onK * onK * Y.variance[j]!;
        const sd = Math.sqrt(v > 1e-12 ? v : 1e-12);
        let from = Math.floor((center - reach * sd - low) / width);
        let to = Math.floor((center + reach * sd - low) / width);
        if (from < 0) from = 0;
        if (to >= count) to = count - 1;
        if (to < from) continue;
        const at = (rowAt + Y.first + j) * count;
        const step = width / sd;
        const start = shapeOffset(E, energyMeV, 1 - (ownShare * residual) / v);
        let edge = (low + from * width - center) / sd;
        let pa = lookUp(E.F, E, start, edge);
        for (let s = from; s <= to; s++) {
          edge += step;
          const pb = lookUp(E.F, E, start, edge);
          sum[at + s] = sum[at + s]! + pxy * (pb - pa);
          pa = pb;
        }
      }
    }
  }
}
