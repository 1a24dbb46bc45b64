import { normalDensity, normalLimit, normalPerUnit, normalTable } from './normal.js';

/**
 * Standardised distributions (mean 0, variance 1) by table: cumulative F(z), and the partial moments
 * G(z) = integral of u dF and H(z) = integral of u^2 dF up to z, at z = -limit + n / perUnit.
 * Several energies and, for each, several shares of an added normal distribution (so that a
 * resolution of known shape can be widened by something normal); [energies, levels, nodes].
 */
export interface LineShapes {
  readonly perUnit: number;
  readonly limit: number;
  readonly nodes: number;
  readonly levels: number;
  readonly energies: number;
  /** Energy of the first set and the step to the next, meV. */
  readonly energyLow: number;
  readonly energyStep: number;
  readonly F: Float64Array;
  readonly G: Float64Array;
  readonly H: Float64Array;
}

/** The normal distribution itself: one energy, one level. */
export const normalShape: LineShapes = {
  perUnit: normalPerUnit,
  limit: normalLimit,
  nodes: normalTable.length,
  levels: 1,
  energies: 1,
  energyLow: 0,
  energyStep: 1,
  F: normalTable,
  G: Float64Array.from(normalTable, (_, n) => -normalDensity(n / normalPerUnit - normalLimit)),
  H: Float64Array.from(normalTable, (f, n) => {
    const z = n / normalPerUnit - normalLimit;
    return f - z * normalDensity(z);
  }),
};

/** Start of the set for this energy and normal share (0 to 1) in the tables. */
export function shapeOffset(shapes: LineShapes, energyMeV: number, normalShare: number): number {
  if (shapes.levels === 1 && shapes.energies === 1) return 0;
  let e = Math.round((energyMeV - shapes.energyLow) / shapes.energyStep);
  e = e < 0 ? 0 : e >= shapes.energies ? shapes.energies - 1 : e;
  let l = Math.round(normalShare * (shapes.levels - 1));
  l = l < 0 ? 0 : l >= shapes.levels ? shapes.levels - 1 : l;
  return (e * shapes.levels + l) * shapes.nodes;
}

const limit = 6;
const perUnit = 32;
const nodes = 2 * limit * perUnit + 2;
const levels = 9;

/** Tables from samples of one variable at each energy; every sample is standardised by its own. */
export function lineShapes(
  samples: readonly Float64Array[],
  energyLow: number,
  energyStep: number,
): LineShapes {
  const size = samples.length * levels * nodes;
  const F = new Float64Array(size);
  const G = new Float64Array(size);
  const H = new Float64Array(size);
  samples.forEach((x, e) => {
    const histogram = standardHistogram(x);
    for (let l = 0; l < levels; l++) {
      fill(histogram, l / (levels - 1), F, G, H, (e * levels + l) * nodes);
    }
  });
  return {
    perUnit,
    limit,
    nodes,
    levels,
    energies: samples.length,
    energyLow,
    energyStep,
    F,
    G,
    H,
  };
}

/** Shares of the samples by cell of width 1/perUnit, after standardising them. */
function standardHistogram(x: Float64Array): Float64Array {
  let mean = 0;
  let square = 0;
  for (const v of x) mean += v / x.length;
  for (const v of x) square += (v - mean) ** 2 / x.length;
  const sd = Math.sqrt(square) || 1;
  const out = new Float64Array(nodes - 2);
  for (const v of x) {
    const cell = Math.floor(((v - mean) / sd + limit) * perUnit);
    const at = Math.min(Math.max(cell, 0), out.length - 1);
    out[at] = out[at]! + 1 / x.length;
  }
  return out;
}

/** One level: sqrt(1 - share) of the histogram's variable plus sqrt(share) of a normal one. */
function fill(
  histogram: Float64Array,
  share: number,
  F: Float64Array,
  G: Float64Array,
  H: Float64Array,
  offset: number,
): void {
  const cells = histogram.length;
  const weight = new Float64Array(cells);
  if (share === 0) weight.set(histogram);
  else if (share === 1) {
    for (let c = 0; c < cells; c++) weight[c] = normalDensity((c + 0.5) / perUnit - limit);
  } else {
    const scale = Math.sqrt(1 - share);
    const sd = Math.sqrt(share);
    const reach = Math.ceil(5 * sd * perUnit);
    for (let c = 0; c < cells; c++) {
      if (histogram[c] === 0) continue;
      const center = scale * ((c + 0.5) / perUnit - limit);
      const at = Math.floor((center + limit) * perUnit);
      for (let d = Math.max(0, at - reach); d <= Math.min(cells - 1, at + reach); d++) {
        const z = (d + 0.5) / perUnit - limit - center;
        weight[d] = weight[d]! + histogram[c]! * normalDensity(z / sd);
      }
    }
  }
  // Mean and variance of the cells are set to 0 and 1 by shifting and stretching the coordinate.
  let sum = 0;
  let mean = 0;
  let square = 0;
  for (let c = 0; c < cells; c++) sum += weight[c]!;
  for (let c = 0; c < cells; c++) mean += (weight[c]! / sum) * ((c + 0.5) / perUnit - limit);
  for (let c = 0; c < cells; c++) {
    square += (weight[c]! / sum) * ((c + 0.5) / perUnit - limit - mean) ** 2;
  }
  const sd = Math.sqrt(square + 1 / (12 * perUnit * perUnit));
  // Cumulative at cell edges of the stretched coordinate, resampled on the nodes.
  const cumulative = new Float64Array(cells + 1);
  for (let c = 0; c < cells; c++) cumulative[c + 1] = cumulative[c]! + weight[c]! / sum;
  const at = (z: number): number => {
    const u = (z * sd + mean + limit) * perUnit;
    if (u <= 0) return 0;
    if (u >= cells) return 1;
    const i = Math.floor(u);
    return cumulative[i]! + (u - i) * (cumulative[i + 1]! - cumulative[i]!);
  };
  let g = 0;
  let h = 0;
  let before = at(-limit);
  F[offset] = before;
  for (let n = 1; n < nodes; n++) {
    const f = at(n / perUnit - limit);
    const middle = (n - 0.5) / perUnit - limit;
    g += (f - before) * middle;
    h += (f - before) * (middle * middle + 1 / (12 * perUnit * perUnit));
    F[offset + n] = f;
    G[offset + n] = g;
    H[offset + n] = h;
    before = f;
  }
}
