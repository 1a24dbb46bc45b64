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
  const stride1 = Int32Array.from(blocks, (x) => cellStride(points.step1, x));
  const stride2 = Int32Array.from(blocks, (x) => cellStride(points.step2, x));
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
        const t = setup.zeroAlongBeam ? 0 : beamC[e]! - Math.sqrt(root);
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
