import { z } from 'zod';
import { NetworkError } from '../errors.js';
import type { Matrix } from './data/matrix.js';
import { Interpreter, type MethodName, methodNames } from './methods/interpreter.js';
import type { Mlp } from './mlp/network.js';

const numbers = z.base64();
const matrixSchema = z.strictObject({
  rows: z.number().int().min(0),
  columns: z.number().int().min(0),
  data: numbers,
});
const netSchema = z.strictObject({
  inputs: z.number().int().min(1),
  layers: z.array(
    z.strictObject({
      inputs: z.number().int().min(1),
      outputs: z.number().int().min(1),
      activation: z.enum(['linear', 'tanh', 'softplus', 'silu', 'relu']),
      weights: numbers,
      bias: numbers.optional(),
    }),
  ),
});
const savedSchema = z.strictObject({
  format: z.literal('spectraloom-interpreter-1'),
  method: z.enum(methodNames),
  scaling: z.enum(['global', 'point']),
  inputScale: z.strictObject({ mean: numbers, sd: numbers }),
  outputScale: z.strictObject({ mean: numbers, scale: numbers, basis: matrixSchema }),
  encoder: netSchema,
  decoder: netSchema,
  lift: netSchema,
  emulator: netSchema.optional(),
  basis: matrixSchema.optional(),
  codes: matrixSchema,
  history: z.array(
    z.strictObject({ epoch: z.number(), train: z.number(), validation: z.number() }),
  ),
});

/** A fitted method as plain JSON; arrays of doubles in base64 (little endian), so none is rounded. */
export type SavedInterpreter = z.infer<typeof savedSchema>;

export function saveInterpreter({ parts }: Interpreter): SavedInterpreter {
  const { inputScale, outputScale, encoder, decoder, lift, emulator, basis, codes } = parts;
  return {
    format: 'spectraloom-interpreter-1',
    method: parts.method,
    scaling: outputScale.scaling,
    inputScale: { mean: packed(inputScale.mean), sd: packed(inputScale.sd) },
    outputScale: {
      mean: packed(outputScale.mean),
      scale: packed(outputScale.scale),
      basis: packedMatrix(outputScale.basis),
    },
    encoder: packedNet(encoder),
    decoder: packedNet(decoder),
    lift: packedNet(lift),
    ...(emulator && { emulator: packedNet(emulator) }),
    ...(basis && { basis: packedMatrix(basis) }),
    codes: packedMatrix(codes),
    history: [...parts.history],
  };
}

/** @throws NetworkError SAVED_INVALID when it is not what `saveInterpreter` wrote, or cut short */
export function loadInterpreter(saved: unknown, where = 'saved interpreter'): Interpreter {
  const parsed = savedSchema.safeParse(saved);
  if (!parsed.success) throw invalid(where, z.prettifyError(parsed.error));
  const s = parsed.data;
  const method: MethodName = s.method;
  const matrixOf = (m: SavedInterpreter['codes']): Matrix => ({
    rows: m.rows,
    columns: m.columns,
    data: unpacked(m.data, m.rows * m.columns, where),
  });
  const netOf = (net: SavedInterpreter['encoder']): Mlp => ({
    inputs: net.inputs,
    layers: net.layers.map(({ inputs, outputs, activation, weights, bias }) => ({
      inputs,
      outputs,
      activation,
      weights: unpacked(weights, inputs * outputs, where),
      ...(bias !== undefined && { bias: unpacked(bias, outputs, where) }),
    })),
  });
  return new Interpreter({
    method,
    inputScale: {
      mean: unpacked(s.inputScale.mean, undefined, where),
      sd: unpacked(s.inputScale.sd, undefined, where),
    },
    outputScale: {
      scaling: s.scaling,
      mean: unpacked(s.outputScale.mean, undefined, where),
      scale: unpacked(s.outputScale.scale, undefined, where),
      basis: matrixOf(s.outputScale.basis),
    },
    encoder: netOf(s.encoder),
    decoder: netOf(s.decoder),
    lift: netOf(s.lift),
    ...(s.emulator && { emulator: netOf(s.emulator) }),
    ...(s.basis && { basis: matrixOf(s.basis) }),
    codes: matrixOf(s.codes),
    history: s.history,
  });
}

const packed = (a: Float64Array): string =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).toString('base64');
const packedMatrix = ({ rows, columns, data }: Matrix) => ({ rows, columns, data: packed(data) });
const packedNet = ({ inputs, layers }: Mlp) => ({
  inputs,
  layers: layers.map(({ weights, bias, ...shape }) => ({
    inputs: shape.inputs,
    outputs: shape.outputs,
    activation: shape.activation,
    weights: packed(weights),
    ...(bias && { bias: packed(bias) }),
  })),
});

function unpacked(text: string, length: number | undefined, where: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % 8 !== 0 || (length !== undefined && bytes.length !== 8 * length)) {
    throw invalid(where, `${bytes.length} bytes where ${length ?? 'a number of'} doubles belong`);
  }
  const out = new Float64Array(bytes.length / 8);
  for (let i = 0; i < out.length; i++) out[i] = bytes.readDoubleLE(8 * i);
  return out;
}

function invalid(where: string, got: string): NetworkError {
  return new NetworkError({
    code: 'SAVED_INVALID',
    what: 'this is not a saved interpreter',
    where,
    got,
    next: 'train again',
  });
}
