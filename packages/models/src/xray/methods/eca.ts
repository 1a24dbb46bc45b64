import { z } from 'zod';
import { type Matrix, zeros } from '../data/matrix.js';
import type { TrainingSamples } from '../data/samples.js';
import { firstRows, transposed } from '../directions/orthonormal.js';
import { projectedVariance } from '../directions/projectedVariance.js';
import { componentsOf } from '../directions/search.js';
import { affine, foldBefore } from '../mlp/network.js';
import type { FitControl } from '../mlp/train.js';
import { emulate } from './emulator.js';
import { Interpreter, startingCodes } from './interpreter.js';
import {
  checkComponents,
  checkMethod,
  checkOptions,
  componentsSchema,
  netSchema,
  prepare,
} from './prepare.js';

const schema = z.strictObject({
  ...netSchema,
  components: componentsSchema,
  /** Starts of each component's search: there are local optima. */
  starts: z.number().int().min(1).max(10_000).default(12),
});
export type EcaOptions = z.input<typeof schema> & {
  /** A fitted emulator to analyse, in place of training one. */
  readonly emulator?: Interpreter;
  /** An earlier analysis: its emulator and components are kept, and only further ones searched. */
  readonly continueFrom?: Interpreter;
};

/**
 * Emulator-based component analysis (Niskanen et al., R. Soc. Open Sci. 9, 220093; Vladyka et al.,
 * arXiv 2312.12967): an emulator is evaluated at structures projected on orthonormal directions in
 * z-scores; v1 covers most variance of the training spectra, v2 most together with v1, and so on.
 * @throws NetworkError METHOD_UNFIT when `emulator` or `continueFrom` is another method's
 */
export async function fitEca(
  data: TrainingSamples,
  options: EcaOptions,
  control: FitControl = {},
): Promise<Interpreter> {
  const { emulator: given, continueFrom, ...plain } = options;
  const settings = checkOptions(schema, plain, 'eca');
  const from = checkMethod(continueFrom, 'eca', 'eca') ?? checkMethod(given, 'emulator', 'eca');
  const prepared = prepare(data, settings.scaling, from?.parts);
  checkComponents(settings.components, prepared.inputs, 'eca');
  const full = from ?? (await emulate(prepared, settings, control));
  const emulator = full.parts.emulator ?? full.parts.decoder;
  const known = continueFrom?.basis ?? zeros(0, prepared.inputs);
  const { basis } = componentsOf(
    projectedVariance(emulator, prepared.x, prepared.y, prepared),
    settings.components,
    { starts: settings.starts, seed: settings.seed },
    firstRows(known, Math.min(known.rows, settings.components)),
  );
  return analysed(full, basis, prepared.x);
}

/**
 * An emulator seen along the orthonormal rows of a basis.
 * @param z `[n, inputs]` z-scores of training samples
 */
function analysed(full: Interpreter, basis: Matrix, z: Matrix): Interpreter {
  const { inputScale, outputScale, history } = full.parts;
  const emulator = full.parts.emulator ?? full.parts.decoder;
  const encoder = { inputs: basis.columns, layers: [affine(transposed(basis))] };
  return new Interpreter({
    method: 'eca',
    inputScale,
    outputScale,
    encoder,
    decoder: foldBefore(basis, emulator),
    emulator,
    lift: { inputs: basis.rows, layers: [affine(basis)] },
    basis,
    codes: startingCodes(encoder, z),
    history,
  });
}
