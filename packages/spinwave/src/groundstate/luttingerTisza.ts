import type { Mat3, Vec3 } from '../crystal/geometry.js';
import { matScale, transpose } from '../crystal/geometry.js';
import { HermitianEigen } from '../linalg/hermitianEigen.js';
import type { SpinModel } from '../model/types.js';
import { dipoleBonds } from '../theory/dipole/dipole.js';
import { EwaldSum } from '../theory/dipole/ewald.js';

/** How finely k is searched. */
export interface LuttingerTiszaOptions {
  /** Points along each axis of the zone; default 48, 24 or 12 in 1, 2, 3 dimensions, 6 with Ewald sums. */
  readonly grid?: number;
}

/** The lowest eigenvalue of the Fourier-transformed interaction over the zone. */
export interface LuttingerTisza {
  /** r.l.u. of the magnetic cell of the model, each in (-1/2, 1/2]. */
  readonly k: Vec3;
  /** r.l.u. of the chemical lattice. */
  readonly kChemical: Vec3;
  /**
   * Lower bound of the bilinear energy, meV per magnetic cell: no state lies below. It is reached
   * where a state with this k and spins of full length exists.
   */
  readonly energyBoundMeV: number;
  /** Eigenvalue per unit spin vector, meV: energyBound = nSites / 2 times it. */
  readonly eigenvalueMeV: number;
  /** Eigenvectors at k within 1e-6 of the lowest. */
  readonly degeneracy: number;
  /**
   * Every site has the same share of the lowest eigenvectors: what spins of full length require. True
   * for one site a cell. False: the bound is not reached by a single-k state.
   */
  readonly equalLengths: boolean;
  /** Terms of the model that the method leaves out. */
  readonly ignored: readonly string[];
}

/**
 * Luttinger and Tisza's method (Phys. Rev. 70, 954 (1946)): minimises over k the lowest eigenvalue of
 * L_ij(k) = S_i S_j sum over bonds of M exp(2 pi i k.n), 3 x 3 blocks, with single-ion anisotropy on
 * the diagonal, and so the bilinear energy under the weak constraint sum |d_i|^2 = nSites. Grid over
 * the zone of the magnetic cell, then pattern search; k is moved to a fraction with a denominator up
 * to 12 where that costs no energy. A rotating frame of the model is disregarded.
 * @param p `[nParameters]`, as in `model.parameters`; default their values
 */
export function luttingerTisza(
  model: SpinModel,
  p: ArrayLike<number> = Float64Array.from(model.parameters, (x) => x.value),
  options: LuttingerTiszaOptions = {},
): LuttingerTisza {
  const matrix = new InteractionMatrix(model, p);
  const axes = [0, 1, 2].filter((a) => matrix.disperses(a));
  const n = options.grid ?? (matrix.dense ? 6 : [1, 48, 24, 12][axes.length]!);
  const counts = [0, 1, 2].map((a) => (axes.includes(a) ? n : 1)) as unknown as Vec3;
  let best: { k: Vec3; value: number } = { k: [0, 0, 0], value: matrix.lowest([0, 0, 0]) };
  const kept: (typeof best)[] = [best];
  // L(-k) = conj L(k): half of the last dispersive axis is enough
  const half = axes.at(-1);
  for (let i = 0; i < counts[0]; i++)
    for (let j = 0; j < counts[1]; j++)
      for (let l = 0; l < counts[2]; l++) {
        const index = [i, j, l];
        if (half !== undefined && index[half]! > counts[half]! / 2) continue;
        const k: Vec3 = [i / counts[0], j / counts[1], l / counts[2]];
        const value = matrix.lowest(k);
        kept.push({ k, value });
        if (kept.length > 64) trim(kept);
      }
  trim(kept);
  const size = Math.max(matrix.size, Math.abs(best.value), 1e-300);
  for (const start of kept.slice(0, 6)) {
    const end = patternSearch(start, axes, n, (k) => matrix.lowest(k));
    if (end.value < best.value - 1e-11 * size) best = end;
  }
  best = snap(best, axes, (k) => matrix.lowest(k), 1e-9 * size);
  const k = best.k.map((x) => x - Math.ceil(x - 0.5 - 1e-9) + 0) as unknown as Vec3;
  const { degeneracy, shares } = matrix.lowestSpace(k);
  const spread = Math.max(...shares) - Math.min(...shares);
  return {
    k,
    kChemical: k.map((x, a) => x / model.supercell[a]! + 0) as unknown as Vec3,
    energyBoundMeV: (best.value * model.sites.length) / 2,
    eigenvalueMeV: best.value,
    degeneracy,
    equalLengths: spread < 1e-4,
    ignored: ignoredTerms(model),
  };
}

