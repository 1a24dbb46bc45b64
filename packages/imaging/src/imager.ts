import {
  coverageMask,
  detectorPixels,
  fwhmPerSigma,
  spectrometer,
  type Instrument,
  type Spectrometer,
} from '@spectraloom/instrument';
import { BOLTZMANN_MEV_PER_K, type PreparedModel } from '@spectraloom/spinwave';
import { nowMs } from './clock.js';
import { BlockAccumulator } from './convolution/accumulator.js';
import {
  convolveTwin,
  type ConvolutionBlock,
  type PlaneSetup,
} from './convolution/planeConvolution.js';
import { ImagingError } from './errors.js';
import { imageFrame, type ImageFrame } from './geometry/frame.js';
import { norm } from './geometry/linear.js';
import { pixelCentres, type PixelCentres } from './geometry/pixelCentres.js';
import { covarianceElements, covarianceTable } from './resolution/covarianceTable.js';
import { imageLayout, type AxisBins, type ImageLayout } from './spec/layout.js';
import type { ImageSpec } from './spec/schema.js';
import { flatAxisAlongBeam, planeGrid, twinPoints, twinTransforms } from './spectra/planeGrid.js';
import { siteGroups } from './spectra/siteGroups.js';

export interface SimulateOptions {
  /** Reserved for sampled resolution models; the default one is analytic and ignores it. */
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
  /**
   * S(Q, E) averaged over each pixel, times `scale`: Float32Array [rows * columns], 1/meV per
   * magnetic cell; masked pixels 0.
   * @param p parameter vector of the prepared model.
   * @throws UnstableGroundState when the spin waves say so.
   */
  simulate(p: Float64Array, options?: SimulateOptions): Float32Array;
}

