import { turnCosine, turnNodes, turnSine } from './turn.js';
import { formFactorsPerStep, type SiteGroups } from '../spectra/siteGroups.js';

/** S_perp of one mode at a time, from group amplitudes; workspaces of one convolution. */
export class ModeIntensity {
  readonly site: Float64Array;
  readonly group: Float64Array;
  /** Where `evaluate` takes the mode: Q (lab, Å^-1) and r.l.u. along the flat axis. */
  readonly q = new Float64Array(4);
  /** What `evaluate` found. */
  readonly result = new Float64Array(1);
  /** Sites ordered by group, and where those of each group end. */
  readonly #order: Int32Array;
  readonly #end: Int32Array;
  /** Form factors one after another, [ion, nodes]. */
  readonly #tables: Float64Array;
  readonly #nodes: number;
  readonly #layer: Float64Array;
  readonly #factor: Float64Array;
  readonly #plainG: boolean;
  readonly #turned = new Float64Array(6);

  constructor(
    readonly groups: SiteGroups,
    readonly nSites: number,
    readonly toLab: Float64Array,
  ) {
    this.site = new Float64Array(2 * nSites);
    this.group = new Float64Array(6 * groups.count);
    this.#layer = new Float64Array(2 * groups.heights.length);
    this.#factor = new Float64Array(groups.factors.length);
    const order = Array.from({ length: nSites }, (_, j) => j);
    this.#order = Int32Array.from(
      order.sort((x, y) => groups.ofSite[x]! - groups.ofSite[y]! || x - y),
    );
    this.#end = new Int32Array(groups.count);
    for (const g of groups.ofSite) {
      for (let later = g; later < groups.count; later++) this.#end[later] = this.#end[later]! + 1;
    }
    this.#nodes = Math.max(...groups.factors.map((f) => f.values.length));
    this.#tables = new Float64Array(groups.factors.length * this.#nodes);
    groups.factors.forEach((f, i) => this.#tables.set(f.values, i * this.#nodes));
    this.#plainG = groups.halfG.every((g, i) => g === ((i % 9) % 4 === 0 ? 1 : 0));
  }

  /** Sums the amplitudes ([nSites, 3, 2] from `at`) by group, with g/2 and the in-plane phases. */
  gather(amplitudes: Float64Array, at: number): void {
    if (this.#plainG) this.#gatherPlain(amplitudes, at);
    else this.#gatherTurned(amplitudes, at);
  }

  /** With g = 2 everywhere: group by group, sums in registers. */
  #gatherPlain(amplitudes: Float64Array, start: number): void {
    const { group, site } = this;
    const order = this.#order;
    const ends = this.#end;
    let n = 0;
    for (let g = 0; g < ends.length; g++) {
      let xr = 0;
      let xi = 0;
      let yr = 0;
      let yi = 0;
      let zr = 0;
      let zi = 0;
      for (const end = ends[g]!; n < end; n++) {
        const j = order[n]!;
        const re = site[2 * j]!;
        const im = site[2 * j + 1]!;
        const at = start + 6 * j;
        const ar = amplitudes[at]!;
        const ai = amplitudes[at + 1]!;
        const br = amplitudes[at + 2]!;
        const bi = amplitudes[at + 3]!;
        const cr = amplitudes[at + 4]!;
        const ci = amplitudes[at + 5]!;
        xr += re * ar - im * ai;
        xi += re * ai + im * ar;
        yr += re * br - im * bi;
        yi += re * bi + im * br;
        zr += re * cr - im * ci;
        zi += re * ci + im * cr;
      }
      const to = 6 * g;
      group[to] = xr;
      group[to + 1] = xi;
      group[to + 2] = yr;
      group[to + 3] = yi;
      group[to + 4] = zr;
      group[to + 5] = zi;
    }
  }

