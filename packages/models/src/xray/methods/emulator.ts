import { z } from 'zod';
import type { TrainingSamples } from '../data/samples.js';
import { identityMatrix } from '../directions/orthonormal.js';
import { randomStream } from '../data/random.js';
import { identityNet, newNet } from '../mlp/network.js';
import { type FitControl, trainNet } from '../mlp/train.js';
import { Interpreter, startingCodes } from './interpreter.js';
import { checkOptions, netSchema, type Prepared, prepare } from './prepare.js';

const schema = z.strictObject(netSchema);
export type EmulatorOptions = z.input<typeof schema>;
export type EmulatorSettings = z.output<typeof schema>;

/** A net from structure to spectrum; its latent values are the z-scored structure itself. */
export async function fitEmulator(
  data: TrainingSamples,
  options: EmulatorOptions = {},
  control: FitControl = {},
): Promise<Interpreter> {
  const settings = checkOptions(schema, options, 'emulator');
  return emulate(prepare(data, settings.scaling), settings, control);
}

export async function emulate(
  prepared: Prepared,
  { hidden, activation, training, seed }: Omit<EmulatorSettings, 'scaling'>,
  control: FitControl,
): Promise<Interpreter> {
  const { inputs, rank } = prepared;
  const start = newNet(inputs, hidden, rank, activation, randomStream(seed, 1));
  const trained = await trainNet(
    start,
    prepared,
    prepared.validation,
    training,
    seed,
    control,
    'emulator',
  );
  const encoder = identityNet(inputs);
  return new Interpreter({
    method: 'emulator',
    inputScale: prepared.inputScale,
    outputScale: prepared.outputScale,
    encoder,
    decoder: trained.net,
    lift: identityNet(inputs),
    basis: identityMatrix(inputs),
    codes: startingCodes(encoder, prepared.x),
    history: trained.history,
  });
}