/** L(k) of a model for one set of parameters. */
class InteractionMatrix {
  /** Largest entry, meV. */
  readonly size: number;
  readonly #n: number;
  readonly #blocks: { i: number; j: number; cell: Vec3; m: Mat3 }[] = [];
  readonly #ewald: { sum: EwaldSum; spins: readonly number[] } | undefined;
  readonly #eigen: HermitianEigen;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  constructor(model: SpinModel, p: ArrayLike<number>) {
    const n = model.sites.length;
    this.#n = n;
    this.#eigen = new HermitianEigen(3 * n);
    this.#re = new Float64Array(9 * n * n);
    this.#im = new Float64Array(9 * n * n);
    const value = (t: { parameter: number }) => (t.parameter < 0 ? 1 : p[t.parameter]!);
    for (const bond of [...model.bonds, ...dipoleBonds(model)]) {
      const s = model.sites[bond.from]!.spin * model.sites[bond.to]!.spin;
      for (const t of bond.exchange)
        this.#add(bond.from, bond.to, bond.cell, matScale(t.matrix, s * value(t)));
    }
    for (const { site, matrix } of model.anisotropies) {
      const s = model.sites[site]!.spin;
      // added with its transpose below: S A S = 1/2 d (2 A S^2) d
      for (const t of matrix)
        this.#add(site, site, [0, 0, 0], matScale(t.matrix, s * s * value(t)));
    }
    if (model.dipole?.method === 'ewald')
      this.#ewald = { sum: new EwaldSum(model), spins: model.sites.map((s) => s.spin) };
    this.size = this.#blocks.reduce((size, b) => Math.max(size, ...b.m.map(Math.abs)), 0);
  }

  /** Sums over all pairs of sites make every k expensive. */
  get dense(): boolean {
    return this.#ewald !== undefined;
  }

  disperses(axis: number): boolean {
    return this.#ewald !== undefined || this.#blocks.some((b) => b.cell[axis] !== 0);
  }

  lowest(k: Vec3): number {
    this.#fill(k);
    this.#eigen.solve(this.#re, this.#im, 3 * this.#n);
    return this.#eigen.values[0]!;
  }

  /** How many eigenvectors share the lowest value, and each site's part of them. */
  lowestSpace(k: Vec3): { degeneracy: number; shares: number[] } {
    this.#fill(k);
    this.#eigen.solve(this.#re, this.#im, 0);
    const { values, vectorRe, vectorIm } = this.#eigen;
    const size = 3 * this.#n;
    const shares = new Array<number>(this.#n).fill(0);
    let degeneracy = 0;
    while (
      degeneracy < size &&
      values[degeneracy]! - values[0]! <= 1e-6 * Math.max(this.size, 1e-12)
    )
      degeneracy++;
    for (let v = 0; v < degeneracy; v++)
      for (let c = 0; c < size; c++)
        shares[Math.floor(c / 3)]! +=
          (vectorRe[v * size + c]! ** 2 + vectorIm[v * size + c]! ** 2) / degeneracy;
    return { degeneracy, shares: shares.map((s) => s * this.#n) };
  }

  #add(i: number, j: number, cell: Vec3, m: Mat3): void {
    this.#blocks.push({ i, j, cell, m });
    this.#blocks.push({ i: j, j: i, cell: [-cell[0], -cell[1], -cell[2]], m: transpose(m) });
  }

  #fill(k: Vec3): void {
    const size = 3 * this.#n;
    this.#re.fill(0);
    this.#im.fill(0);
    const put = (i: number, j: number, m: Mat3, c: number, s: number) => {
      for (let a = 0; a < 3; a++)
        for (let b = 0; b < 3; b++) {
          const at = (3 * i + a) * size + 3 * j + b;
          this.#re[at]! += c * m[3 * a + b]!;
          this.#im[at]! += s * m[3 * a + b]!;
        }
    };
    for (const { i, j, cell, m } of this.#blocks) {
      const angle = 2 * Math.PI * (k[0] * cell[0] + k[1] * cell[1] + k[2] * cell[2]);
      put(i, j, m, Math.cos(angle), Math.sin(angle));
    }
    if (this.#ewald)
      for (let i = 0; i < this.#n; i++)
        for (let j = 0; j < this.#n; j++) {
          const { re, im } = this.#ewald.sum.tensor(i, j, k);
          const s = this.#ewald.spins[i]! * this.#ewald.spins[j]!;
          put(i, j, matScale(re, s), 1, 0);
          put(i, j, matScale(im, s), 0, 1);
        }
  }
}

function trim(kept: { k: Vec3; value: number }[]): void {
  kept.sort((a, b) => a.value - b.value);
  kept.length = Math.min(kept.length, 6);
}

/** Steps along the axes, from half the grid spacing down to 1e-9. */
function patternSearch(
  start: { k: Vec3; value: number },
  axes: readonly number[],
  n: number,
  f: (k: Vec3) => number,
): { k: Vec3; value: number } {
  let best = start;
  for (let step = 0.5 / n; step > 1e-9; step *= 0.5)
    for (let moved = true, rounds = 0; moved && rounds < 30; rounds++) {
      moved = false;
      for (const a of axes)
        for (const sign of [1, -1]) {
          const k = best.k.map((x, b) => (a === b ? x + sign * step : x)) as unknown as Vec3;
          const value = f(k);
          if (value < best.value - 1e-14 * Math.abs(best.value)) {
            best = { k, value };
            moved = true;
          }
        }
    }
  return best;
}

/** Moves k to the nearest simple fraction if the value stays. */
function snap(
  found: { k: Vec3; value: number },
  axes: readonly number[],
  f: (k: Vec3) => number,
  tolerance: number,
): { k: Vec3; value: number } {
  for (let denominator = 1; denominator <= 12; denominator++) {
    const k = found.k.map((x, a) =>
      axes.includes(a) ? Math.round(x * denominator) / denominator : x,
    ) as unknown as Vec3;
    if (k.some((x, a) => Math.abs(x - found.k[a]!) > 1e-3)) continue;
    const value = f(k);
    if (value <= found.value + tolerance) return { k, value };
  }
  return found;
}

function ignoredTerms(model: SpinModel): string[] {
  const names: string[] = [];
  if (model.bonds.some((b) => b.biquadratic?.length)) names.push('biquadratic exchange');
  if (model.stevens.length > 0) names.push('Stevens terms');
  if (model.field.length > 0) names.push('field');
  return names;
}
