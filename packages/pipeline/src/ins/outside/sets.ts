import {
  createImager,
  imageFrame,
  type ImageLayout,
  imageMask,
  keepUnstable,
  normalisationKinds,
  otherNormalisation,
  parseImageSpec,
  pureBackground,
  Random,
  shuffledTiles,
  stitchedBlocks,
  wrongMask,
  wrongMaskKinds,
} from '@spectraloom/imaging';
import { namedInstrument, parseInstrument } from '@spectraloom/instrument';
import { checkStability, prepare } from '@spectraloom/spinwave';
import { type Augmentation, Random as Noise } from '@spectraloom/training';
import type { Experiment } from '../experiment.js';
import { masked } from '../masked.js';
import { magnetImages, type ReadMagnet } from './magnets.js';

/** What the sets are made from. */
export interface OutsideSources {
  readonly experiment: Experiment;
  readonly magnets: readonly ReadMagnet[];
  /** Names of other instruments. */
  readonly instruments: readonly string[];
  /** Images a set. */
  readonly count: number;
  readonly seed: number;
  /** Simulated images from inside, never trained on, with their class and parameters. */
  readonly inside: readonly InsideImage[];
  /** Noise and background, for the sets that must have them before they are changed. */
  readonly augmentation?: Augmentation | undefined;
}

export interface InsideImage {
  readonly image: Float32Array;
  readonly label: string;
  readonly parameters: { readonly [name: string]: number };
}

/** A set of images that no network of the pipeline was trained on. */
export interface OutsideSet {
  readonly name: string;
  /** In words, for the report. */
  readonly what: string;
  readonly make: (sources: OutsideSources) => Float32Array[];
  /** The images have noise and background already. */
  readonly noisy?: true;
}

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
/** Simulations that serve several images each. */
const few = (count: number, each: number): number => Math.ceil(count / each);

function machine({ instrument }: Experiment) {
  return parseInstrument(instrument.text, { source: instrument.path });
}

/** The mask of the pipeline's own images, and what places pixels. */
function place({ experiment }: OutsideSources) {
  const { spec, classes, layout } = experiment;
  const frame = imageFrame(spec, classes[0]!.model.chemicalLattice);
  return { layout, mask: imageMask(machine(experiment), spec, frame) };
}

/** Images from inside, simulated anew with another imager a class. */
function simulateInside(
  { experiment, inside }: OutsideSources,
  count: number,
  make: (label: string) => {
    simulate: (parameters: { readonly [name: string]: number }) => Float32Array;
  },
): Float32Array[] {
  const imagers = new Map(experiment.classes.map(({ label }) => [label, make(label)]));
  return inside
    .slice(0, count)
    .map(({ label, parameters }) => imagers.get(label)!.simulate(parameters));
}

const modelOf = ({ classes }: Experiment, label: string) =>
  prepare(classes.find((c) => c.label === label)!.model);

/** Each Ei block as strong as that of another image: intensity alone must not give it away. */
function asStrong(image: Float32Array, as: Float32Array, layout: ImageLayout): Float32Array {
  const out = image.slice();
  const size = image.length / layout.blocks;
  const rms = (of: Float32Array) => Math.sqrt(of.reduce((sum, v) => sum + v * v, 0) / size);
  for (let block = 0; block < layout.blocks; block++) {
    const own = out.subarray(block * size, (block + 1) * size);
    const factor = rms(as.subarray(block * size, (block + 1) * size)) / (rms(own) || 1);
    own.forEach((v, i) => (own[i] = v * factor));
  }
  return out;
}

/** An image as an experiment would have it: noise and background added, nothing below zero. */
function measuredLike({ augmentation, seed }: OutsideSources, image: Float32Array, at: number) {
  const out = image.slice();
  augmentation?.(out, new Noise(seed, at));
  return out.map((v) => Math.max(v, 0));
}

const stitchedBefore = new WeakMap<OutsideSources, Float32Array[]>();

/** Each Ei from another magnet, as strong as an image from inside; made once for two sets. */
function stitchedImages(sources: OutsideSources): Float32Array[] {
  const before = stitchedBefore.get(sources);
  if (before) return before;
  const { magnets, experiment, count, seed } = sources;
  const images = magnets.flatMap((magnet, i) =>
    magnetImages(magnet, experiment.spec, machine(experiment), 2, seed + i),
  );
  const { layout, mask } = place(sources);
  const made = numbers(count).map((i) => {
    const stitched = masked(stitchedBlocks(images, layout, seed * 1000 + i), mask);
    return asStrong(stitched, sources.inside[i % sources.inside.length]!.image, layout);
  });
  stitchedBefore.set(sources, made);
  return made;
}

