import {
  fwhmPerSigma,
  parseResolutionTable,
  spectrometer,
  type Instrument,
  type Spectrometer,
} from '@spectraloom/instrument';
import { BOLTZMANN_MEV_PER_K, type PreparedModel, type SpinWaveModes } from '@spectraloom/spinwave';
import { nowMs } from './clock.js';
import { BlockAccumulator } from './convolution/accumulator.js';
import type { ConvolutionBlock } from './convolution/blocks.js';
import { ImagingError } from './errors.js';
import { imageFrame, type ImageFrame } from './geometry/frame.js';
import { norm } from './geometry/linear.js';
import { pixelCentres, type PixelCentres } from './geometry/pixelCentres.js';
import { imageMask } from './imageMask.js';
import type { PathInput } from './paths/input.js';
import type { GridPass } from './paths/path.js';
import { planePath } from './paths/plane.js';
import { volumePath } from './paths/volume.js';
import { Random } from './random/xoshiro.js';
import { covarianceElements } from './resolution/covarianceTable.js';
import { resolutionModels } from './resolution/models/index.js';
import { imageLayout, type AxisBins, type ImageLayout } from './spec/layout.js';
import type { ImageSpec } from './spec/schema.js';
import { flatAxisAlongBeam, twinTransforms } from './spectra/planeGrid.js';

/** What of an image is drawn at random. */
export interface SimulateOptions {
  /** Of the grid offsets of `simulateWithError`; `simulate` has nothing random and ignores it. */
  readonly seed?: number;
}

/** Seconds spent in the two halves of the last image. */
export interface ImageTimings {
  spinWavesS: number;
  convolutionS: number;
}

/** Simulates one model's images for one instrument and specification. Not to be shared by threads. */
export interface Imager {
  /** [rows, columns]. */
  readonly shape: readonly [number, number];
  readonly layout: ImageLayout;
  /** [rows * columns], 1 = no detector. */
  readonly mask: Uint8Array;
  /** Ei, E, |Q|, h and k at the centre of each pixel. */
  readonly centres: PixelCentres;
  readonly timings: ImageTimings;
  /** Grid of `spectra`, [nQ, 3], r.l.u. of the chemical lattice; as `imageWavevectors`. */
  readonly wavevectors: Float64Array;
  /** The first half of `simulate`, which no property of the instrument enters: modes on the grid. */
  spectra(p: Float64Array): SpinWaveModes;
  /**
   * The second half of `simulate`: the image of modes on the grid, computed or stored.
   * @throws ImagingError SPECTRA when they are not of this grid.
   */
  convolve(modes: SpinWaveModes): Float32Array;
  /**
   * S(Q, E) averaged over each pixel, times `scale`: Float32Array [rows * columns], 1/meV per
   * magnetic cell; masked pixels 0, and no others: see `noIntensity`.
   * @param p parameter vector of the prepared model.
   * @throws UnstableGroundState when the spin waves say so.
   */
  simulate(p: Float64Array, options?: SimulateOptions): Float32Array;
  /**
   * The mean of `replicates` (default 4) images on grids with offsets drawn from the seed, and its
   * estimated error in each pixel, one standard deviation: the scatter of the replicates, and what
   * a grid of twice the step changes, over 3 (the method is of second order in the step).
   */
  simulateWithError(
    p: Float64Array,
    options?: SimulateOptions & { replicates?: number },
  ): { image: Float32Array; standardError: Float32Array };
}

/** What an imager is made of; nothing of it depends on parameter values. */
export interface ImagerInput {
  readonly prepared: PreparedModel;
  readonly instrument: Instrument;
  readonly spec: ImageSpec;
  /** A mask to use instead of the instrument's coverage, [rows * columns], 1 = masked. */
  readonly mask?: Uint8Array;
  /** Covariance tables (12-column text) by Ei in meV, for `resolution: table`. */
  readonly tables?: Readonly<Record<string, string>>;
}

