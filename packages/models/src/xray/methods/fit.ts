import { NetworkError } from '../../errors.js';
import type { TrainingSamples } from '../data/samples.js';
import type { FitControl } from '../mlp/train.js';
import { type EcaOptions, fitEca } from './eca.js';
import { type EdnnOptions, fitEdnn } from './ednn.js';
import { type EmulatorOptions, fitEmulator } from './emulator.js';
import { type Interpreter, type MethodName, methodNames } from './interpreter.js';
import { fitLinear, fitPca, fitPls, type LinearOptions } from './linear.js';
import { fitNnca, type NncaOptions } from './nnca.js';

/** The options of each method. */
export interface MethodOptions {
  readonly emulator: EmulatorOptions;
  readonly ednn: EdnnOptions;
  readonly nnca: NncaOptions;
  readonly eca: EcaOptions;
  readonly linear: LinearOptions;
  readonly pls: LinearOptions;
  readonly pca: LinearOptions;
}

const fits: {
  readonly [M in MethodName]: (
    data: TrainingSamples,
    options: MethodOptions[M],
    control?: FitControl,
  ) => Interpreter | Promise<Interpreter>;
} = {
  emulator: fitEmulator,
  ednn: fitEdnn,
  nnca: fitNnca,
  eca: fitEca,
  linear: fitLinear,
  pls: fitPls,
  pca: fitPca,
};

/**
 * Fits any of the methods; the same data, options and seed give the same numbers.
 * @throws NetworkError METHOD_UNKNOWN, OPTIONS_INVALID, COMPONENTS_TOO_MANY, TOO_FEW_SAMPLES,
 *   GRIDS_DIFFER, LENGTHS_DIFFER, ROWS_DIFFER, NOT_A_NUMBER, NO_VARIANCE, TRAINING_DIVERGED
 */
export async function fitInterpreter<M extends MethodName>(
  method: M,
  data: TrainingSamples,
  options: MethodOptions[M],
  control: FitControl = {},
): Promise<Interpreter> {
  if (!Object.hasOwn(fits, method)) {
    throw new NetworkError({
      code: 'METHOD_UNKNOWN',
      what: 'there is no such method',
      got: String(method),
      expected: methodNames.join(', '),
    });
  }
  return fits[method](data, options, control);
}
