import { XrayError } from '../errors.js';
import type { Lines } from './lines.js';

/** Widths of the line shape. */
export interface BroadenOptions {
  /** Full width at half maximum of the Gaussian part, eV. */
  fwhmEv: number;
  /** Full width at half maximum of the Lorentzian part, eV; 0 (default) leaves a Gaussian, else a Voigt. */
  lorentzianFwhmEv?: number;
}

/**
 * Lines with a peak of area = strength at each, on a grid: a Gaussian, or a Voigt profile by
 * Weideman's series of the complex error function (see `faddeevaReal`).
 * @param grid `[points]`, eV, ascending
 * @param out `[points]`, strength per eV; overwritten
 * @throws XrayError `GRID_INVALID`, `OPTION_INVALID`
 */
export function broaden(
  lines: Lines,
  grid: Float64Array,
  options: BroadenOptions | number,
  out: Float64Array = new Float64Array(grid.length),
): Float64Array {
  const { fwhmEv, lorentzianFwhmEv = 0 } =
    typeof options === 'number' ? { fwhmEv: options } : options;
  if (!(fwhmEv > 0) || !(lorentzianFwhmEv >= 0)) {
    throw new XrayError({
      code: 'OPTION_INVALID',
      what: 'The Gaussian width must be above 0 and the Lorentzian 0 or more',
      got: `${fwhmEv}, ${lorentzianFwhmEv} eV`,
    });
  }
  checkGrid(grid, 'the energy grid');
  out.fill(0);
  const sigma = fwhmEv / Math.sqrt(8 * Math.LN2);
  if (lorentzianFwhmEv === 0) {
    const norm = 1 / (sigma * Math.sqrt(2 * Math.PI));
    const reach = 9 * sigma;
    for (let k = 0; k < lines.energiesEv.length; k++) {
      const e = lines.energiesEv[k]!;
      const s = lines.strengths[k]! * norm;
      for (let i = 0; i < grid.length; i++) {
        const x = grid[i]! - e;
        if (x < -reach || x > reach) continue;
        out[i] = out[i]! + s * Math.exp(-0.5 * (x / sigma) ** 2);
      }
    }
    return out;
  }
  const scale = 1 / (sigma * Math.SQRT2);
  const y = 0.5 * lorentzianFwhmEv * scale;
  const norm = scale / Math.sqrt(Math.PI);
  for (let k = 0; k < lines.energiesEv.length; k++) {
    const e = lines.energiesEv[k]!;
    const s = lines.strengths[k]! * norm;
    for (let i = 0; i < grid.length; i++) {
      out[i] = out[i]! + s * faddeevaReal((grid[i]! - e) * scale, y);
    }
  }
  return out;
}

/**
 * Points from `from` to `to`, both in it, evenly spaced: `[points]`.
 * @throws XrayError `GRID_INVALID`
 */
export function linearGrid(from: number, to: number, points: number): Float64Array {
  if (!(to > from) || !Number.isInteger(points) || points < 2) {
    throw new XrayError({
      code: 'GRID_INVALID',
      what: 'A grid runs from a lower to a higher value in two points or more',
      got: `${from} to ${to} in ${points}`,
    });
  }
  return Float64Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
}

/** @throws XrayError `GRID_INVALID` where a grid is empty, not finite or not ascending */
export function checkGrid(grid: ArrayLike<number>, where: string): void {
  if (grid.length === 0) {
    throw new XrayError({ code: 'GRID_INVALID', what: 'The grid is empty', where });
  }
  for (let i = 0; i < grid.length; i++) {
    if (!Number.isFinite(grid[i]) || (i > 0 && !(grid[i]! > grid[i - 1]!))) {
      throw new XrayError({
        code: 'GRID_INVALID',
        what: 'A grid must be finite and ascending',
        where: `${where}, point ${i}`,
        got: i > 0 ? `${grid[i]} after ${grid[i - 1]}` : String(grid[i]),
      });
    }
  }
}

/** Real part of w(x + iy), y > 0: Weideman's rational series (SIAM J. Numer. Anal. 31, 1497 (1994)). */
export function faddeevaReal(x: number, y: number): number {
  const z2r = weidemanL + y;
  const z2i = -x;
  const norm = z2r * z2r + z2i * z2i;
  // Z = (L + i z) / (L - i z), i z = -y + i x
  const nr = weidemanL - y;
  const ni = x;
  const zr = (nr * z2r + ni * z2i) / norm;
  const zi = (ni * z2r - nr * z2i) / norm;
  let pr = 0;
  let pi = 0;
  for (let k = weidemanCoefficients.length - 1; k >= 0; k--) {
    const t = pr * zr - pi * zi + weidemanCoefficients[k]!;
    pi = pr * zi + pi * zr;
    pr = t;
  }
  // 2 p / (L - i z)^2 + (1/sqrt pi) / (L - i z); 1 / (L - iz) = (z2r - i z2i) / norm
  const ir = z2r / norm;
  const ii = -z2i / norm;
  const qr = ir * ir - ii * ii;
  const qi = 2 * ir * ii;
  return 2 * (pr * qr - pi * qi) + ir / Math.sqrt(Math.PI);
}

const weidemanN = 40;
const weidemanL = Math.sqrt(weidemanN / Math.SQRT2);
/** Fourier coefficients of exp(-t^2) (L^2 + t^2), t = L tan(theta / 2). */
const weidemanCoefficients = Float64Array.from({ length: weidemanN }, (_, n) => {
  const m = 4 * weidemanN;
  let sum = 0;
  for (let k = -m + 1; k < m; k++) {
    const theta = (k * Math.PI) / m;
    const t = weidemanL * Math.tan(theta / 2);
    sum += Math.exp(-t * t) * (weidemanL * weidemanL + t * t) * Math.cos((n + 1) * theta);
  }
  return sum / (2 * m);
});