/** The instrument at each Ei of a specification. */
export function spectrometersOf(
  instrument: Instrument,
  spec: ImageSpec,
  frame: ImageFrame,
): Spectrometer[] {
  return spec.incident.map(({ eiMeV, chopperHz }) =>
    spectrometer(instrument, {
      eiMeV,
      chopperHz,
      chopperPackage: spec.chopperPackage,
      sample: { sizeMm: spec.sample.sizeMm, axes: frame.sampleAxes },
      energyBinMeV: spec.energyBinFraction * eiMeV,
      mosaicFwhmDeg: spec.mosaicFwhmDeg,
    }),
  );
}

function givenTable(tables: ImagerInput['tables'], eiMeV: number) {
  const text = tables?.[String(eiMeV)];
  return text === undefined
    ? undefined
    : parseResolutionTable(text, { source: `table of Ei = ${eiMeV} meV` });
}

/** One Ei: slices, resolution, and the extents that follow from it. */
function makeBlock(
  input: ImagerInput,
  machine: Spectrometer,
  frame: ImageFrame,
  { h, k }: ImageLayout,
): { block: ConvolutionBlock; margin: [number, number] } {
  const { spec } = input;
  const { eiMeV } = machine;
  const { from, to, count } = spec.slices;
  const slices: AxisBins = { low: from * eiMeV, width: ((to - from) * eiMeV) / count, count };
  const top = slices.low + slices.width * slices.count;
  const intrinsic = (spec.intrinsicFwhmMeV / fwhmPerSigma) ** 2;
  const pad = 3;
  const { table, shapes } = resolutionModels[spec.resolution].prepare({
    machine,
    frame,
    ranges: {
      h: [h.low - pad * h.width, h.low + (h.count + pad) * h.width],
      k: [k.low - pad * k.width, k.low + (k.count + pad) * k.width],
      energyMeV: [Math.max(0, 0.5 * slices.low), Math.min(0.97 * eiMeV, 1.15 * top)],
    },
    centres: {
      h: [h.low + h.width / 2, h.low + (h.count - 0.5) * h.width],
      k: [k.low + k.width / 2, k.low + (k.count - 0.5) * k.width],
      energyMeV: [slices.low + slices.width / 2, top - slices.width / 2],
    },
    samples: spec.samples,
    seed: spec.seed,
    table: givenTable(input.tables, eiMeV),
  });
  const margin: [number, number] = [0.5 * h.width, 0.5 * k.width];
  const smallest: [number, number, number] = table
    ? [Infinity, Infinity, Infinity]
    : [0, 0, intrinsic];
  let energyVariance = intrinsic;
  for (let at = 0; table && at < table.values.length; at += covarianceElements) {
    const [hh, kk, ee] = [table.values[at]!, table.values[at + 2]!, table.values[at + 5]!];
    margin[0] = Math.max(margin[0], 4 * Math.sqrt(hh));
    margin[1] = Math.max(margin[1], 4 * Math.sqrt(kk));
    energyVariance = Math.max(energyVariance, ee + intrinsic);
    smallest[0] = Math.min(smallest[0], hh);
    smallest[1] = Math.min(smallest[1], kk);
    smallest[2] = Math.min(smallest[2], ee);
  }
  const spread = 4.5 * Math.sqrt(energyVariance);
  return {
    margin,
    block: {
      eiMeV,
      energyRangeMeV: [slices.low - spread, Math.min(top + spread, 0.999 * eiMeV)],
      mergeMeV: 0.4 * Math.sqrt(smallest[2]),
      largestCell: [
        spec.cellWidthSd * Math.sqrt(smallest[0]),
        spec.cellWidthSd * Math.sqrt(smallest[1]),
      ],
      accumulator: new BlockAccumulator(h, k, { slices, table, ...(shapes ? { shapes } : {}) }),
    },
  };
}

/**
 * What a pixel with a detector holds where there is no intensity, the smallest normal number of single
 * precision. 0 says that there is no detector: noise must reach the gaps between the bands.
 */
const noIntensity = 2 ** -126;

