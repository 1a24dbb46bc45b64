import { XrayError } from '../errors.js';
import { checkGrid } from '../spectra/broaden.js';

/** A part of a spectrum's axis. */
export interface Region {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

function inside(grid: Float64Array, region: Region): [number, number] {
  checkGrid(grid, 'the grid of the spectra');
  const { name, from, to } = region;
  let first = 0;
  while (first < grid.length && grid[first]! < from) first++;
  let end = first;
  while (end < grid.length && grid[end]! <= to) end++;
  if (!(to > from) || end - first < 2) {
    throw new XrayError({
      code: 'GRID_MISMATCH',
      what: 'A region needs two points of the grid at least',
      where: name,
      got: `${from} to ${to}: ${Math.max(0, end - first)} points`,
      expected: `inside ${grid[0]} to ${grid[grid.length - 1]}`,
    });
  }
  return [first, end];
}

/**
 * The points of a spectrum in a region.
 * @param grid, spectrum `[points]`
 * @throws XrayError `GRID_MISMATCH` where the region holds fewer than two
 */
export function cutRegion(
  grid: Float64Array,
  spectrum: Float64Array,
  region: Region,
): { grid: Float64Array; spectrum: Float64Array } {
  sameLength(grid, spectrum);
  const [first, end] = inside(grid, region);
  return { grid: grid.slice(first, end), spectrum: spectrum.slice(first, end) };
}

/** Integrals of a spectrum over regions, by the trapezoidal rule. `[regions]` */
export function regionsOfInterest(
  grid: Float64Array,
  spectrum: Float64Array,
  regions: readonly Region[],
): Float64Array {
  sameLength(grid, spectrum);
  return Float64Array.from(regions, (region) => {
    const [first, end] = inside(grid, region);
    let sum = 0;
    for (let i = first + 1; i < end; i++) {
      sum += 0.5 * (spectrum[i]! + spectrum[i - 1]!) * (grid[i]! - grid[i - 1]!);
    }
    return sum;
  });
}

/** Statistical moments of a peak. */
export interface PeakMoments {
  /** Integral. */
  readonly area: number;
  /** Centre of mass, unit of the grid. */
  readonly mean: number;
  /** Standard deviation, unit of the grid. */
  readonly width: number;
  readonly skewness: number;
  /** Excess kurtosis: 0 for a Gaussian. */
  readonly kurtosis: number;
}

/**
 * Moments of the peak inside a region, the spectrum taken as a density there (trapezoidal rule).
 * @param grid, spectrum `[points]`; the moments are in the grid's unit
 * @throws XrayError `GRID_MISMATCH`; also where the region's area is not above 0, for then a mean has no meaning
 */
export function peakMoments(
  grid: Float64Array,
  spectrum: Float64Array,
  region: Region,
): PeakMoments {
  sameLength(grid, spectrum);
  const [first, end] = inside(grid, region);
  const weight = new Float64Array(end - first);
  for (let i = first + 1; i < end; i++) {
    const half = 0.5 * (grid[i]! - grid[i - 1]!);
    weight[i - first - 1] = weight[i - first - 1]! + half * spectrum[i - 1]!;
    weight[i - first] = weight[i - first]! + half * spectrum[i]!;
  }
  const area = weight.reduce((s, w) => s + w, 0);
  if (!(area > 0)) {
    throw new XrayError({
      code: 'GRID_MISMATCH',
      what: 'The peak has no area in this region',
      where: region.name,
      got: String(area),
      next: 'take off the background, or move the region',
    });
  }
  const about = (centre: number, power: number) =>
    weight.reduce((s, w, i) => s + w * (grid[first + i]! - centre) ** power, 0) / area;
  const mean = about(0, 1);
  const variance = about(mean, 2);
  const width = Math.sqrt(Math.max(0, variance));
  return {
    area,
    mean,
    width,
    skewness: width > 0 ? about(mean, 3) / width ** 3 : 0,
    kurtosis: width > 0 ? about(mean, 4) / width ** 4 - 3 : 0,
  };
}

/** What a network learns of a spectrum. */
export type TargetSpec =
  | { readonly kind: 'spectrum'; readonly from?: number; readonly to?: number }
  | { readonly kind: 'regions'; readonly regions: readonly Region[] }
  | {
      readonly kind: 'moments';
      readonly regions: readonly Region[];
      /** Default: mean, width, skewness. */
      readonly moments?: ReadonlyArray<keyof PeakMoments>;
    };

/** Rows of numbers with names for the columns. */
export interface Targets {
  readonly names: readonly string[];
  /** `[rows, names.length]`, row-major. */
  readonly values: Float64Array;
}

/**
 * Targets of spectra on one grid.
 * @param spectra `[rows][grid points]`
 * @throws XrayError `GRID_MISMATCH` where a spectrum has another number of points than the grid
 */
export function makeTargets(
  grid: Float64Array,
  spectra: readonly Float64Array[],
  spec: TargetSpec,
): Targets {
  let names: string[];
  let row: (s: Float64Array) => ArrayLike<number>;
  if (spec.kind === 'spectrum') {
    const region = {
      name: 'spectrum',
      from: spec.from ?? grid[0]!,
      to: spec.to ?? grid[grid.length - 1]!,
    };
    const [first, end] = inside(grid, region);
    names = Array.from(grid.slice(first, end), String);
    row = (s) => s.subarray(first, end);
  } else if (spec.kind === 'regions') {
    names = spec.regions.map((r) => r.name);
    row = (s) => regionsOfInterest(grid, s, spec.regions);
  } else {
    const moments = spec.moments ?? (['mean', 'width', 'skewness'] as const);
    names = spec.regions.flatMap((r) => moments.map((m) => `${r.name} ${m}`));
    row = (s) =>
      spec.regions.flatMap((r) => {
        const found = peakMoments(grid, s, r);
        return moments.map((m) => found[m]);
      });
  }
  const values = new Float64Array(spectra.length * names.length);
  spectra.forEach((spectrum, i) => {
    sameLength(grid, spectrum, i);
    values.set(row(spectrum), i * names.length);
  });
  return { names, values };
}

function sameLength(grid: Float64Array, spectrum: Float64Array, row?: number): void {
  if (grid.length !== spectrum.length) {
    throw new XrayError({
      code: 'GRID_MISMATCH',
      what: 'A spectrum and its grid have different numbers of points',
      ...(row === undefined ? {} : { where: `row ${row}` }),
      got: `${spectrum.length}`,
      expected: `${grid.length}`,
      next: 'bring all spectra onto one grid (resampleSpectrum)',
    });
  }
}

/**
 * A spectrum brought onto another grid by linear interpolation.
 * @param grid, spectrum `[points]`
 * @returns `[points of onto]`
 * @throws XrayError `GRID_MISMATCH` where the new grid goes outside the old one
 */
export function resampleSpectrum(
  grid: Float64Array,
  spectrum: Float64Array,
  onto: Float64Array,
): Float64Array {
  sameLength(grid, spectrum);
  checkGrid(grid, 'the grid of the spectrum');
  checkGrid(onto, 'the new grid');
  const last = grid[grid.length - 1]!;
  const tolerance = 1e-9 * Math.max(Math.abs(grid[0]!), Math.abs(last));
  if (onto[0]! < grid[0]! - tolerance || onto[onto.length - 1]! > last + tolerance) {
    throw new XrayError({
      code: 'GRID_MISMATCH',
      what: 'The new grid goes outside the spectrum',
      got: `${onto[0]} to ${onto[onto.length - 1]}`,
      expected: `inside ${grid[0]} to ${last}`,
    });
  }
  let at = 0;
  return onto.map((x) => {
    while (at < grid.length - 2 && grid[at + 1]! <= x) at++;
    const t = (x - grid[at]!) / (grid[at + 1]! - grid[at]!);
    return spectrum[at]! + Math.max(0, Math.min(1, t)) * (spectrum[at + 1]! - spectrum[at]!);
  });
}
