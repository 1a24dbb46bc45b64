import { energyPerWavevectorSquared, wavevectorOf } from '@spectraloom/instrument';
import type { SpinModel, SpinWaveModes } from '@spectraloom/spinwave';
import type { ImageFrame } from '../geometry/frame.js';
import type { AxisBins } from '../spec/layout.js';
import type { TwinTransform } from '../spectra/planeGrid.js';
import type { SiteGroups } from '../spectra/siteGroups.js';
import { cellVolume, gridSteps, type VolumeGrid } from '../spectra/volumeGrid.js';
import { transposed } from '../geometry/linear.js';
import { cellStride, negligible, type ConvolutionBlock } from './blocks.js';
import { ModeIntensity } from './modeIntensity.js';

/** Everything that does not depend on parameter values. */
export interface VolumeSetup {
  readonly model: SpinModel;
  readonly frame: ImageFrame;
  readonly grid: VolumeGrid;
  /** Groups by ion alone (heights all 0). */
  readonly groups: SiteGroups;
  readonly nModes: number;
  readonly intrinsicVariance: number;
  /** kT in meV; 0: ground state. */
  readonly thermalEnergyMeV: number;
  readonly h: AxisBins;
  readonly k: AxisBins;
  /** Image units beyond the pixels. */
  readonly margin: readonly [number, number];
  /** t that the kinematics reach, Å^-1. */
  readonly reach: readonly [number, number];
}

const C = energyPerWavevectorSquared;

/**
 * Adds all modes of one twin to the accumulators, for a model that disperses along the beam.
 *
 * The nominal points of an Ei fill the surface E = Ekin(Q) = Ei - 2.0721247 |ki - Q|^2. Along each
 * grid line the mode meets it where f = E_mode - Ekin changes sign; the root stands for the cell of
 * the two axes across the line, with weight V |dEkin/dt| / |df/dK| (V the volume of a grid cell in
 * (h, k, t)). A deviation (dh, dk, dt, dE) moves the root in E by
 * (dE - g (dt - t_h dh - t_k dk)) / (1 - g t_E), g the slope of the mode along t and t_x those of
 * the kinematic surface: the resolution's covariance is turned accordingly.
 */