/**
 * The mask with the pixels added that no scattering triangle reaches.
 * @throws ImagingError NO_PIXELS when none is left.
 */
function reachable(mask: Uint8Array, centres: PixelCentres): Uint8Array {
  const out = mask.map((m, i) => (m || Number.isNaN(centres.qAngstromInv[i]!) ? 1 : 0));
  if (out.includes(0)) return out;
  const closed = centres.qAngstromInv.every((q) => Number.isNaN(q));
  throw new ImagingError('NO_PIXELS', {
    what: closed
      ? 'no kinematics reaches any pixel of the image'
      : 'every pixel of the image is masked or out of reach of the kinematics',
    got: `${out.length} pixels, all of them masked`,
    expected: 'at least one pixel with a detector, and |Q| that Ei and E allow',
    next: 'raise Ei, make h and k smaller, or check mask and instrument',
  });
}

/** @throws ImagingError NOT_FINITE, naming the first pixel that is no number. */
function requireFinite(image: Float32Array, layout: ImageLayout): void {
  const at = image.findIndex((v) => !Number.isFinite(v));
  if (at < 0) return;
  const columns = layout.shape[1];
  throw new ImagingError('NOT_FINITE', {
    what: 'the image holds values that are not finite',
    where: `row ${Math.floor(at / columns)}, column ${at % columns}`,
    got: String(image[at]),
    expected: 'finite intensities',
    next: 'check the parameter values, the scale and the widths for absurd ones',
  });
}

/**
 * Works out all that does not depend on parameter values: grid, phases, resolution tables, mask.
 * @throws ImagingError FRAME, MASK_SHAPE, NO_PIXELS, RESOLUTION; InstrumentError for settings the instrument
 * cannot have and tables that do not fit.
 */
