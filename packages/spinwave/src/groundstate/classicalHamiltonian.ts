import type { Mat3, Vec3 } from '../crystal/geometry.js';
import {
  IDENTITY,
  dot,
  matAdd,
  matMul,
  matScale,
  matVec,
  rotationAbout,
  transpose,
} from '../crystal/geometry.js';
import { stevensFunction, stevensGradient } from '../model/stevens.js';
import type { LinearScalarTerm, SpinModel } from '../model/types.js';
import { dipoleBonds } from '../theory/dipole/dipole.js';
import { EwaldSum } from '../theory/dipole/ewald.js';
import { DEFAULT_CONVENTIONS } from '../theory/hamiltonian/expansion.js';
import type { Conventions } from '../theory/hamiltonian/expansion.js';
import { stevensRenormalisation } from '../theory/hamiltonian/stevens.js';
import { BOHR_MAGNETON_MEV_PER_T } from '../theory/units.js';

/** B (S_i . R S_j)^2 of one bond; R turns spin j in a rotating frame. */
interface BiquadraticPair {
  readonly i: number;
  readonly j: number;
  readonly turn: Mat3 | undefined;
  /** Factors of x^2 and x with x = d_i . R d_j. */
  readonly square: number;
  readonly slope: number;
}

/**
 * Classical energy of a spin model as a function of its spin directions, for one set of parameters:
 * what ground states are searched with. Every term of the model counts (exchange, biquadratic,
 * anisotropy, Stevens, field, dipoles), with the conventions of theory/hamiltonian/expansion.ts, so that the
 * energy is that of `classicalEnergy`. In a rotating frame the directions are those in cell 0.
 *
 * Directions: Float64Array [nSites, 3] of unit vectors. Energies in meV per magnetic cell.
 */