export interface ImagerInput {
  readonly prepared: PreparedModel;
  readonly instrument: Instrument;
  readonly spec: ImageSpec;
  /** A mask to use instead of the instrument's coverage, [rows * columns], 1 = masked. */
  readonly mask?: Uint8Array;
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

/** The mask of an image from the detectors of the instrument, [rows * columns]. */
export function imageMask(instrument: Instrument, spec: ImageSpec, frame: ImageFrame): Uint8Array {
  const layout = imageLayout(spec);
  const mask = new Uint8Array(layout.shape[0] * layout.shape[1]);
  if (spec.mask === 'none') return mask;
  const pixels = detectorPixels(instrument);
  const projection = frame.spectrometerToImage.subarray(0, 6);
  const { h, k } = layout;
  for (const { block, slice, eiMeV, energyMeV } of layout.tiles) {
    const step = spec.energyBinFraction > 0 ? spec.energyBinFraction : 0.01;
    const tile = coverageMask(
      pixels,
      projection,
      { eiMeV, energyRangeMeV: energyMeV, first: h, second: k },
      step * eiMeV,
    );
    for (let i = 0; i < h.count; i++) {
      for (let j = 0; j < k.count; j++) {
        mask[layout.index(block, slice, i, j)] = tile[i * k.count + j]!;
      }
    }
  }
  return mask;
}

function blockSlices(spec: ImageSpec, eiMeV: number): AxisBins {
  const { from, to, count } = spec.slices;
  return { low: from * eiMeV, width: ((to - from) * eiMeV) / count, count };
}

/** @throws ImagingError FRAME for a model that disperses along the beam. */
function requireFlatAxis(flat: number | undefined, name: string): number {
  if (flat !== undefined) return flat;
  throw new ImagingError('FRAME', {
    what: 'the model disperses along the beam, which the imager does not follow yet',
    where: `model ${name}`,
    got: 'no flat axis along axes.beam in every twin',
    expected: 'energies independent of the momentum along the beam',
    next: 'turn axes.beam to a direction without dispersion',
  });
}

/**
 * Works out all that does not depend on parameter values: grid, phases, resolution tables, mask.
 * @throws ImagingError FRAME, MASK_SHAPE; InstrumentError for settings the instrument cannot have.
 */
export function createImager({ prepared, instrument, spec, mask }: ImagerInput): Imager {
  const { model } = prepared;
  const layout = imageLayout(spec);
  const nPixels = layout.shape[0] * layout.shape[1];
  const frame = imageFrame(spec, model.chemicalLattice);
  if (mask && mask.length !== nPixels) {
    throw new ImagingError('MASK_SHAPE', {
      what: 'the mask does not fit the image',
      got: `${mask.length} values`,
      expected: `${layout.shape.join(' x ')} = ${nPixels}`,
      next: 'give a mask of the image, or none to use the coverage of the detectors',
    });
  }
  const machines = spectrometersOf(instrument, spec, frame);
  const twins = twinTransforms(model.twins, spec.twins);
  const flat = requireFlatAxis(flatAxisAlongBeam(prepared, frame, twins), model.name);
  const intrinsicVariance = (spec.intrinsicFwhmMeV / fwhmPerSigma) ** 2;
  const { h, k } = layout;

  let marginH = 0.5 * h.width;
  let marginK = 0.5 * k.width;
  const blocks = machines.map((machine): ConvolutionBlock => {
    const { eiMeV } = machine;
    const slices = blockSlices(spec, eiMeV);
    const top = slices.low + slices.width * slices.count;
    let range: [number, number] = [
      Math.max(0, 0.5 * slices.low),
      Math.min(0.97 * eiMeV, 1.15 * top),
    ];
    const pad = 3;
    const table =
      spec.resolution === 'none'
        ? undefined
        : covarianceTable(machine, frame, {
            h: [h.low - pad * h.width, h.low + (h.count + pad) * h.width],
            k: [k.low - pad * k.width, k.low + (k.count + pad) * k.width],
            energyMeV: range,
          });
    let energyVariance = intrinsicVariance;
    let smallest = [0, 0, intrinsicVariance];
    if (table) {
      smallest = [Infinity, Infinity, Infinity];
      for (let at = 0; at < table.values.length; at += covarianceElements) {
        marginH = Math.max(marginH, 4 * Math.sqrt(table.values[at]!));
        marginK = Math.max(marginK, 4 * Math.sqrt(table.values[at + 2]!));
        energyVariance = Math.max(energyVariance, table.values[at + 5]! + intrinsicVariance);
        [0, 2, 5].forEach((element, n) => {
          smallest[n] = Math.min(smallest[n]!, table.values[at + element]!);
        });
      }
    }
    const spread = 4.5 * Math.sqrt(energyVariance);
    range = [slices.low - spread, Math.min(top + spread, 0.999 * eiMeV)];
    return {
      eiMeV,
      energyRangeMeV: range,
      mergeMeV: 0.4 * Math.sqrt(smallest[2]!),
      largestCell: [
        spec.cellWidthSd * Math.sqrt(smallest[0]!),
        spec.cellWidthSd * Math.sqrt(smallest[1]!),
      ],
      accumulator: new BlockAccumulator(h, k, { slices, table }),
    };
  });

  const grid = planeGrid(model, frame, twins, flat, { h, k }, spec.pointsPerPixel);
  const pointSets = twins.map((twin) =>
    twinPoints(model, frame, twin, grid, { h, k }, [marginH, marginK]),
  );
  const reach = 1.2 * Math.max(Math.abs(h.low), h.low + h.count * h.width) * norm(frame.a);
  const reachK = 1.2 * Math.max(Math.abs(k.low), k.low + k.count * k.width) * norm(frame.b);
  const kiMax = Math.max(...machines.map((m) => m.ki));
  const setup: PlaneSetup = {
    frame,
    grid,
    groups: siteGroups(model, flat, spec.formFactor, reach + reachK + 2 * kiMax),
    nModes: prepared.nModes,
    nSites: model.sites.length,
    intrinsicVariance,
    thermalEnergyMeV: BOLTZMANN_MEV_PER_K * (spec.temperatureKelvin ?? model.temperatureKelvin),
  };
  const imageMaskArray = mask ?? imageMask(instrument, spec, frame);
  const timings: ImageTimings = { spinWavesS: 0, convolutionS: 0 };

  return {
    shape: layout.shape,
    layout,
    mask: imageMaskArray,
    centres: pixelCentres(layout, frame),
    timings,
    simulate(p) {
      const start = nowMs();
      const modes = prepared.modes(grid.q, p);
      const middle = nowMs();
      for (const { accumulator } of blocks) accumulator.clear();
      pointSets.forEach((points) => {
        const area = Math.abs(
          points.step1[0] * points.step2[1] - points.step1[1] * points.step2[0],
        );
        convolveTwin(setup, points, modes, blocks, (points.weight * area) / (h.width * k.width));
      });
      const image = new Float32Array(nPixels);
      blocks.forEach(({ accumulator }, block) => {
        const { slices } = accumulator.block;
        for (let i = 0; i < h.count; i++) {
          for (let j = 0; j < k.count; j++) {
            for (let s = 0; s < slices.count; s++) {
              const at = layout.index(block, s, i, j);
              if (imageMaskArray[at]) continue;
              const sum = accumulator.sum[(i * k.count + j) * slices.count + s]!;
              image[at] = (spec.scale * sum) / slices.width;
            }
          }
        }
      });
      timings.spinWavesS = (middle - start) / 1000;
      timings.convolutionS = (nowMs() - middle) / 1000;
      return image;
    },
  };
}