export function createImager(input: ImagerInput): Imager {
  const { prepared, instrument, spec } = input;
  const { model } = prepared;
  const layout = imageLayout(spec);
  const nPixels = layout.shape[0] * layout.shape[1];
  const frame = imageFrame(spec, model.chemicalLattice);
  if (input.mask && input.mask.length !== nPixels) {
    throw new ImagingError('MASK_SHAPE', {
      what: 'the mask does not fit the image',
      got: `${input.mask.length} values`,
      expected: `${layout.shape.join(' x ')} = ${nPixels}`,
      next: 'give a mask of the image, or none to use the coverage of the detectors',
    });
  }
  const machines = spectrometersOf(instrument, spec, frame);
  const centres = pixelCentres(layout, frame);
  const mask = reachable(input.mask ?? imageMask(instrument, spec, frame), centres);
  const twins = twinTransforms(model.twins, spec.twins);
  const { h, k } = layout;
  const made = machines.map((machine) => makeBlock(input, machine, frame, layout));
  const blocks = made.map((m) => m.block);
  const margin = [0, 1].map((n) => Math.max(...made.map((m) => m.margin[n]!))) as [number, number];
  const extent = (bins: AxisBins): number =>
    1.2 * Math.max(Math.abs(bins.low), Math.abs(bins.low + bins.count * bins.width));
  const kiMax = Math.max(...machines.map((m) => m.ki));
  const pathInput: PathInput = {
    model,
    frame,
    spec,
    nModes: prepared.nModes,
    margin,
    qMax: extent(h) * norm(frame.a) + extent(k) * norm(frame.b) + 2 * kiMax,
    intrinsicVariance: (spec.intrinsicFwhmMeV / fwhmPerSigma) ** 2,
    thermalEnergyMeV: BOLTZMANN_MEV_PER_K * (spec.temperatureKelvin ?? model.temperatureKelvin),
  };
  const flat = flatAxisAlongBeam(prepared, frame, twins);
  const path =
    flat === undefined
      ? volumePath(pathInput, twins, layout, [-0.1 * kiMax, 1.05 * kiMax])
      : planePath(pathInput, flat, twins, layout);
  const centred = path([0.5, 0.5], 1);
  const timings: ImageTimings = { spinWavesS: 0, convolutionS: 0 };

  const simulateOn = (
    pass: GridPass,
    p: Float64Array,
    blocks: readonly ConvolutionBlock[],
  ): Float32Array => {
    const start = nowMs();
    const modes = prepared.modes(pass.q, p);
    timings.spinWavesS = (nowMs() - start) / 1000;
    return convolve(pass, modes, blocks);
  };

  const convolve = (
    pass: GridPass,
    modes: SpinWaveModes,
    blocks: readonly ConvolutionBlock[],
  ): Float32Array => {
    const start = nowMs();
    for (const { accumulator } of blocks) accumulator.clear();
    pass.convolve(modes, blocks);
    const image = new Float32Array(nPixels);
    blocks.forEach(({ accumulator }, block) => {
      const { slices } = accumulator.block;
      for (let i = 0; i < h.count; i++) {
        for (let j = 0; j < k.count; j++) {
          for (let s = 0; s < slices.count; s++) {
            const at = layout.index(block, s, i, j);
            if (mask[at]) continue;
            const sum = accumulator.sum[(i * k.count + j) * slices.count + s]!;
            image[at] = (spec.scale * sum) / slices.width || noIntensity;
          }
        }
      }
    });
    requireFinite(image, layout);
    timings.convolutionS = (nowMs() - start) / 1000;
    return image;
  };

  return {
    shape: layout.shape,
    layout,
    mask,
    centres,
    timings,
    wavevectors: centred.q,
    spectra(p) {
      const start = nowMs();
      const modes = prepared.modes(centred.q, p);
      timings.spinWavesS = (nowMs() - start) / 1000;
      return modes;
    },
    convolve(modes) {
      const { nQ, nModes, nSites } = modes;
      const expected = [centred.q.length / 3, prepared.nModes, model.sites.length] as const;
      if (nQ !== expected[0] || nModes !== expected[1] || nSites !== expected[2]) {
        const told = (of: readonly number[]): string =>
          `${of[0]} wavevectors, ${of[1]} modes, ${of[2]} sites`;
        throw new ImagingError('SPECTRA', {
          what: 'the spin waves are not those of this image',
          where: `model ${model.name}`,
          got: told([nQ, nModes, nSites]),
          expected: told(expected),
          next: 'compute them anew with spectra(p) of this imager',
        });
      }
      timings.spinWavesS = 0;
      return convolve(centred, modes, blocks);
    },
    simulate: (p) => simulateOn(centred, p, blocks),
    simulateWithError(p, { seed = 0, replicates = 4 } = {}) {
      if (!(Number.isInteger(replicates) && replicates >= 2)) {
        throw new ImagingError('RESOLUTION', {
          what: 'a standard error needs at least two replicates',
          got: String(replicates),
          expected: 'an integer, 2 or more',
          next: 'raise replicates',
        });
      }
      const random = new Random(seed);
      const [u, v] = [random.uniform(), random.uniform()];
      const golden = 0.6180339887498949;
      const mean = new Float64Array(nPixels);
      const square = new Float64Array(nPixels);
      for (let r = 0; r < replicates; r++) {
        // Evenly spread over the cell: steps in one direction, golden-section in the other.
        const offset = [(r + u) / replicates, (v + r * golden) % 1] as const;
        simulateOn(path(offset, 1), p, blocks).forEach((x, i) => {
          mean[i] = mean[i]! + x / replicates;
          square[i] = square[i]! + (x * x) / replicates;
        });
      }
      const doubled = blocks.map((block) => ({
        ...block,
        largestCell: [2 * block.largestCell[0], 2 * block.largestCell[1]] as const,
      }));
      const coarse = simulateOn(path([0.5, 0.5], 0.5), p, doubled);
      const plain = simulateOn(centred, p, blocks);
      return {
        image: Float32Array.from(mean),
        standardError: Float32Array.from(square, (s, i) => {
          const scatter = Math.max(0, s - mean[i]! ** 2) / (replicates - 1);
          return Math.sqrt(scatter + ((coarse[i]! - plain[i]!) / 3) ** 2);
        }),
      };
    },
  };
}
