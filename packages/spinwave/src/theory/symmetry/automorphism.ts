import type { QuadraticTerm } from '../hamiltonian/quadraticForm.js';

/**
 * A permutation of the sites that leaves the quadratic form as it is at every q: site i of cell R goes
 * to site map[i] of cell R + shift[i], its boson picks up the phase z[i]. In the space of Bloch
 * amplitudes psi_i the operator is (P psi)_map[i] = z_i exp(-2 pi i q.shift_i) psi_i (conj z for
 * the a^dagger half). Lattice translations inside an enlarged cell, the exchange of the layers of
 * a bilayer, and the screw of a spiral in a supercell are of this kind.
 */
export interface Automorphism {
  readonly map: Int32Array;
  /** [n, 3], whole cells. */
  readonly shift: Int32Array;
  readonly zRe: Float64Array;
  readonly zIm: Float64Array;
}

/** Coefficients that differ by less than this, relative to the largest, are equal. */
const TOLERANCE = 1e-9;
/** Give up on a search after this many steps: no reduction is not an error. */
const STEP_LIMIT = 20000;

interface Edge {
  readonly to: number;
  readonly d: readonly [number, number, number];
  /** Coefficients by kind and parameter; one edge holds all terms between two sites at one offset. */
  readonly values: ReadonlyMap<string, readonly [number, number]>;
  readonly key: string;
}

/** Finds automorphisms of a quadratic form. */
export class AutomorphismFinder {
  readonly n: number;
  readonly #edges: Edge[][];
  readonly #lookup: Map<string, Edge>;
  readonly #signature: string[];
  readonly #scale: number;
  #steps = 0;

  constructor(terms: readonly QuadraticTerm[], n: number) {
    this.n = n;
    this.#scale = terms.reduce((m, t) => Math.max(m, Math.hypot(t.re, t.im)), 0);
    const grouped = new Map<
      string,
      { i: number; edge: Edge; values: Map<string, [number, number]> }
    >();
    for (const t of terms) {
      if (Math.hypot(t.re, t.im) <= TOLERANCE * this.#scale) continue;
      const name = edgeName(t.i, t.j, t.dx, t.dy, t.dz);
      let g = grouped.get(name);
      if (g === undefined) {
        const values = new Map<string, [number, number]>();
        g = { i: t.i, edge: { to: t.j, d: [t.dx, t.dy, t.dz], values, key: '' }, values };
        grouped.set(name, g);
      }
      g.values.set(`${t.anomalous ? 'b' : 'a'}${t.parameter}`, [t.re, t.im]);
    }
    this.#edges = Array.from({ length: n }, () => []);
    this.#lookup = new Map();
    for (const [name, { i, edge }] of grouped) {
      const parts = [...edge.values].map(
        ([k, [re, im]]) => `${k}:${this.#round(Math.hypot(re, im))}`,
      );
      const keyed = { ...edge, key: parts.sort().join(' ') };
      this.#edges[i]!.push(keyed);
      this.#lookup.set(name, keyed);
    }
    this.#signature = this.#edges.map((list, i) =>
      list
        .map((e) => (isOnSite(e, i) ? `s ${e.key}` : e.key))
        .sort()
        .join('|'),
    );
  }

  #round(v: number): string {
    return (v / this.#scale).toPrecision(7);
  }

  /** Automorphisms that take site 0 to site `image`, at most `limit` of them. */
  find(image: number, limit: number): Automorphism[] {
    const found: Automorphism[] = [];
    if (this.#signature[0] !== this.#signature[image]) return found;
    this.#steps = 0;
    const n = this.n;
    const state = {
      map: new Int32Array(n).fill(-1),
      used: new Uint8Array(n),
      shift: new Int32Array(3 * n),
      zRe: new Float64Array(n),
      zIm: new Float64Array(n),
    };
    for (const z of this.#rootPhases(0, image)) {
      state.map.fill(-1);
      state.used.fill(0);
      if (this.#assign(state, 0, image, [0, 0, 0], z)) {
        this.#search(state, found, limit);
      }
      if (found.length >= limit) break;
    }
    return found;
  }

  /** Phases that the pair term of a site allows its image; 1 where there is none. */
  #rootPhases(i: number, image: number): [number, number][] {
    for (const e of this.#edges[i]!) {
      if (!isOnSite(e, i)) continue;
      const other = this.#lookup.get(edgeName(image, image, 0, 0, 0));
      const largest = largestValue(e, (key) => key.startsWith('b'));
      if (largest === undefined) continue;
      const v = other?.values.get(largest);
      if (v === undefined) return [];
      const [re, im] = e.values.get(largest)!;
      const half = (Math.atan2(v[1], v[0]) - Math.atan2(im, re)) / 2;
      return [[clean(Math.cos(half)), clean(Math.sin(half))]];
    }
    return [[1, 0]];
  }

  #search(state: State, found: Automorphism[], limit: number): void {
    if (++this.#steps > STEP_LIMIT || found.length >= limit) return;
    // The unassigned site with an assigned neighbour; else, in a new connected part, any.
    for (let i = 0; i < this.n; i++) {
      if (state.map[i]! < 0) continue;
      for (const e of this.#edges[i]!) {
        if (state.map[e.to]! >= 0) continue;
        this.#branch(state, i, e, found, limit);
        return;
      }
    }
    const free = state.map.indexOf(-1);
    if (free < 0) {
      found.push({
        map: state.map.slice(),
        shift: state.shift.slice(),
        zRe: state.zRe.slice(),
        zIm: state.zIm.slice(),
      });
      return;
    }
    // Itself last: automorphisms that move every site are the ones of use.
    for (let step = 1; step <= this.n; step++) {
      const image = (free + step) % this.n;
      if (state.used[image]) continue;
      for (const z of this.#rootPhases(free, image).flatMap(bothSigns)) {
        if (this.#assign(state, free, image, [0, 0, 0], z)) {
          this.#search(state, found, limit);
          this.#release(state, free);
          if (found.length >= limit) return;
        }
      }
    }
  }