/** Images brought to other scales, a kind after the other, after noise and background. */
function renormalised(sources: OutsideSources, images: readonly Float32Array[]): Float32Array[] {
  const context = place(sources);
  const kinds = normalisationKinds.length;
  return numbers(sources.count).map((i) =>
    otherNormalisation(
      measuredLike(sources, images[Math.floor(i / kinds) % images.length]!, i),
      context,
      normalisationKinds[i % kinds]!,
    ),
  );
}

/** Every set by name; a function of its sources and their seed alone. */
export const outsideSets: readonly OutsideSet[] = [
  {
    name: 'stitched',
    what: 'each Ei from another magnet at the same settings ("Franken")',
    make: stitchedImages,
  },
  {
    name: 'stitched-normalised',
    what: 'the same with noise, brought to another scale: [0, 1], tile by tile, logarithm, square',
    make: (sources) => renormalised(sources, stitchedImages(sources)),
    noisy: true,
  },
  {
    name: 'wrong-mask',
    what: 'the right spectra behind a wrong detector mask',
    make: (sources) => {
      const { experiment, count, seed } = sources;
      const instrument = machine(experiment);
      const spec = { ...experiment.spec, mask: 'none' as const };
      const bare = simulateInside(sources, few(count, wrongMaskKinds.length), (label) => {
        const prepared = modelOf(experiment, label);
        const imager = createImager({ prepared, instrument, spec });
        return { simulate: (p) => imager.simulate(prepared.parameterVector(p)) };
      });
      const { layout, mask } = place(sources);
      return numbers(count).map((i) => {
        const kind = wrongMaskKinds[i % wrongMaskKinds.length]!;
        const image = bare[Math.floor(i / wrongMaskKinds.length) % bare.length]!;
        return masked(image, wrongMask(mask, layout, kind, seed * 1000 + i));
      });
    },
  },
  {
    name: 'shuffled-tiles',
    what: 'the tiles of one image in another order',
    make: (sources) => {
      const { inside, count, seed } = sources;
      const { layout, mask } = place(sources);
      return numbers(count).map((i) =>
        shuffledTiles(inside[i % inside.length]!.image, layout, mask, seed * 1000 + i),
      );
    },
  },
  {
    name: 'other-instrument',
    what: 'the right spectra measured by another spectrometer',
    make: (sources) => {
      const { experiment, instruments, count } = sources;
      return instruments.flatMap((name) =>
        simulateInside(sources, few(count, instruments.length), (label) => {
          const prepared = modelOf(experiment, label);
          const imager = createImager({
            prepared,
            instrument: namedInstrument(name),
            spec: experiment.spec,
          });
          return { simulate: (p) => imager.simulate(prepared.parameterVector(p)) };
        }),
      );
    },
  },
  {
    name: 'unstable',
    what: 'draws whose ground state is not stable, simulated all the same',
    make: ({ experiment, count, seed }) => {
      const instrument = machine(experiment);
      const { spec, preset } = experiment;
      return experiment.classes.flatMap(({ model }, c) => {
        const prepared = prepare(model);
        const imager = createImager({ prepared: keepUnstable(prepared), instrument, spec });
        const random = new Random(seed, c);
        const images: Float32Array[] = [];
        const wanted = few(count, experiment.classes.length);
        // A model that is stable nearly everywhere gives fewer.
        for (let tries = 0; images.length < wanted && tries < 60 * wanted; tries++) {
          const p = Float64Array.from(model.parameters, ({ prior, value }) =>
            prior && 'min' in prior && prior.min !== undefined && prior.max !== undefined
              ? prior.min + (prior.max - prior.min) * random.uniform()
              : value,
          );
          const grid = preset.plan.stabilityGrid;
          if (checkStability(prepared, p, { grid, stopAtFirst: true }).stable) continue;
          images.push(imager.simulate(p));
        }
        return images;
      });
    },
  },
  {
    name: 'pure-background',
    what: 'no spin waves: background, elastic tail, phonons and counting noise',
    make: (sources) => {
      const { experiment, count, seed } = sources;
      const prepared = prepare(experiment.classes[0]!.model);
      const context = createImager({
        prepared,
        instrument: machine(experiment),
        spec: parseImageSpec({ ...experiment.spec, pointsPerPixel: 1, resolution: 'none' }),
      });
      return numbers(count).map((i) => pureBackground(context, seed * 1000 + i));
    },
  },
  {
    name: 'other-normalisation',
    what: 'intensities brought to another scale: [0, 1], tile by tile, logarithm, square',
    make: (sources) =>
      renormalised(
        sources,
        sources.inside.map(({ image }) => image),
      ),
    noisy: true,
  },
];
