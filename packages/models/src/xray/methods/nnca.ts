import { z } from 'zod';
import { type Matrix, rowOf } from '../data/matrix.js';
import { randomStream } from '../data/random.js';
import type { TrainingSamples } from '../data/samples.js';
import {
  identityMatrix,
  lqFactors,
  multiply,
  signOf,
  transposed,
} from '../directions/orthonormal.js';
import { projectedVariance } from '../directions/projectedVariance.js';
import { componentsOf } from '../directions/search.js';
import { affine, applyNet, foldBefore, type Mlp, newLayer, newNet } from '../mlp/network.js';
import { type EpochLoss, type FitControl, type Trained, trainNet } from '../mlp/train.js';
import { emulate } from './emulator.js';
import { Interpreter, startingCodes } from './interpreter.js';
import {
  checkComponents,
  checkMethod,
  checkOptions,
  componentsSchema,
  netSchema,
  type Prepared,
  prepare,
} from './prepare.js';

const schema = z.strictObject({
  ...netSchema,
  components: componentsSchema,
  /** Nets that are begun; the best after a fifth of the epochs is trained to the end. */
  starts: z.number().int().min(1).max(100).default(3),
});
export type NncaOptions = z.input<typeof schema> & {
  /** With as many components as inputs: a fitted emulator to turn, in place of training one. */
  readonly emulator?: Interpreter;
};
type NncaSettings = z.output<typeof schema>;

/**
 * Neural-network component analysis (Passilahti, Vladyka and Niskanen, arXiv 2406.14044): a linear
 * encoder without bias, then a net. The encoder is trained free, and made orthonormal afterwards
 * without changing a prediction: A = L Q, with L folded into the decoder's first layer. Inside the
 * subspace the basis is turned so that component 1 alone covers most, then 2 with 1, and so on.
 *
 * With as many components as inputs the encoder is only a change of basis, which the decoder's first
 * layer takes up: the net trained is the emulator of the same options, and rho is its rho.
 */
export async function fitNnca(
  data: TrainingSamples,
  options: NncaOptions,
  control: FitControl = {},
): Promise<Interpreter> {
  const { emulator, ...plain } = options;
  const settings = checkOptions(schema, plain, 'nnca');
  const given = checkMethod(emulator, 'emulator', 'nnca');
  const { components: k } = settings;
  const prepared = prepare(data, settings.scaling, given?.parts);
  checkComponents(k, prepared.inputs, 'nnca');
  const { linear, net, history } =
    k === prepared.inputs
      ? await changeOfBasis(prepared, settings, control, given)
      : await trainFree(prepared, settings, control);
  const { basis, decoder } = canonicalBasis(linear, net, prepared, settings.seed);
  const encoder = { inputs: prepared.inputs, layers: [affine(transposed(basis))] };
  return new Interpreter({
    method: 'nnca',
    inputScale: prepared.inputScale,
    outputScale: prepared.outputScale,
    encoder,
    decoder,
    lift: { inputs: k, layers: [affine(basis)] },
    basis,
    codes: startingCodes(encoder, prepared.x),
    history,
  });
}

/** A linear encoder `[k, p]` and the net behind it. */
interface FreeNet {
  readonly linear: Matrix;
  readonly net: Mlp;
  readonly history: readonly EpochLoss[];
}

/** As many components as inputs: the identity, and the emulator behind it. */
async function changeOfBasis(
  prepared: Prepared,
  settings: NncaSettings,
  control: FitControl,
  given: Interpreter | undefined,
): Promise<FreeNet> {
  const { parts } = given ?? (await emulate(prepared, settings, control));
  return { linear: identityMatrix(prepared.inputs), net: parts.decoder, history: parts.history };
}

/** Trains encoder and decoder together: several short beginnings, the best goes on. */
async function trainFree(
  prepared: Prepared,
  { components: k, hidden, activation, training, seed, starts }: NncaSettings,
  control: FitControl,
): Promise<FreeNet> {
  const { inputs, rank, validation } = prepared;
  const begin = (start: number): Mlp => {
    const random = randomStream(seed + start * 7919, 3);
    const encoder = newLayer(inputs, k, 'linear', random, { bias: false });
    return { inputs, layers: [encoder, ...newNet(k, hidden, rank, activation, random).layers] };
  };
  let best: Trained | undefined;
  const short = { ...training, epochs: Math.max(1, Math.ceil(training.epochs / 5)) };
  for (let start = 0; starts > 1 && start < starts; start++) {
    const what = `nnca ${k}, start ${start + 1} of ${starts}`;
    const trial = await trainNet(begin(start), prepared, validation, short, seed, control, what);
    if (!best || trial.bestValidation < best.bestValidation) best = trial;
  }
  const from = best?.net ?? begin(0);
  const trained = await trainNet(from, prepared, validation, training, seed, control, `nnca ${k}`);
  const [encoder, ...layers] = trained.net.layers;
  return {
    linear: transposed({ data: encoder.weights, rows: inputs, columns: k }),
    net: { inputs: k, layers },
    history: trained.history,
  };
}

/**
 * The same function of structure with an orthonormal encoder in its canonical basis: A = L Q, L and
 * the turn inside the subspace folded into the net's first layer.
 * @param linear `[k, p]`, A: t = A z
 * @param net t -> spectrum
 * @returns `basis` `[k, p]` and a net of the values along it
 */
export function canonicalBasis(
  linear: Matrix,
  net: Mlp,
  data: Pick<Prepared, 'x' | 'y' | 'total' | 'outside'>,
  seed: number,
): { readonly basis: Matrix; readonly decoder: Mlp } {
  const { rows: k, columns: p } = linear;
  const { l, q } = lqFactors(linear);
  // t = L t' of t' = Q z: a row of values t' becomes t'^T L^T.
  const orthonormal = foldBefore(transposed(l), net);
  const latent = applyNet({ inputs: p, layers: [affine(transposed(q))] }, data.x);
  const objective = projectedVariance(orthonormal, latent, data.y, data);
  const { basis: turn } = componentsOf(objective, k, { starts: 4 + 2 * k, seed });
  const basis = multiply(turn, q);
  for (let r = 0; r < k; r++) {
    const sign = signOf(rowOf(basis, r));
    rowOf(basis, r).forEach((v, i, row) => (row[i] = sign * v));
    rowOf(turn, r).forEach((v, i, row) => (row[i] = sign * v));
  }
  // t'' = turn t', and turn is orthogonal: a row of values t'' becomes t''^T turn.
  return { basis, decoder: foldBefore(turn, orthonormal) };
}
