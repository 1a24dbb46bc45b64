import { energyPerWavevectorSquared, wavevectorOf } from '@spectraloom/instrument';
import type { SpinWaveModes } from '@spectraloom/spinwave';
import type { ImageFrame } from '../geometry/frame.js';
import type { PlaneGrid, TwinPoints } from '../spectra/planeGrid.js';
import type { SiteGroups } from '../spectra/siteGroups.js';
import type { BlockAccumulator } from './accumulator.js';

/** One Ei of the image, as the convolution sees it. */
export interface ConvolutionBlock {
  readonly eiMeV: number;
  /** Modes outside this range reach no slice. */
  readonly energyRangeMeV: readonly [number, number];
  /** Modes closer than this are taken together, with their spread added to the variance. */
  readonly mergeMeV: number;
  /** Largest extent of a cell in h and k; a single grid step may be larger. */
  readonly largestCell: readonly [number, number];
  readonly accumulator: BlockAccumulator;
}

/** Everything that does not depend on parameter values. */
export interface PlaneSetup {
  readonly frame: ImageFrame;
  readonly grid: PlaneGrid;
  readonly groups: SiteGroups;
  readonly nModes: number;
  readonly nSites: number;
  readonly intrinsicVariance: number;
  /** kT in meV; 0: ground state. */
  readonly thermalEnergyMeV: number;
}

/** Intensities below this (per magnetic cell) are left out; 1e-6 of a typical mode. */
const negligible = 1e-6;

/** How many grid steps a cell of a block may span along each step of the grid. */
function strides(points: TwinPoints, block: ConvolutionBlock): [number, number] {
  const [cellH, cellK] = block.largestCell;
  const one = ([h, k]: readonly [number, number]): number =>
    Math.max(1, Math.floor(Math.min(cellH / Math.abs(h || 1e-12), cellK / Math.abs(k || 1e-12))));
  return [one(points.step1), one(points.step2)];
}

