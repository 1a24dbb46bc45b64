import { stat } from 'node:fs/promises';
import { parseSpinModel, prepare, type PreparedModel, type SpinModel } from '@spectraloom/spinwave';
import type { Argv } from 'yargs';
import { parseParams } from './params.js';
import { readNamed } from './readNamed.js';

export interface ModelArgs {
  model: string;
  param?: string[];
}

/** The model file and its parameters. */
export function modelOptions<T extends object>(y: Argv<T>): Argv<T & ModelArgs> {
  return y
    .positional('model', {
      describe: 'spin model file (YAML or JSON)',
      type: 'string',
      demandOption: true,
    })
    .option('param', {
      describe: "NAME=VALUE in place of the file's value (may be repeated)",
      type: 'string',
      array: true,
      requiresArg: true,
    }) as unknown as Argv<T & ModelArgs>;
}

/** No model file is larger than this. */
const MAX_BYTES = 16 * 1024 * 1024;

export interface OpenModel {
  readonly model: SpinModel;
  readonly prepared: PreparedModel;
  /** Parameter values in the order of the file, with `--param` applied. */
  readonly p: Float64Array;
}

/** Reads a model file and applies `--param`. */
export async function openModel(args: ModelArgs): Promise<OpenModel> {
  const overrides = parseParams(args.param);
  const { size } = await stat(args.model);
  if (size > MAX_BYTES) throw new RangeError(`${args.model}: ${size} bytes is no model file`);
  const model = parseSpinModel((await readNamed(args.model)).toString('utf8'), {
    source: args.model,
  });
  const prepared = prepare(model);
  return { model, prepared, p: prepared.parameterVector(overrides) };
}
