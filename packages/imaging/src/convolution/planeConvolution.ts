import { energyPerWavevectorSquared, wavevectorOf } from '@spectraloom/instrument';
import type { SpinWaveModes } from '@spectraloom/spinwave';
import type { ImageFrame } from '../geometry/frame.js';
import type { PlaneGrid, TwinPoints } from '../spectra/planeGrid.js';
import type { SiteGroups } from '../spectra/siteGroups.js';
import { cellStride, negligible, type ConvolutionBlock } from './blocks.js';
import { ModeIntensity } from './modeIntensity.js';

/** Everything that does not depend on parameter values. */
export interface PlaneSetup {
  readonly frame: ImageFrame;
  readonly grid: PlaneGrid;
  readonly groups: SiteGroups;
  readonly nModes: number;
  readonly nSites: number;
  /** Q has no component along the beam, whatever the kinematics say. */
  readonly zeroAlongBeam: boolean;
  readonly intrinsicVariance: number;
  /** kT in meV; 0: ground state. */
  readonly thermalEnergyMeV: number;
}

/**
 * Modes of one block at one point, merged where they are closer than the resolution sees: sums of
 * weight, weight x, weight x^2, weight g1, weight g2, where x is the energy relative to that of the
 * first mode, so that no digits are lost in the variance; then the energy of the first.
 */
const mergedLength = 8;

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
  const merged = new Float64Array(mergedLength * nBlocks);
  const { q, result } = intensity;
  /** h and k of the point. */
  const here = new Float64Array(2);
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
  const stride1 = Int32Array.from(blocks, (x) => cellStride(points.step1, x));
  const stride2 = Int32Array.from(blocks, (x) => cellStride(points.step2, x));
  const kT = setup.thermalEnergyMeV;

  /** Hands a merged peak of block e to its accumulator. */
  const flush = (e: number): void => {
    const m = mergedLength * e;
    const w = merged[m]!;
    const shift = merged[m + 1]! / w;
    const energy = merged[m + 5]! + shift;
    const spread = merged[m + 2]! / w - shift * shift;
    const s1 = stride1[e]!;
    const s2 = stride2[e]!;
    const u = (s1 * s1) / 12;
    const v = (s2 * s2) / 12;
    const g1 = merged[m + 3]! / w;
    const g2 = merged[m + 4]! / w;
    const h = here[0]!;
    const k = here[1]!;
    const { accumulator } = blocks[e]!;
    const { at, peak } = accumulator;
    at[0] = h;
    at[1] = k;
    at[2] = energy;
    const r = accumulator.covarianceAt(false);
    peak[0] = h + r[10]!;
    peak[1] = k + r[11]!;
    peak[2] = energy + r[12]!;
    peak[3] = w * cellWeight * s1 * s2;
    peak[4] = r[0]! + u * h1 * h1 + v * h2 * h2;
    peak[5] = r[1]! + u * h1 * k1 + v * h2 * k2;
    peak[6] = r[2]! + u * k1 * k1 + v * k2 * k2;
    peak[7] = r[3]! + u * h1 * g1 + v * h2 * g2;
    peak[8] = r[4]! + u * k1 * g1 + v * k2 * g2;
    peak[9] = r[5]! + setup.intrinsicVariance + spread + u * g1 * g1 + v * g2 * g2;
    accumulator.spread();
    merged[m] = 0;
  };

  for (let p = 0; p < points.count; p++) {
    const r1 = row1[p]!;
    const r2 = row2[p]!;
    const h = points.h[p]!;
    const k = points.k[p]!;
    here[0] = h;
    here[1] = k;
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
        const t = setup.zeroAlongBeam ? 0 : beamC[e]! - Math.sqrt(root);
        q[0] = qx + t * c[0];
        q[1] = qy + t * c[1];
        q[2] = qz + t * c[2];
        q[3] = points.flat0[p]! + t * points.flatPerT;
        intensity.evaluate();
        const s = result[0]!;
        if (s < negligible) continue;
        const at = mergedLength * e;
        if (merged[at]! > 0 && merged[at + 5]! - energy > merge[e]!) flush(e);
        const weight = s * bose;
        if (merged[at] === 0) {
          merged[at + 1] = 0;
          merged[at + 2] = 0;
          merged[at + 3] = 0;
          merged[at + 4] = 0;
          merged[at + 5] = energy;
        }
        const x = energy - merged[at + 5]!;
        merged[at] = merged[at]! + weight;
        merged[at + 1] = merged[at + 1]! + weight * x;
        merged[at + 2] = merged[at + 2]! + weight * x * x;
        merged[at + 3] = merged[at + 3]! + weight * g1;
        merged[at + 4] = merged[at + 4]! + weight * g2;
      }
    }
    for (let e = 0; e < nBlocks; e++) if (merged[mergedLength * e]! > 0) flush(e);
  }
}
