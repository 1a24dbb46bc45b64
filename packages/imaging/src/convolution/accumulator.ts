import { covarianceElements, type CovarianceTable } from '../resolution/covarianceTable.js';
import type { AxisBins } from '../spec/layout.js';
import { normalShape, shapeOffset, type LineShapes } from './lineShape.js';

/** Beyond this many standard deviations nothing is added. */
const reach = 3.7;
/** Pixels that take a smaller part of a peak than this get nothing. */
const smallest = 5e-4;

/** F, G and H of the shapes node by node, [size, 4], so that one look-up touches one or two cache lines. */
function interleaved({ F, G, H }: LineShapes): Float64Array {
  const out = new Float64Array(4 * F.length);
  for (let n = 0; n < F.length; n++) {
    out[4 * n] = F[n]!;
    out[4 * n + 1] = G[n]!;
    out[4 * n + 2] = H[n]!;
  }
  return out;
}

/** Bins an interval of one axis overlaps: probability, mean and variance of the deviation in each. */
class BinMoments {
  first = 0;
  count = 0;
  readonly p: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** Centre and standard deviation of the variable that `set` cuts; an argument would be boxed. */
  readonly input = new Float64Array(2);
  readonly #nodes: Float64Array;

  constructor(
    readonly bins: AxisBins,
    readonly shapes: LineShapes,
  ) {
    this.p = new Float64Array(bins.count);
    this.mean = new Float64Array(bins.count);
    this.variance = new Float64Array(bins.count);
    this.#nodes = interleaved(shapes);
  }