export function convolveVolumeTwin(
  setup: VolumeSetup,
  twin: TwinTransform,
  modes: SpinWaveModes,
  blocks: readonly ConvolutionBlock[],
): void {
  const { model, frame, grid, nModes, h: hBins, k: kBins } = setup;
  const { energiesMeV, amplitudes } = modes;
  const nSites = model.sites.length;
  const { counts, offset, line, across } = grid;
  const steps = gridSteps(model, frame, twin, counts);
  const volume = cellVolume(steps) * twin.weight;
  const pixel = hBins.width * kBins.width;
  const [e1, e2] = [steps[across[0]]!, steps[across[1]]!];
  const e3 = steps[line]!;
  const { a, b, c, beam } = frame;
  const intensity = new ModeIntensity(setup.groups, nSites, transposed(twin.rotation));
  const kT = setup.thermalEnergyMeV;
  const strides = [1, counts[2], counts[1] * counts[2]].reverse();
  const wrap = (i: number, n: number): number => ((i % n) + n) % n;

  // Bounds of the three indices from the corners of the region.
  const low = [hBins.low - setup.margin[0], kBins.low - setup.margin[1], setup.reach[0]];
  const high = [
    hBins.low + hBins.width * hBins.count + setup.margin[0],
    kBins.low + kBins.width * kBins.count + setup.margin[1],
    setup.reach[1],
  ];
  const bounds = indexBounds([e1, e2, e3], low, high, [
    offset[across[0]]!,
    offset[across[1]]!,
    offset[line]!,
  ]);

  /** Q (Cartesian) of image coordinates into `q`. */
  const q = new Float64Array(3);
  const place = (h: number, k: number, t: number): void => {
    for (let x = 0; x < 3; x++) q[x] = h * a[x]! + k * b[x]! + t * c[x]!;
  };
  const phase = (u: readonly [number, number, number]): void => {
    for (let j = 0; j < nSites; j++) {
      const r = model.sites[j]!.position;
      const angle = -2 * Math.PI * (u[0] * r[0] + u[1] * r[1] + u[2] * r[2]);
      intensity.site[2 * j] = Math.cos(angle);
      intensity.site[2 * j + 1] = Math.sin(angle);
    }
  };
  /** S_perp of mode m at a node: its own Q, its own phases. */
  const nodeIntensity = (node: number, m: number, u: readonly [number, number, number]): number => {
    phase(u);
    intensity.gather(amplitudes, (node * nModes + m) * nSites * 6);
    return intensity.at(q[0]!, q[1]!, q[2]!, 0);
  };
  /** Index of the grid point of integers (along across[0], across[1], line). */
  const nodeOf = (i: number, j: number, n: number): number =>
    wrap(i, counts[across[0]]!) * strides[across[0]]! +
    wrap(j, counts[across[1]]!) * strides[across[1]]! +
    wrap(n, counts[line]!) * strides[line]!;
  const magnetic = (i: number, j: number, n: number): [number, number, number] => {
    const out: [number, number, number] = [0, 0, 0];
    out[across[0]] = (i + offset[across[0]]!) / counts[across[0]]!;
    out[across[1]] = (j + offset[across[1]]!) / counts[across[1]]!;
    out[line] = (n + offset[line]!) / counts[line]!;
    return out;
  };

  for (const block of blocks) {
    const ki = wavevectorOf(block.eiMeV);
    const [eLow, eHigh] = block.energyRangeMeV;
    const s1 = cellStride([e1[0], e1[1]], block);
    const s2 = cellStride([e2[0], e2[1]], block);
    /** Ekin at q, its derivatives along h, k and t into `slope`. */
    const slope = new Float64Array(3);
    const kinematic = (): number => {
      const x = ki * beam[0] - q[0]!;
      const y = ki * beam[1] - q[1]!;
      const z = ki * beam[2] - q[2]!;
      slope[0] = 2 * C * (x * a[0] + y * a[1] + z * a[2]);
      slope[1] = 2 * C * (x * b[0] + y * b[1] + z * b[2]);
      slope[2] = 2 * C * (x * c[0] + y * c[1] + z * c[2]);
      return block.eiMeV - C * (x * x + y * y + z * z);
    };
    for (let i = bounds[0]![0]; i <= bounds[0]![1]; i++) {
      if (wrap(i, s1) !== 0) continue;
      for (let j = bounds[1]![0]; j <= bounds[1]![1]; j++) {
        if (wrap(j, s2) !== 0) continue;
        let before = -1;
        let ekinBefore = 0;
        for (let n = bounds[2]![0]; n <= bounds[2]![1]; n++) {
          const [u, v, w] = [i + offset[across[0]]!, j + offset[across[1]]!, n + offset[line]!];
          const h = u * e1[0] + v * e2[0] + w * e3[0];
          const k = u * e1[1] + v * e2[1] + w * e3[1];
          const t = u * e1[2] + v * e2[2] + w * e3[2];
          place(h, k, t);
          const ekin = kinematic();
          const node = nodeOf(i, j, n);
          // The forward branch only: Ekin grows with t there.
          const open = slope[2]! > 0;
          if (before >= 0 && open) {
            for (let m = 0; m < nModes; m++) {
              const energy1 = energiesMeV[node * nModes + m]!;
              const energy0 = energiesMeV[before * nModes + m]!;
              const f0 = energy0 - ekinBefore;
              const f1 = energy1 - ekin;
              if (f0 > 0 === f1 > 0) continue;
              const s = f0 / (f0 - f1);
              const energy = energy0 + s * (energy1 - energy0);
              if (energy < eLow || energy > eHigh || energy <= 0) continue;
              addRoot(m, i, j, n, s, energy, f1 - f0);
            }
          }
          before = open ? node : -1;
          ekinBefore = ekin;
        }
      }
    }

    /** The root of mode m between nodes n - 1 and n of the line (i, j), at fraction s. */
    function addRoot(
      m: number,
      i: number,
      j: number,
      n: number,
      s: number,
      energy: number,
      df: number,
    ): void {
      const at = (dn: number): [number, number, number] => {
        const [u, v, w] = [i + offset[across[0]]!, j + offset[across[1]]!, n + dn + offset[line]!];
        return [0, 1, 2].map((x) => u * e1[x]! + v * e2[x]! + w * e3[x]!) as [
          number,
          number,
          number,
        ];
      };
      const node0 = nodeOf(i, j, n - 1);
      const node1 = nodeOf(i, j, n);
      place(...at(-1));
      const i0 = nodeIntensity(node0, m, magnetic(i, j, n - 1));
      place(...at(0));
      const i1 = nodeIntensity(node1, m, magnetic(i, j, n));
      const sPerp = i0 + s * (i1 - i0);
      if (sPerp < negligible) return;
      const [h, k, t] = at(s - 1);
      place(h, k, t);
      kinematic();
      // Slopes of the mode per grid step, at the nearer node.
      const nn = s < 0.5 ? n - 1 : n;
      const e = (di: number, dj: number): number =>
        energiesMeV[nodeOf(i + di, j + dj, nn) * nModes + m]!;
      const g1 = (e(1, 0) - e(-1, 0)) / 2;
      const g2 = (e(0, 1) - e(0, -1)) / 2;
      const g3 = energiesMeV[node1 * nModes + m]! - energiesMeV[node0 * nModes + m]!;
      const along = (v: readonly [number, number, number]): number =>
        v[0] * slope[0]! + v[1] * slope[1]! + v[2] * slope[2]!;
      const [k1, k2, k3] = [along(e1), along(e2), along(e3)];
      const f3 = g3 - k3;
      // The root moves by kappa steps of the line for one step across it.
      const kappa1 = Math.abs(f3) > 1e-12 ? -(g1 - k1) / f3 : 0;
      const kappa2 = Math.abs(f3) > 1e-12 ? -(g2 - k2) / f3 : 0;
      const c1 = [e1[0] + kappa1 * e3[0], e1[1] + kappa1 * e3[1], g1 + kappa1 * g3] as const;
      const c2 = [e2[0] + kappa2 * e3[0], e2[1] + kappa2 * e3[1], g2 + kappa2 * g3] as const;
      // Slope of the mode along t at fixed h and k, from the three grid slopes.
      const gradient = solve3(e1, e2, e3, g1, g2, g3);
      const tE = 1 / slope[2]!;
      const tH = -slope[0]! / slope[2]!;
      const tK = -slope[1]! / slope[2]!;
      let d = 1 - gradient * tE;
      if (Math.abs(d) < 0.05) d = d < 0 ? -0.05 : 0.05;
      const r = block.accumulator.covariance(h, k, energy, true);
      const own = turned(r, gradient, tH, tK, d);
      const p1 = (s1 * s1) / 12;
      const p2 = (s2 * s2) / 12;
      const bose = kT > 0 ? -1 / Math.expm1(-energy / kT) : 1;
      const weight = (volume * Math.abs(slope[2]!)) / Math.abs(df) / pixel;
      block.accumulator.add(
        h + r[10]!,
        k + r[11]!,
        energy + r[12]!,
        sPerp * bose * weight * s1 * s2,
        r[0]! + p1 * c1[0] * c1[0] + p2 * c2[0] * c2[0],
        r[1]! + p1 * c1[0] * c1[1] + p2 * c2[0] * c2[1],
        r[2]! + p1 * c1[1] * c1[1] + p2 * c2[1] * c2[1],
        own[0] + p1 * c1[0] * c1[2] + p2 * c2[0] * c2[2],
        own[1] + p1 * c1[1] * c1[2] + p2 * c2[1] * c2[2],
        own[2] + setup.intrinsicVariance / (d * d) + p1 * c1[2] * c1[2] + p2 * c2[2] * c2[2],
      );
    }
  }
}