  #gatherTurned(amplitudes: Float64Array, start: number): void {
    const { group, site, groups, nSites } = this;
    const { ofSite } = groups;
    group.fill(0);
    for (let j = 0, at = start; j < nSites; j++, at += 6) {
      const re = site[2 * j]!;
      const im = site[2 * j + 1]!;
      const to = ofSite[j]! * 6;
      const g = groups.halfG;
      const turned = this.#turned;
      for (let x = 0; x < 3; x++) {
        const o = 9 * j + 3 * x;
        for (let ri = 0; ri < 2; ri++) {
          turned[2 * x + ri] =
            g[o]! * amplitudes[at + ri]! +
            g[o + 1]! * amplitudes[at + 2 + ri]! +
            g[o + 2]! * amplitudes[at + 4 + ri]!;
        }
      }
      for (let x = 0; x < 6; x += 2) {
        group[to + x] = group[to + x]! + re * turned[x]! - im * turned[x + 1]!;
        group[to + x + 1] = group[to + x + 1]! + re * turned[x + 1]! + im * turned[x]!;
      }
    }
  }

  /** S_perp of the gathered mode at Q (lab, Å^-1), `along` r.l.u. along the flat axis. */
  at(qx: number, qy: number, qz: number, along: number): number {
    const { q } = this;
    q[0] = qx;
    q[1] = qy;
    q[2] = qz;
    q[3] = along;
    this.evaluate();
    return this.result[0]!;
  }

  /** The same at the point in `q`, into `result`: numbers passed to a call would be boxed. */
  evaluate(): void {
    const { groups, group, toLab, q } = this;
    const factor = this.#factor;
    const layer = this.#layer;
    const tables = this.#tables;
    const nodes = this.#nodes;
    const qx = q[0]!;
    const qy = q[1]!;
    const qz = q[2]!;
    const along = q[3]!;
    const q2 = qx * qx + qy * qy + qz * qz;
    const position = q2 * formFactorsPerStep;
    const node = position | 0;
    if (node + 1 < nodes) {
      const part = position - node;
      for (let f = 0, at = node; f < factor.length; f++, at += nodes) {
        factor[f] = tables[at]! + part * (tables[at + 1]! - tables[at]!);
      }
    } else factor.fill(0);
    // Only differences of phase count: those of the first layer are 1.
    const heights = groups.heights;
    layer[0] = 1;
    layer[1] = 0;
    for (let l = 1; l < heights.length; l++) {
      // e^{-2 pi i x}: that of the nearest node, turned by the rest; exact to rounding.
      const x = along * (heights[0]! - heights[l]!) * turnNodes;
      const nearest = Math.floor(x + 0.5);
      const rest = (x - nearest) * ((2 * Math.PI) / turnNodes);
      const r2 = rest * rest;
      const c = 1 - r2 * (0.5 - r2 * (1 / 24 - r2 / 720));
      const s = rest * (1 - r2 * (1 / 6 - r2 / 120));
      const n = nearest & (turnNodes - 1);
      layer[2 * l] = turnCosine[n]! * c - turnSine[n]! * s;
      layer[2 * l + 1] = turnSine[n]! * c + turnCosine[n]! * s;
    }
    const { ion, layer: layerOf } = groups;
    let xr = 0;
    let xi = 0;
    let yr = 0;
    let yi = 0;
    let zr = 0;
    let zi = 0;
    for (let g = 0; g < groups.count; g++) {
      const f = factor[ion[g]!]!;
      const re = f * layer[2 * layerOf[g]!]!;
      const im = f * layer[2 * layerOf[g]! + 1]!;
      const o = 6 * g;
      xr += re * group[o]! - im * group[o + 1]!;
      xi += re * group[o + 1]! + im * group[o]!;
      yr += re * group[o + 2]! - im * group[o + 3]!;
      yi += re * group[o + 3]! + im * group[o + 2]!;
      zr += re * group[o + 4]! - im * group[o + 5]!;
      zi += re * group[o + 5]! + im * group[o + 4]!;
    }
    // M in the lab, S = |M|^2 - |q.M|^2 / q^2.
    const lxr = toLab[0]! * xr + toLab[1]! * yr + toLab[2]! * zr;
    const lxi = toLab[0]! * xi + toLab[1]! * yi + toLab[2]! * zi;
    const lyr = toLab[3]! * xr + toLab[4]! * yr + toLab[5]! * zr;
    const lyi = toLab[3]! * xi + toLab[4]! * yi + toLab[5]! * zi;
    const lzr = toLab[6]! * xr + toLab[7]! * yr + toLab[8]! * zr;
    const lzi = toLab[6]! * xi + toLab[7]! * yi + toLab[8]! * zi;
    const dr = qx * lxr + qy * lyr + qz * lzr;
    const di = qx * lxi + qy * lyi + qz * lzi;
    const whole = lxr * lxr + lxi * lxi + lyr * lyr + lyi * lyi + lzr * lzr + lzi * lzi;
    this.result[0] = whole - (dr * dr + di * di) / q2;
  }
}
