import { z } from 'zod';
import { randomStream } from '../data/random.js';
import type { TrainingSamples } from '../data/samples.js';
import { type Matrix, zeros } from '../data/matrix.js';
import { columnDeviations, columnMeans } from '../data/scaling.js';
import {
  affine,
  applyNet,
  chain,
  foldBefore,
  type Mlp,
  newNet,
  outputsOf,
} from '../mlp/network.js';
import { type FitControl, trainNet } from '../mlp/train.js';
import { emulate } from './emulator.js';
import { Interpreter, startingCodes } from './interpreter.js';
import {
  checkComponents,
  checkMethod,
  checkOptions,
  componentsSchema,
  hiddenSchema,
  netSchema,
  type Prepared,
  prepare,
} from './prepare.js';

const schema = z.strictObject({
  ...netSchema,
  components: componentsSchema,
  /** Units of the layers between structure and bottleneck. */
  encoderHidden: hiddenSchema.min(1).default([64, 64]),
  /** Units of the layers between bottleneck and spectrum. */
  decoderHidden: hiddenSchema.default([64, 64]),
});
export type EdnnOptions = z.input<typeof schema> & {
  /** With as many components as inputs: a fitted emulator to take, in place of training one. */
  readonly emulator?: Interpreter;
};
type EdnnSettings = z.output<typeof schema>;

/**
 * Encoder-decoder neural network (arXiv 2406.14044): structure -> net -> k units -> net -> spectrum.
 * Latent values are given mean 0, standard deviation 1 over the training samples, and the sign in
 * which they grow with the input they follow most. `expand` is the mean structure at given latent
 * values, learnt by a small net.
 *
 * With as many components as inputs there is no bottleneck: the structure itself is the latent
 * value, and the net trained is the emulator with `hidden`.
 */
export async function fitEdnn(
  data: TrainingSamples,
  options: EdnnOptions,
  control: FitControl = {},
): Promise<Interpreter> {
  const { emulator, ...plain } = options;
  const settings = checkOptions(schema, plain, 'ednn');
  const given = checkMethod(emulator, 'emulator', 'ednn');
  const prepared = prepare(data, settings.scaling, given?.parts);
  const { components: k, training, seed, activation } = settings;
  checkComponents(k, prepared.inputs, 'ednn');
  if (k === prepared.inputs) {
    const { parts } = given ?? (await emulate(prepared, settings, control));
    return new Interpreter({ ...parts, method: 'ednn', basis: undefined });
  }
  const random = randomStream(seed, 4);
  const start = chain(
    newNet(prepared.inputs, settings.encoderHidden, k, activation, random),
    newNet(k, settings.decoderHidden, prepared.rank, activation, random),
  );
  const trained = await trainNet(
    start,
    prepared,
    prepared.validation,
    training,
    seed,
    control,
    `ednn ${k}`,
  );
  const bottleneck = settings.encoderHidden.length + 1;
  const { encoder, decoder } = standardised(
    { inputs: prepared.inputs, layers: trained.net.layers.slice(0, bottleneck) },
    { inputs: k, layers: trained.net.layers.slice(bottleneck) },
    prepared.x,
  );
  return new Interpreter({
    method: 'ednn',
    inputScale: prepared.inputScale,
    outputScale: prepared.outputScale,
    encoder,
    decoder,
    lift: await fitLift(encoder, prepared, settings, control),
    codes: startingCodes(encoder, prepared.x),
    history: trained.history,
  });
}

/** Latent values shifted and scaled to mean 0 and deviation 1, and turned to grow with an input. */
function standardised(encoder: Mlp, decoder: Mlp, x: Matrix): { encoder: Mlp; decoder: Mlp } {
  const k = outputsOf(encoder);
  const t = applyNet(encoder, x);
  const mean = columnMeans(t);
  const sd = columnDeviations(t, mean).map((v) => v || 1);
  const change = zeros(k, k);
  const back = zeros(k, k);
  const shift = new Float64Array(k);
  for (let c = 0; c < k; c++) {
    const along = new Float64Array(x.columns);
    t.data.forEach((v, i) => {
      if (i % k !== c) return;
      const row = Math.floor(i / k);
      for (let a = 0; a < x.columns; a++) along[a] += (v - mean[c]) * x.data[row * x.columns + a];
    });
    const strongest = along.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    const factor = (strongest < 0 ? -1 : 1) / sd[c];
    change.data[c * k + c] = factor;
    back.data[c * k + c] = 1 / factor;
    shift[c] = -mean[c] * factor;
  }
  return {
    encoder: chain(encoder, { inputs: k, layers: [affine(change, shift)] }),
    decoder: foldBefore(back, decoder, mean),
  };
}

/** A net for the mean structure at given latent values. */
async function fitLift(
  encoder: Mlp,
  { x, validation }: Prepared,
  { training, seed, activation, components }: EdnnSettings,
  control: FitControl,
): Promise<Mlp> {
  const { net } = await trainNet(
    newNet(components, [32, 32], x.columns, activation, randomStream(seed, 5)),
    { x: applyNet(encoder, x), y: x },
    { x: applyNet(encoder, validation.x), y: validation.x },
    { ...training, epochs: Math.max(1, Math.ceil(training.epochs / 4)) },
    seed,
    control,
    `ednn ${components}, structure at latent values`,
  );
  return net;
}