/** Covariances with h and with k, and variance, of (dE - g (dt - tH dh - tK dk)) / d. */
function turned(
  r: Float64Array,
  g: number,
  tH: number,
  tK: number,
  d: number,
): [number, number, number] {
  // Coefficients on (dh, dk, dt, dE).
  const x = [(g * tH) / d, (g * tK) / d, -g / d, 1 / d] as const;
  const m = [
    [r[0]!, r[1]!, r[6]!, r[3]!],
    [r[1]!, r[2]!, r[7]!, r[4]!],
    [r[6]!, r[7]!, r[8]!, r[9]!],
    [r[3]!, r[4]!, r[9]!, r[5]!],
  ] as const;
  const on = m.map((row) => row[0] * x[0] + row[1] * x[1] + row[2] * x[2] + row[3] * x[3]);
  const variance = on[0]! * x[0] + on[1]! * x[1] + on[2]! * x[2] + on[3]! * x[3];
  return [on[0]!, on[1]!, Math.max(variance, 0)];
}

/** Component along t of the gradient whose products with the three steps are g1, g2, g3. */
function solve3(
  e1: readonly [number, number, number],
  e2: readonly [number, number, number],
  e3: readonly [number, number, number],
  g1: number,
  g2: number,
  g3: number,
): number {
  const det = (x: readonly number[], y: readonly number[], z: readonly number[]): number =>
    x[0]! * (y[1]! * z[2]! - y[2]! * z[1]!) -
    x[1]! * (y[0]! * z[2]! - y[2]! * z[0]!) +
    x[2]! * (y[0]! * z[1]! - y[1]! * z[0]!);
  return det([e1[0], e1[1], g1], [e2[0], e2[1], g2], [e3[0], e3[1], g3]) / det(e1, e2, e3);
}

/** Ranges of the integer indices whose points may lie in the box [low, high] of (h, k, t). */
function indexBounds(
  steps: readonly (readonly [number, number, number])[],
  low: readonly number[],
  high: readonly number[],
  offset: readonly number[],
): [number, number][] {
  const [x, y, z] = steps as [
    readonly [number, number, number],
    readonly [number, number, number],
    readonly [number, number, number],
  ];
  const det = (p: readonly number[], q: readonly number[], r: readonly number[]): number =>
    p[0]! * (q[1]! * r[2]! - q[2]! * r[1]!) -
    p[1]! * (q[0]! * r[2]! - q[2]! * r[0]!) +
    p[2]! * (q[0]! * r[1]! - q[1]! * r[0]!);
  const whole = det(x, y, z);
  const out: [number, number][] = [0, 1, 2].map(() => [Infinity, -Infinity]);
  for (let corner = 0; corner < 8; corner++) {
    const p = [0, 1, 2].map((n) => ((corner >> n) & 1 ? high[n]! : low[n]!));
    const index = [det(p, y, z) / whole, det(x, p, z) / whole, det(x, y, p) / whole];
    index.forEach((v, n) => {
      out[n]![0] = Math.min(out[n]![0], Math.floor(v - offset[n]!));
      out[n]![1] = Math.max(out[n]![1], Math.ceil(v - offset[n]!));
    });
  }
  return out;
}