  /** Cuts the variable of `input` and of the shape at `start` by the bins. */
  set(start: number): void {
    const { low, width, count } = this.bins;
    const center = this.input[0]!;
    const sd = this.input[1]!;
    const inverseWidth = 1 / width;
    const lower = (center - reach * sd - low) * inverseWidth;
    const upper = (center + reach * sd - low) * inverseWidth;
    this.count = 0;
    if (!(upper >= 0 && lower < count)) return;
    const from = lower > 0 ? lower | 0 : 0;
    const to = upper < count ? upper | 0 : count - 1;
    this.first = from;
    this.count = to - from + 1;
    const { p, mean, variance } = this;
    const nodes = this.#nodes;
    const { limit, perUnit } = this.shapes;
    const last = this.shapes.nodes - 2;
    // Edges in units of nodes.
    const scale = perUnit / sd;
    const step = width * scale;
    let edge = (low + from * width - center) * scale + limit * perUnit;
    let pa = 0;
    let ga = 0;
    let ha = 0;
    for (let n = -1, bins = to - from; n <= bins; n++) {
      const u = edge < 0 ? 0 : edge > last ? last : edge;
      const i = u | 0;
      const f = u - i;
      const at = (start + i) << 2;
      const pb = nodes[at]! + f * (nodes[at + 4]! - nodes[at]!);
      const gb = nodes[at + 1]! + f * (nodes[at + 5]! - nodes[at + 1]!);
      const hb = nodes[at + 2]! + f * (nodes[at + 6]! - nodes[at + 2]!);
      if (n >= 0) {
        const share = pb - pa;
        if (share > smallest) {
          const inverse = 1 / share;
          const m = (gb - ga) * inverse;
          const v = (hb - ha) * inverse - m * m;
          p[n] = share;
          mean[n] = sd * m;
          variance[n] = v > 0 ? sd * sd * v : 0;
        } else {
          p[n] = 0;
        }
      }
      pa = pb;
      ga = gb;
      ha = hb;
      edge += step;
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
  /** Where `covarianceAt` interpolates: h, k, energy. Numbers passed to a call would be boxed. */
  readonly at = new Float64Array(3);
  /** What `spread` adds: h, k, energy, intensity, then the covariance xx, xy, yy, xe, ye, ee. */
  readonly peak = new Float64Array(10);

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
    const { at } = this;
    at[0] = h;
    at[1] = k;
    at[2] = energyMeV;
    return this.covarianceAt(withBeam);
  }

  /** The same, at the point in `at`. */
  covarianceAt(withBeam: boolean): Float64Array {
    const c = this.#c;
    const table = this.block.table;
    if (!table) return c;
    const { h, k, energy, values } = table;
    const topH = h.count - 1.000001;
    const topK = k.count - 1.000001;
    const topE = energy.count - 1.000001;
    let u = (this.at[0]! - h.low) / h.width;
    let v = (this.at[1]! - k.low) / k.width;
    let w = (this.at[2]! - energy.low) / energy.width;
    u = u < 0 ? 0 : u > topH ? topH : u;
    v = v < 0 ? 0 : v > topK ? topK : v;
    w = w < 0 ? 0 : w > topE ? topE : w;
    const i = u | 0;
    const j = v | 0;
    const n = w | 0;
    const fu = u - i;
    const fv = v - j;
    const fw = w - n;
    const strideK = energy.count * covarianceElements;
    const strideH = k.count * strideK;
    const a = i * strideH + j * strideK + n * covarianceElements;
    const b = a + strideK;
    const d = a + strideH;
    const f = d + strideK;
    const up = covarianceElements;
    const a00 = (1 - fu) * (1 - fv);
    const a01 = (1 - fu) * fv;
    const a10 = fu * (1 - fv);
    const a11 = fu * fv;
    // hh hk kk hE kE EE, then the divergence.
    for (let e = 0; e < covarianceElements; e++) {
      if (e === 6 && !withBeam) e = 10;
      const lower =
        a00 * values[a + e]! + a01 * values[b + e]! + a10 * values[d + e]! + a11 * values[f + e]!;
      const o = e + up;
      const upper =
        a00 * values[a + o]! + a01 * values[b + o]! + a10 * values[d + o]! + a11 * values[f + o]!;
      c[e] = lower + fw * (upper - lower);
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
    const { peak } = this;
    peak[0] = h;
    peak[1] = k;
    peak[2] = energyMeV;
    peak[3] = intensity;
    peak[4] = xx;
    peak[5] = xy;
    peak[6] = yy;
    peak[7] = xe;
    peak[8] = ye;
    peak[9] = ee;
    this.spread();
  }

  /** Adds the peak in `peak`. */
  spread(): void {
    const X = this.#x;
    const Y = this.#y;
    const own = this.#c;
    const E = this.#e;
    const { peak } = this;
    const k = peak[1]!;
    const energyMeV = peak[2]!;
    const intensity = peak[3]!;
    const xx = peak[4]!;
    const xy = peak[5]!;
    const yy = peak[6]!;
    const xe = peak[7]!;
    const ye = peak[8]!;
    const ee = peak[9]!;
    X.input[0] = peak[0]!;
    X.input[1] = Math.sqrt(xx);
    X.set(shapeOffset(X.shapes, energyMeV, 1 - own[0]! / xx));
    const countX = X.count;
    if (countX === 0) return;
    const slope = xy / xx;
    const rest = yy - slope * xy;
    // Below 2 % a correlation of h and k is left out.
    const correlated = xy * xy > 4e-4 * xx * yy;
    const inverse = 1 / (xx * yy - xy * xy);
    const sx = (xe * yy - ye * xy) * inverse;
    const sy = (ye * xx - xe * xy) * inverse;
    const residual = ee - sx * xe - sy * ye;
    const startY = shapeOffset(Y.shapes, energyMeV, 1 - own[2]! / yy);
    if (!correlated) {
      Y.input[0] = k;
      Y.input[1] = Math.sqrt(yy);
      Y.set(startY);
      if (Y.count === 0) return;
    }
    const pX = X.p;
    const meanX = X.mean;
    const varianceX = X.variance;
    const pY = Y.p;
    const meanY = Y.mean;
    const varianceY = Y.variance;
    const { low, width, count } = this.block.slices;
    const inverseWidth = 1 / width;
    const sum = this.sum;
    const nK = this.k.count;
    const { F, perUnit, nodes } = E;
    const last = nodes - 2;
    const middle = E.limit * perUnit;
    // The set of the energy's shapes; that of the share is chosen pixel by pixel.
    const startE = shapeOffset(E, energyMeV, 0);
    const topLevel = E.levels - 1;
    const ownLevels = (own[5]! / ee) * residual * topLevel;
    for (let i = 0; i < countX; i++) {
      const shareX = pX[i]!;
      if (shareX === 0) continue;
      const px = shareX * intensity;
      const mx = meanX[i]!;
      const vx = varianceX[i]!;
      let onRow = energyMeV + sx * mx;
      let kappa = 0;
      let along = vx;
      if (correlated) {
        // Given its h bin, h and k are taken as jointly normal: kappa is the slope of h on k.
        const shift = slope * mx;
        const vk = rest + slope * slope * vx;
        kappa = (slope * vx) / vk;
        along = vx - kappa * kappa * vk;
        onRow += sy * shift;
        Y.input[0] = k + shift;
        Y.input[1] = Math.sqrt(vk);
        Y.set(startY);
      }
      const countY = Y.count;
      const rowAt = (X.first + i) * nK + Y.first;
      const onK = sy + sx * kappa;
      const rowVariance = residual + sx * sx * along;
      for (let j = 0; j < countY; j++) {
        const shareY = pY[j]!;
        if (shareX * shareY < smallest) continue;
        const pxy = px * shareY;
        const center = onRow + onK * meanY[j]!;
        const variance = rowVariance + onK * onK * varianceY[j]!;
        const v = variance > 1e-12 ? variance : 1e-12;
        const sd = Math.sqrt(v);
        const lower = (center - reach * sd - low) * inverseWidth;
        const upper = (center + reach * sd - low) * inverseWidth;
        if (!(upper >= 0 && lower < count)) continue;
        const from = lower > 0 ? lower | 0 : 0;
        const to = upper < count ? upper | 0 : count - 1;
        const inverseSd = 1 / sd;
        let start = startE;
        if (topLevel > 0) {
          // The nearest level of the share of what is normal, 1 - own * residual / v.
          const level = topLevel + 0.5 - ownLevels * inverseSd * inverseSd;
          start += (level < 0 ? 0 : level > topLevel ? topLevel : level | 0) * nodes;
        }
        // Slice edges in units of nodes; linear between nodes, constant outside of the table.
        const scale = perUnit * inverseSd;
        const step = width * scale;
        let edge = (low + from * width - center) * scale + middle;
        let u = edge < 0 ? 0 : edge > last ? last : edge;
        let n = u | 0;
        let at = start + n;
        let pa = F[at]! + (u - n) * (F[at + 1]! - F[at]!);
        const pixel = (rowAt + j) * count;
        for (let s = pixel + from; s <= pixel + to; s++) {
          edge += step;
          u = edge < 0 ? 0 : edge > last ? last : edge;
          n = u | 0;
          at = start + n;
          const pb = F[at]! + (u - n) * (F[at + 1]! - F[at]!);
          sum[s] = sum[s]! + pxy * (pb - pa);
          pa = pb;
        }
      }
    }
  }
}
