import type { SiteGroups } from '../spectra/siteGroups.js';

/** S_perp of one mode at a time, from group amplitudes; workspaces of one convolution. */
export class ModeIntensity {
  readonly site: Float64Array;
  readonly group: Float64Array;
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
    this.#plainG = groups.halfG.every((g, i) => g === ((i % 9) % 4 === 0 ? 1 : 0));
  }

  /** Sums the amplitudes ([nSites, 3, 2] from `at`) by group, with g/2 and the in-plane phases. */
  gather(amplitudes: Float64Array, at: number): void {
    const { group, site, groups, nSites } = this;
    const { ofSite } = groups;
    group.fill(0);
    for (let j = 0; j < nSites; j++, at += 6) {
      const re = site[2 * j]!;
      const im = site[2 * j + 1]!;
      const to = ofSite[j]! * 6;
      if (this.#plainG) {
        const xr = amplitudes[at]!;
        const xi = amplitudes[at + 1]!;
        const yr = amplitudes[at + 2]!;
        const yi = amplitudes[at + 3]!;
        const zr = amplitudes[at + 4]!;
        const zi = amplitudes[at + 5]!;
        group[to] = group[to]! + re * xr - im * xi;
        group[to + 1] = group[to + 1]! + re * xi + im * xr;
        group[to + 2] = group[to + 2]! + re * yr - im * yi;
        group[to + 3] = group[to + 3]! + re * yi + im * yr;
        group[to + 4] = group[to + 4]! + re * zr - im * zi;
        group[to + 5] = group[to + 5]! + re * zi + im * zr;
        continue;
      }
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
    const { groups, group, toLab } = this;
    const factor = this.#factor;
    const layer = this.#layer;
    const q2 = qx * qx + qy * qy + qz * qz;
    for (let f = 0; f < factor.length; f++) {
      const table = groups.factors[f]!;
      const u = q2 * table.perStep;
      const i = u | 0;
      const v = table.values;
      factor[f] = i + 1 < v.length ? v[i]! + (u - i) * (v[i + 1]! - v[i]!) : 0;
    }
    // Only differences of phase count: those of the first layer are 1.
    const heights = groups.heights;
    layer[0] = 1;
    layer[1] = 0;
    for (let l = 1; l < heights.length; l++) {
      const angle = -2 * Math.PI * along * (heights[l]! - heights[0]!);
      layer[2 * l] = Math.cos(angle);
      layer[2 * l + 1] = Math.sin(angle);
    }
    let xr = 0;
    let xi = 0;
    let yr = 0;
    let yi = 0;
    let zr = 0;
    let zi = 0;
    for (let g = 0; g < groups.count; g++) {
      const f = factor[groups.ion[g]!]!;
      const re = f * layer[2 * groups.layer[g]!]!;
      const im = f * layer[2 * groups.layer[g]! + 1]!;
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
    return whole - (dr * dr + di * di) / q2;
  }
}
