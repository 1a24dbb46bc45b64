import type { ScatteringPath } from '@spectraloom/xray';
import { z } from 'zod';
import { NetworkError } from '../../errors.js';
import type { Mlp } from '../mlp/network.js';
import { ShellReader } from './reader.js';
import { shellSettingsSchema } from './simulate.js';

const numbers = z.array(z.number());
const scale = z.strictObject({ mean: numbers, sd: numbers });
const net = z.strictObject({
  inputs: z.number().int().min(1),
  layers: z.array(
    z.strictObject({
      inputs: z.number().int().min(1),
      outputs: z.number().int().min(1),
      activation: z.enum(['linear', 'tanh', 'softplus', 'silu', 'relu']),
      weights: numbers,
      bias: numbers,
    }),
  ),
});
const schema = z.strictObject({
  format: z.literal('spectraloom-shell-reader-1'),
  /** Name of the path table and its effective length, Å: a reader belongs to one path. */
  path: z.strictObject({ name: z.string(), lengthAngstrom: z.number() }),
  settings: shellSettingsSchema,
  featureScale: scale,
  taughtScale: scale,
  mean: net,
  spread: net,
  scores: z.array(numbers).length(4),
  rFactors: numbers,
});

/** A reader as plain JSON. */
export type SavedShellReader = z.infer<typeof schema>;

export function saveShellReader(reader: ShellReader, path: ScatteringPath): SavedShellReader {
  const { settings, featureScale, taughtScale, mean, spread, scores, rFactors } = reader.parts;
  const scaleOf = ({ mean, sd }: { mean: Float64Array; sd: Float64Array }) => ({
    mean: [...mean],
    sd: [...sd],
  });
  return {
    format: 'spectraloom-shell-reader-1',
    path: { name: path.table.name, lengthAngstrom: path.table.effectiveLengthAngstrom },
    settings,
    featureScale: scaleOf(featureScale),
    taughtScale: scaleOf(taughtScale),
    mean: netOut(mean),
    spread: netOut(spread),
    scores: scores.map((s) => [...s]),
    rFactors: [...rFactors],
  };
}

const netOut = ({ inputs, layers }: Mlp) => ({
  inputs,
  layers: layers.map((l) => ({
    inputs: l.inputs,
    outputs: l.outputs,
    activation: l.activation,
    weights: [...l.weights],
    bias: [...(l.bias ?? new Float64Array(l.outputs))],
  })),
});

/**
 * @param path the table the reader was trained on
 * @throws NetworkError SAVED_INVALID when it is not what `saveShellReader` wrote, or of another path
 */
export function loadShellReader(
  saved: unknown,
  path: ScatteringPath,
  where = 'saved reader',
): ShellReader {
  const parsed = schema.safeParse(saved);
  const problem = parsed.success ? undefined : z.prettifyError(parsed.error);
  const length = path.table.effectiveLengthAngstrom;
  if (!parsed.success || Math.abs(parsed.data.path.lengthAngstrom - length) > 1e-6) {
    throw new NetworkError({
      code: 'SAVED_INVALID',
      what: parsed.success
        ? 'this reader was trained on another path'
        : 'this is not a saved shell reader',
      where,
      got: problem ?? `a path of ${parsed.data!.path.lengthAngstrom} Å, not of ${length} Å`,
      next: 'train again, or give the path table it belongs to',
    });
  }
  const s = parsed.data;
  const scaleIn = ({ mean, sd }: { mean: number[]; sd: number[] }) => ({
    mean: Float64Array.from(mean),
    sd: Float64Array.from(sd),
  });
  const netIn = ({ inputs, layers }: (typeof s)['mean']): Mlp => ({
    inputs,
    layers: layers.map((l) => ({
      ...l,
      weights: Float64Array.from(l.weights),
      bias: Float64Array.from(l.bias),
    })),
  });
  return new ShellReader(
    {
      settings: s.settings,
      featureScale: scaleIn(s.featureScale),
      taughtScale: scaleIn(s.taughtScale),
      mean: netIn(s.mean),
      spread: netIn(s.spread),
      scores: s.scores.map((v) => Float64Array.from(v)),
      rFactors: Float64Array.from(s.rFactors),
    },
    path,
  );
}