export class ClassicalHamiltonian {
  readonly nSites: number;
  /** couplings[i]: (j, S_i S_j K_ij) with K_ij summed over all bonds of i and j, both directions. */
  readonly #couplings: { readonly j: number; readonly m: Mat3 }[][];
  readonly #onSite: Mat3[];
  readonly #field: Vec3[];
  readonly #stevens: {
    readonly site: number;
    readonly k: number;
    readonly q: number;
    readonly strength: number;
  }[];
  readonly #biquadratic: BiquadraticPair[] = [];
  #constant = 0;

  constructor(model: SpinModel, p: ArrayLike<number>, conventions: Partial<Conventions> = {}) {
    const { singleIon, biquadratic } = {
      ...DEFAULT_CONVENTIONS,
      ...model.conventions,
      ...conventions,
    };
    const n = model.sites.length;
    this.nSites = n;
    const value = (t: { parameter: number }) => (t.parameter < 0 ? 1 : p[t.parameter]!);
    const sum = (terms: readonly LinearScalarTerm[]) =>
      terms.reduce((s, t) => s + t.factor * value(t), 0);
    const spin = (i: number) => model.sites[i]!.spin;
    const pairs = new Map<number, Mat3>();
    const couple = (i: number, j: number, m: Mat3) => {
      const old = pairs.get(i * n + j);
      pairs.set(i * n + j, old ? matAdd(old, m) : m);
    };
    const frame = model.rotatingFrame;
    for (const bond of [...model.bonds, ...dipoleBonds(model)]) {
      const { from: i, to: j } = bond;
      const turn =
        frame && bond.cell.some((c) => c !== 0)
          ? rotationAbout(frame.axis, 2 * Math.PI * dot(frame.k, bond.cell))
          : undefined;
      let m: Mat3 = matScale(IDENTITY, 0);
      for (const t of bond.exchange) m = matAdd(m, matScale(t.matrix, value(t)));
      if (turn) m = matMul(m, turn);
      m = matScale(m, spin(i) * spin(j));
      couple(i, j, m);
      couple(j, i, transpose(m));
      if (bond.biquadratic) {
        const b = sum(bond.biquadratic);
        const [si, sj] = [spin(i), spin(j)];
        const quantum = biquadratic === 'quantum';
        const c = quantum ? (1 - 0.5 / si) * (1 - 0.5 / sj) : 1;
        this.#biquadratic.push({
          i,
          j,
          turn,
          square: b * c * (si * sj) ** 2,
          slope: quantum ? (-b / 2) * si * sj : 0,
        });
        if (quantum)
          this.#constant += (b * (si * (si + 1) * sj * (sj + 1) - c * (si * sj) ** 2)) / 3;
      }
    }
    if (model.dipole?.method === 'ewald') {
      const ewald = new EwaldSum(model);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          couple(i, j, matScale(ewald.tensor(i, j, [0, 0, 0]).re, spin(i) * spin(j)));
    }
    this.#couplings = model.sites.map(() => []);
    for (const [key, m] of pairs) this.#couplings[Math.floor(key / n)]!.push({ j: key % n, m });

    this.#onSite = model.sites.map(() => matScale(IDENTITY, 0));
    for (const { site, matrix } of model.anisotropies)
      for (const t of matrix) {
        const s = spin(site);
        let a = matScale(matAdd(t.matrix, transpose(t.matrix)), 0.5 * value(t));
        if (singleIon === 'quantum') {
          const trace = (a[0] + a[4] + a[8]) / 3;
          this.#constant += trace * s * (s + 1);
          a = matScale(matAdd(a, matScale(IDENTITY, -trace)), stevensRenormalisation(2, s));
        }
        this.#onSite[site] = matAdd(this.#onSite[site]!, matScale(a, s * s));
      }
    this.#stevens = model.stevens.map(({ site, k, q, strength }) => ({
      site,
      k,
      q,
      strength:
        sum(strength) *
        spin(site) ** k *
        (singleIon === 'quantum' ? stevensRenormalisation(k, spin(site)) : 1),
    }));
    this.#field = model.sites.map((site) => {
      let b: Vec3 = [0, 0, 0];
      for (const f of model.field) {
        const v = value(f);
        b = [b[0] + v * f.tesla[0], b[1] + v * f.tesla[1], b[2] + v * f.tesla[2]];
      }
      const g = matVec(transpose(site.gTensor), b);
      const c = BOHR_MAGNETON_MEV_PER_T * site.spin;
      return [c * g[0], c * g[1], c * g[2]];
    });
  }

  /** Energy, meV per magnetic cell. */
  energy(d: Float64Array): number {
    return this.gradient(d);
  }

  /** Energy; with `out` ([nSites, 3]) also dE/dd as if directions were free vectors, meV. */
  gradient(d: Float64Array, out?: Float64Array): number {
    let energy = this.#constant;
    out?.fill(0);
    const at = (i: number): Vec3 => [d[3 * i]!, d[3 * i + 1]!, d[3 * i + 2]!];
    const add = (i: number, g: Vec3, factor = 1) => {
      if (!out) return;
      out[3 * i]! += factor * g[0];
      out[3 * i + 1]! += factor * g[1];
      out[3 * i + 2]! += factor * g[2];
    };
    for (let i = 0; i < this.nSites; i++) {
      const di = at(i);
      let hx = 0;
      let hy = 0;
      let hz = 0;
      for (const { j, m } of this.#couplings[i]!) {
        const x = d[3 * j]!;
        const y = d[3 * j + 1]!;
        const z = d[3 * j + 2]!;
        hx += m[0] * x + m[1] * y + m[2] * z;
        hy += m[3] * x + m[4] * y + m[5] * z;
        hz += m[6] * x + m[7] * y + m[8] * z;
      }
      energy += 0.5 * (di[0] * hx + di[1] * hy + di[2] * hz);
      add(i, [hx, hy, hz]);
      const a = matVec(this.#onSite[i]!, di);
      energy += dot(di, a);
      add(i, a, 2);
      const f = this.#field[i]!;
      energy += dot(f, di);
      add(i, f);
    }
    for (const { site, k, q, strength } of this.#stevens) {
      energy += strength * stevensFunction(k, q, at(site));
      if (out) add(site, stevensGradient(k, q, at(site)), strength);
    }
    for (const { i, j, turn, square, slope } of this.#biquadratic) {
      const di = at(i);
      const dj = turn ? matVec(turn, at(j)) : at(j);
      const x = dot(di, dj);
      energy += square * x * x + slope * x;
      const g = 2 * square * x + slope;
      add(i, dj, g);
      add(j, turn ? matVec(transpose(turn), di) : di, g);
    }
    return energy;
  }
}

/** Directions of a model, [nSites, 3]. */
export function directionsOf(model: SpinModel): Float64Array {
  return Float64Array.from(model.sites.flatMap((s) => [...s.direction]));
}

/** The model with other spin directions ([nSites, 3], normalised here). */
export function withDirections(model: SpinModel, d: ArrayLike<number>): SpinModel {
  return {
    ...model,
    sites: model.sites.map((site, i) => {
      const v: Vec3 = [d[3 * i]!, d[3 * i + 1]!, d[3 * i + 2]!];
      const n = Math.hypot(...v);
      return { ...site, direction: [v[0] / n, v[1] / n, v[2] / n] };
    }),
  };
}