/** S_perp of one mode at a time, from group amplitudes; workspaces of one convolution. */
class ModeIntensity {
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
        for (let x = 0; x < 6; x += 2) {
          const ar = amplitudes[at + x]!;
          const ai = amplitudes[at + x + 1]!;
          group[to + x] = group[to + x]! + re * ar - im * ai;
          group[to + x + 1] = group[to + x + 1]! + re * ai + im * ar;
        }
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
    for (let l = 0; 2 * l < layer.length; l++) {
      const angle = -2 * Math.PI * along * groups.heights[l]!;
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

/** Modes of one block at one point, merged where they are closer than the resolution sees. */
class MergedPeak {
  weight = 0;
  energy = 0;
  energy2 = 0;
  gradient1 = 0;
  gradient2 = 0;
  top = 0;

  clear(): void {
    this.weight = 0;
    this.energy = 0;
    this.energy2 = 0;
    this.gradient1 = 0;
    this.gradient2 = 0;
  }

  add(weight: number, energy: number, g1: number, g2: number): void {
    if (this.weight === 0) this.top = energy;
    this.weight += weight;
    // Relative to the first energy, so that no digits are lost in the variance.
    const x = energy - this.top;
    this.energy += weight * x;
    this.energy2 += weight * x * x;
    this.gradient1 += weight * g1;
    this.gradient2 += weight * g2;
  }
}

/**
 * Adds all modes of one twin to the accumulators: for every zone point inside the image and every
 * mode, S_perp at the Q that the kinematics of each Ei give it, spread with the resolution there.
 * No allocation inside the loops.
 */
export function convolveTwin(
  setup: PlaneSetup,
  points: TwinPoints,
  modes: SpinWaveModes,
  blocks: readonly ConvolutionBlock[],
  cellWeight: number,
): void {
  const { frame, grid, nModes, nSites } = setup;
  const { energiesMeV, amplitudes } = modes;
  const { phases1, phases2, row1, row2, zone } = points;
  const nBlocks = blocks.length;
  const intensity = new ModeIntensity(setup.groups, nSites, points.toLab);
  const { site } = intensity;
  const peaks = blocks.map(() => new MergedPeak());
  const beamC = new Float64Array(nBlocks);
  const root0 = new Float64Array(nBlocks);
  const active = new Uint8Array(nBlocks);
  const { a, b, c, beam } = frame;
  const [n1, n2] = grid.counts;
  const [h1, k1] = points.step1;
  const [h2, k2] = points.step2;
  const ki = Float64Array.from(blocks, (x) => wavevectorOf(x.eiMeV));
  const low = Float64Array.from(blocks, (x) => x.energyRangeMeV[0]);
  const high = Float64Array.from(blocks, (x) => x.energyRangeMeV[1]);
  const merge = Float64Array.from(blocks, (x) => x.mergeMeV);
  const stride1 = Int32Array.from(blocks, (x) => strides(points, x)[0]);
  const stride2 = Int32Array.from(blocks, (x) => strides(points, x)[1]);
  const kT = setup.thermalEnergyMeV;

  /** Hands a merged peak of block e to its accumulator. */
  const flush = (e: number, h: number, k: number): void => {
    const peak = peaks[e]!;
    const w = peak.weight;
    const shift = peak.energy / w;
    const energy = peak.top + shift;
    const spread = peak.energy2 / w - shift * shift;
    const s1 = stride1[e]!;
    const s2 = stride2[e]!;
    const u = (s1 * s1) / 12;
    const v = (s2 * s2) / 12;
    const g1 = peak.gradient1 / w;
    const g2 = peak.gradient2 / w;
    const { accumulator } = blocks[e]!;
    const r = accumulator.covariance(h, k, energy);
    accumulator.add(
      h + r[10]!,
      k + r[11]!,
      energy + r[12]!,
      w * cellWeight * s1 * s2,
      r[0]! + u * h1 * h1 + v * h2 * h2,
      r[1]! + u * h1 * k1 + v * h2 * k2,
      r[2]! + u * k1 * k1 + v * k2 * k2,
      r[3]! + u * h1 * g1 + v * h2 * g2,
      r[4]! + u * k1 * g1 + v * k2 * g2,
      r[5]! + setup.intrinsicVariance + spread + u * g1 * g1 + v * g2 * g2,
    );
    peak.clear();
  };

  for (let p = 0; p < points.count; p++) {
    const r1 = row1[p]!;
    const r2 = row2[p]!;
    const h = points.h[p]!;
    const k = points.k[p]!;
    const qx = h * a[0] + k * b[0];
    const qy = h * a[1] + k * b[1];
    const qz = h * a[2] + k * b[2];
    let lowest = Infinity;
    let highest = -Infinity;
    for (let e = 0; e < nBlocks; e++) {
      active[e] = r1 % stride1[e]! === 0 && r2 % stride2[e]! === 0 ? 1 : 0;
      if (!active[e]) continue;
      lowest = Math.min(lowest, low[e]!);
      highest = Math.max(highest, high[e]!);
      const dx = ki[e]! * beam[0] - qx;
      const dy = ki[e]! * beam[1] - qy;
      const dz = ki[e]! * beam[2] - qz;
      const dc = dx * c[0] + dy * c[1] + dz * c[2];
      beamC[e] = dc;
      root0[e] = dc * dc - (dx * dx + dy * dy + dz * dz) + ki[e]! * ki[e]!;
    }
    const at1 = r1 * nSites * 2;
    const at2 = r2 * nSites * 2;
    for (let j = 0; j < nSites; j++) {
      const re1 = phases1[at1 + 2 * j]!;
      const im1 = phases1[at1 + 2 * j + 1]!;
      const re2 = phases2[at2 + 2 * j]!;
      const im2 = phases2[at2 + 2 * j + 1]!;
      site[2 * j] = re1 * re2 - im1 * im2;
      site[2 * j + 1] = re1 * im2 + im1 * re2;
    }
    // Neighbours in the zone grid, for the gradient of the energy over the cell.
    const z = zone[p]!;
    const i = (z / n2) | 0;
    const j = z - i * n2;
    const up1 = (((i + 1) % n1) * n2 + j) * nModes;
    const down1 = (((i + n1 - 1) % n1) * n2 + j) * nModes;
    const up2 = (i * n2 + ((j + 1) % n2)) * nModes;
    const down2 = (i * n2 + ((j + n2 - 1) % n2)) * nModes;
    for (let m = 0; m < nModes; m++) {
      const energy = energiesMeV[z * nModes + m]!;
      if (energy < lowest || energy > highest) continue;
      const g1 = (energiesMeV[up1 + m]! - energiesMeV[down1 + m]!) / 2;
      const g2 = (energiesMeV[up2 + m]! - energiesMeV[down2 + m]!) / 2;
      intensity.gather(amplitudes, (z * nModes + m) * nSites * 6);
      const bose = kT > 0 ? -1 / Math.expm1(-energy / kT) : 1;
      for (let e = 0; e < nBlocks; e++) {
        if (!active[e] || energy < low[e]! || energy > high[e]!) continue;
        const root = root0[e]! - energy / energyPerWavevectorSquared;
        if (root < 0) continue;
        const t = beamC[e]! - Math.sqrt(root);
        const s = intensity.at(
          qx + t * c[0],
          qy + t * c[1],
          qz + t * c[2],
          points.flat0[p]! + t * points.flatPerT,
        );
        if (s < negligible) continue;
        const peak = peaks[e]!;
        if (peak.weight > 0 && peak.top - energy > merge[e]!) flush(e, h, k);
        peak.add(s * bose, energy, g1, g2);
      }
    }
    for (let e = 0; e < nBlocks; e++) if (peaks[e]!.weight > 0) flush(e, h, k);
  }
}
