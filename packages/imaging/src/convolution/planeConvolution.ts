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
const maximumBlocks = 64;

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
  const { frame, grid, groups, nModes, nSites } = setup;
  const { energiesMeV, amplitudes } = modes;
  const { phases1, phases2, row1, row2, zone, toLab } = points;
  const nG = groups.count;
  const nL = groups.heights.length;
  const nBlocks = blocks.length;
  const site = new Float64Array(2 * nSites);
  const group = new Float64Array(6 * nG);
  const layer = new Float64Array(2 * nL);
  const factor = new Float64Array(groups.factors.length);
  const beamC = new Float64Array(Math.min(nBlocks, maximumBlocks));
  const root0 = new Float64Array(beamC.length);
  const { a, b, c, beam } = frame;
  const [n1, n2] = grid.counts;
  const [h1, k1] = points.step1;
  const [h2, k2] = points.step2;
  const cellXX = (h1 * h1 + h2 * h2) / 12;
  const cellXY = (h1 * k1 + h2 * k2) / 12;
  const cellYY = (k1 * k1 + k2 * k2) / 12;
  const ki = Float64Array.from(blocks, (x) => wavevectorOf(x.eiMeV));
  const low = Float64Array.from(blocks, (x) => x.energyRangeMeV[0]);
  const high = Float64Array.from(blocks, (x) => x.energyRangeMeV[1]);
  let lowest = Infinity;
  let highest = -Infinity;
  for (let e = 0; e < nBlocks; e++) {
    lowest = Math.min(lowest, low[e]!);
    highest = Math.max(highest, high[e]!);
  }
  const kT = setup.thermalEnergyMeV;
  const plainG = groups.halfG.every(
    (g, i) => g === (i % 9 === 0 || i % 9 === 4 || i % 9 === 8 ? 1 : 0),
  );
  const gAmplitude = new Float64Array(6);

  for (let p = 0; p < points.count; p++) {
    const h = points.h[p]!;
    const k = points.k[p]!;
    const z = zone[p]!;
    const qx = h * a[0] + k * b[0];
    const qy = h * a[1] + k * b[1];
    const qz = h * a[2] + k * b[2];
    const q2 = qx * qx + qy * qy + qz * qz;
    const qc = qx * c[0] + qy * c[1] + qz * c[2];
    for (let e = 0; e < nBlocks; e++) {
      const dx = ki[e]! * beam[0] - qx;
      const dy = ki[e]! * beam[1] - qy;
      const dz = ki[e]! * beam[2] - qz;
      const dc = dx * c[0] + dy * c[1] + dz * c[2];
      beamC[e] = dc;
      root0[e] = dc * dc - (dx * dx + dy * dy + dz * dz) + ki[e]! * ki[e]!;
    }
    const at1 = row1[p]! * nSites * 2;
    const at2 = row2[p]! * nSites * 2;
    for (let j = 0; j < nSites; j++) {
      const re1 = phases1[at1 + 2 * j]!;
      const im1 = phases1[at1 + 2 * j + 1]!;
      const re2 = phases2[at2 + 2 * j]!;
      const im2 = phases2[at2 + 2 * j + 1]!;
      site[2 * j] = re1 * re2 - im1 * im2;
      site[2 * j + 1] = re1 * im2 + im1 * re2;
    }
    // Neighbours in the zone grid, for the gradient of the energy over the cell.
    const zi = (z / n2) | 0;
    const zj = z - zi * n2;
    const up1 = ((zi + 1) % n1) * n2 + zj;
    const down1 = ((zi + n1 - 1) % n1) * n2 + zj;
    const up2 = zi * n2 + ((zj + 1) % n2);
    const down2 = zi * n2 + ((zj + n2 - 1) % n2);
    for (let m = 0; m < nModes; m++) {
      const energy = energiesMeV[z * nModes + m]!;
      if (energy < lowest || energy > highest) continue;
      const g1 = (energiesMeV[up1 * nModes + m]! - energiesMeV[down1 * nModes + m]!) / 2;
      const g2 = (energiesMeV[up2 * nModes + m]! - energiesMeV[down2 * nModes + m]!) / 2;
      group.fill(0);
      let at = (z * nModes + m) * nSites * 6;
      for (let j = 0; j < nSites; j++, at += 6) {
        const re = site[2 * j]!;
        const im = site[2 * j + 1]!;
        const to = groups.ofSite[j]! * 6;
        if (plainG) {
          for (let x = 0; x < 6; x += 2) {
            const ar = amplitudes[at + x]!;
            const ai = amplitudes[at + x + 1]!;
            group[to + x] = group[to + x]! + re * ar - im * ai;
            group[to + x + 1] = group[to + x + 1]! + re * ai + im * ar;
          }
        } else {
          const g = 9 * j;
          for (let x = 0; x < 3; x++) {
            for (let ri = 0; ri < 2; ri++) {
              gAmplitude[2 * x + ri] =
                groups.halfG[g + 3 * x]! * amplitudes[at + ri]! +
                groups.halfG[g + 3 * x + 1]! * amplitudes[at + 2 + ri]! +
                groups.halfG[g + 3 * x + 2]! * amplitudes[at + 4 + ri]!;
            }
          }
          for (let x = 0; x < 6; x += 2) {
            const ar = gAmplitude[x]!;
            const ai = gAmplitude[x + 1]!;
            group[to + x] = group[to + x]! + re * ar - im * ai;
            group[to + x + 1] = group[to + x + 1]! + re * ai + im * ar;
          }
        }
      }
      const bose = kT > 0 ? -1 / Math.expm1(-energy / kT) : 1;
      for (let e = 0; e < nBlocks; e++) {
        if (energy < low[e]! || energy > high[e]!) continue;
        const root = root0[e]! - energy / energyPerWavevectorSquared;
        if (root < 0) continue;
        const t = beamC[e]! - Math.sqrt(root);
        const total2 = q2 + 2 * t * qc + t * t;
        // Form factors and layer phases at this Q.
        for (let f = 0; f < factor.length; f++) {
          const table = groups.factors[f]!;
          const u = total2 * table.perStep;
          const i = u | 0;
          const v = table.values;
          factor[f] = i + 1 < v.length ? v[i]! + (u - i) * (v[i + 1]! - v[i]!) : 0;
        }
        const along = points.flat0[p]! + t * points.flatPerT;
        for (let l = 0; l < nL; l++) {
          const angle = -2 * Math.PI * along * groups.heights[l]!;
          layer[2 * l] = Math.cos(angle);
          layer[2 * l + 1] = Math.sin(angle);
        }
        let xr = 0;
        let xi = 0;
        let yr = 0;
        let yi = 0;
        let zr = 0;
        let zi2 = 0;
        for (let g = 0; g < nG; g++) {
          const f = factor[groups.ion[g]!]!;
          const re = f * layer[2 * groups.layer[g]!]!;
          const im = f * layer[2 * groups.layer[g]! + 1]!;
          const o = 6 * g;
          xr += re * group[o]! - im * group[o + 1]!;
          xi += re * group[o + 1]! + im * group[o]!;
          yr += re * group[o + 2]! - im * group[o + 3]!;
          yi += re * group[o + 3]! + im * group[o + 2]!;
          zr += re * group[o + 4]! - im * group[o + 5]!;
          zi2 += re * group[o + 5]! + im * group[o + 4]!;
        }
        // M in the lab, S = |M|^2 - |q.M|^2 / q^2.
        const lxr = toLab[0]! * xr + toLab[1]! * yr + toLab[2]! * zr;
        const lxi = toLab[0]! * xi + toLab[1]! * yi + toLab[2]! * zi2;
        const lyr = toLab[3]! * xr + toLab[4]! * yr + toLab[5]! * zr;
        const lyi = toLab[3]! * xi + toLab[4]! * yi + toLab[5]! * zi2;
        const lzr = toLab[6]! * xr + toLab[7]! * yr + toLab[8]! * zr;
        const lzi = toLab[6]! * xi + toLab[7]! * yi + toLab[8]! * zi2;
        const tx = qx + t * c[0];
        const ty = qy + t * c[1];
        const tz = qz + t * c[2];
        const dr = tx * lxr + ty * lyr + tz * lzr;
        const di = tx * lxi + ty * lyi + tz * lzi;
        const s =
          lxr * lxr +
          lxi * lxi +
          lyr * lyr +
          lyi * lyi +
          lzr * lzr +
          lzi * lzi -
          (dr * dr + di * di) / total2;
        if (s < negligible) continue;
        const accumulator = blocks[e]!.accumulator;
        const v = accumulator.covariance(h, k, energy);
        accumulator.add(
          h,
          k,
          energy,
          s * bose * cellWeight,
          v[0]! + cellXX,
          v[1]! + cellXY,
          v[2]! + cellYY,
          v[3]! + (h1 * g1 + h2 * g2) / 12,
          v[4]! + (k1 * g1 + k2 * g2) / 12,
          v[5]! + setup.intrinsicVariance + (g1 * g1 + g2 * g2) / 12,
        );
      }
    }
  }
}