  #branch(state: State, i: number, e: Edge, found: Automorphism[], limit: number): void {
    const zi: [number, number] = [state.zRe[i]!, state.zIm[i]!];
    for (const f of this.#edges[state.map[i]!]!) {
      if (f.key !== e.key || state.used[f.to]) continue;
      const shift = [0, 1, 2].map((a) => f.d[a]! - e.d[a]! + state.shift[3 * i + a]!);
      const z = neighbourPhase(e, f, zi);
      if (this.#assign(state, e.to, f.to, shift, z)) {
        this.#search(state, found, limit);
        this.#release(state, e.to);
        if (found.length >= limit) return;
      }
    }
  }

  #release(state: State, i: number): void {
    state.used[state.map[i]!] = 0;
    state.map[i] = -1;
  }

  /** Sets the image of a site if all its edges to assigned sites agree. */
  #assign(
    state: State,
    i: number,
    image: number,
    shift: readonly number[],
    z: readonly [number, number],
  ): boolean {
    if (this.#signature[i] !== this.#signature[image]) return false;
    state.map[i] = image;
    state.used[image] = 1;
    state.zRe[i] = z[0];
    state.zIm[i] = z[1];
    for (let a = 0; a < 3; a++) state.shift[3 * i + a] = shift[a]!;
    for (const e of this.#edges[i]!) {
      const j = e.to;
      if (state.map[j]! < 0) continue;
      const f = this.#lookup.get(
        edgeName(
          image,
          state.map[j]!,
          e.d[0] + state.shift[3 * j]! - shift[0]!,
          e.d[1] + state.shift[3 * j + 1]! - shift[1]!,
          e.d[2] + state.shift[3 * j + 2]! - shift[2]!,
        ),
      );
      if (f === undefined || !this.#matches(e, f, z, [state.zRe[j]!, state.zIm[j]!])) {
        this.#release(state, i);
        return false;
      }
    }
    return true;
  }

  /** c' = c z_i conj(z_j) for normal terms, c z_i z_j for anomalous ones. */
  #matches(
    e: Edge,
    f: Edge,
    zi: readonly [number, number],
    zj: readonly [number, number],
  ): boolean {
    if (e.values.size !== f.values.size) return false;
    for (const [key, [re, im]] of e.values) {
      const v = f.values.get(key);
      if (v === undefined) return false;
      const s = key.startsWith('b') ? 1 : -1;
      const pr = zi[0] * zj[0] - s * zi[1] * zj[1];
      const pi = zi[1] * zj[0] + s * zi[0] * zj[1];
      const dr = re * pr - im * pi - v[0];
      const di = re * pi + im * pr - v[1];
      if (Math.hypot(dr, di) > TOLERANCE * this.#scale) return false;
    }
    return true;
  }
}

interface State {
  readonly map: Int32Array;
  readonly used: Uint8Array;
  readonly shift: Int32Array;
  readonly zRe: Float64Array;
  readonly zIm: Float64Array;
}

/** Relative to the part of the first site, a part that is not connected to it may change sign. */
function bothSigns(z: readonly [number, number]): [number, number][] {
  return [
    [z[0], z[1]],
    [-z[0], -z[1]],
  ];
}

function edgeName(i: number, j: number, dx: number, dy: number, dz: number): string {
  return `${i},${j},${dx + 0},${dy + 0},${dz + 0}`;
}

function isOnSite(e: Edge, i: number): boolean {
  return e.to === i && e.d[0] === 0 && e.d[1] === 0 && e.d[2] === 0;
}

/** Phase of the neighbour that takes edge e (from a site with phase zi) to edge f. */
function neighbourPhase(
  e: Edge,
  f: Edge,
  zi: readonly [number, number],
): readonly [number, number] {
  const key = largestValue(e, (k) => f.values.has(k));
  if (key === undefined) return [1, 0];
  const [re, im] = e.values.get(key)!;
  const v = f.values.get(key)!;
  // w = c' / (c z_i), of unit length: z_j = w for anomalous, conj(w) for normal terms
  const dr = re * zi[0] - im * zi[1];
  const di = re * zi[1] + im * zi[0];
  const norm = Math.hypot(dr, di) * Math.hypot(v[0], v[1]);
  const wr = (v[0] * dr + v[1] * di) / norm;
  const wi = (v[1] * dr - v[0] * di) / norm;
  return [clean(wr), clean(key.startsWith('b') ? wi : -wi)];
}

/** Key of the largest coefficient of an edge, whose argument is the most accurate. */
function largestValue(e: Edge, accept: (key: string) => boolean): string | undefined {
  let best: string | undefined;
  let size = 0;
  for (const [key, [re, im]] of e.values) {
    const v = Math.hypot(re, im);
    if (v > size && accept(key)) {
      best = key;
      size = v;
    }
  }
  return best;
}

/** -1, 0 and 1 exactly where rounding missed them. */
function clean(v: number): number {
  for (const exact of [0, 1, -1]) if (Math.abs(v - exact) < 1e-12) return exact;
  return v;
}
