import { rename, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import {
  applyExperiment,
  createImager,
  drawExperiment,
  type Imager,
  type ImageSpec,
  measurementCorrelation,
  parseImageSpec,
} from '@spectraloom/imaging';
import { openModel } from '../shared/model.js';
import { experimentOf, type ImageArgs, replicatesOf, seedOf, specOf } from './arguments.js';
import { describeImage, readMask, readTables } from './describe.js';

/** Simulates, adds what the experiment adds, writes, and says what was made. */
export async function makeImage(args: ImageArgs): Promise<void> {
  const seed = seedOf(args);
  const replicates = replicatesOf(args);
  const experiment = drawExperiment(experimentOf(args), seed);
  const changes = specOf(args);
  const description = await describeImage(args);
  const { prepared, p, model } = await openModel(args);
  const spec = parseImageSpec({ ...description.image, ...changes }, { source: description.source });
  const mask = await readMask(args, spec);
  const tables = await readTables(args, spec);
  const imager = createImager({
    prepared,
    instrument: await description.instrument(),
    spec,
    ...(mask ? { mask } : {}),
    ...(tables ? { tables } : {}),
  });
  // Read before the work: a wrong file is told at once.
  const measured = args.compare === undefined ? undefined : await readCompared(args, imager);
  const since = performance.now();
  const made =
    args.error === undefined
      ? { image: imager.simulate(p), standardError: undefined }
      : imager.simulateWithError(p, { seed, replicates });
  const image = applyExperiment(made.image, imager, experiment, seed);
  const seconds = (performance.now() - since) / 1000;
  const compared = measured && compare(args, image, measured, imager);
  const { writeNpy } = await import('@spectraloom/shards');
  await write(
    args.out,
    extname(args.out).toLowerCase() === '.npy'
      ? writeNpy(image, imager.shape)
      : await picture(image, imager, spec, model.name),
  );
  if (made.standardError) await write(args.error!, writeNpy(made.standardError, imager.shape));
  const live = imager.mask.reduce((n, m) => n + 1 - m, 0);
  const meanLive = (x: Float32Array): number => x.reduce((a, b) => a + b, 0) / live;
  const facts = {
    out: args.out,
    shape: imager.shape,
    masked: imager.mask.length - live,
    largest: image.reduce((a, b) => Math.max(a, b), 0),
    mean: image.reduce((a, b) => a + b, 0) / image.length,
    ...(made.standardError
      ? {
          error: args.error,
          meanStandardError: meanLive(made.standardError),
          relativeStandardError: meanLive(made.standardError) / meanLive(made.image),
        }
      : {}),
    ...(compared ? { compared } : {}),
    resolution: spec.resolution,
    seed,
    experiment,
    seconds,
    parameters: Object.fromEntries(model.parameters.map(({ name }, i) => [name, p[i]])),
  };
  if (args.json) {
    process.stdout.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  process.stdout.write(
    `${args.out}: ${imager.shape.join(' x ')}, mean ${facts.mean.toPrecision(4)}, largest ${facts.largest.toPrecision(4)}, ${facts.masked} pixels without a detector, ${seconds.toFixed(1)} s\n`,
  );
  if (made.standardError) {
    process.stdout.write(
      `${args.error}: standard error, ${(100 * facts.relativeStandardError!).toFixed(2)} % of the mean of the pixels with a detector (the simulation's own, before the experiment)\n`,
    );
  }
  if (compared) {
    process.stdout.write(
      `correlation with ${args.compare}: ${compared.correlation.toFixed(4)} (${compared.pixels} pixels that are not 0 there, clipped at ${compared.clip}; ${compared.pixelsWithDetector} of them have a detector here: ${compared.correlationWithDetector.toFixed(4)})\n`,
    );
  }
}

async function readCompared(args: ImageArgs, imager: Imager) {
  const { readMeasured } = await import('@spectraloom/pipeline');
  return readMeasured(args.compare!, { mirrorK: args.mirrorK === true, layout: imager.layout });
}

/** The definition in docs/measurement.md: pixels that are not 0 in the measurement, clipped at 40. */
function compare(
  args: ImageArgs,
  image: Float32Array,
  measured: { readonly image: Float32Array },
  imager: Imager,
) {
  const clip = 40;
  const seen = measured.image.map((v, i) => (imager.mask[i] ? 0 : v));
  const count = (x: Float32Array): number => x.reduce((n, v) => n + (v === 0 ? 0 : 1), 0);
  return {
    measured: args.compare,
    clip,
    correlation: measurementCorrelation(image, measured.image, clip),
    pixels: count(measured.image),
    correlationWithDetector: measurementCorrelation(image, seen, clip),
    pixelsWithDetector: count(seen),
  };
}

/** Whole or not at all. */
async function write(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp-${process.pid}`;
  await writeFile(temporary, bytes);
  await rename(temporary, path);
}

/** Tiles with axes and colour bar, as a PNG. */
async function picture(
  image: Float32Array,
  imager: Imager,
  spec: ImageSpec,
  title: string,
): Promise<Uint8Array> {
  const { renderImagePng } = await import('@spectraloom/report');
  const { reportLayout } = await import('@spectraloom/pipeline');
  return renderImagePng(image, reportLayout(spec, imager.layout), {
    mask: imager.mask,
    title,
    quantity: { label: 'S(Q, E)', unit: `${spec.scale} x 1/meV per magnetic cell` },
  });
}
