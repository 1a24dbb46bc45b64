import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { describeStructures, parseXyzFrames } from '@spectraloom/xray';
import { PipelineError } from '../errors.js';
import type { StageRecord } from '../stages/stage.js';
import type { XrayExperiment } from './experiment.js';
import type { FileSource, XrayFile } from './files.js';

/** Name of the table of descriptors that the structures stage leaves. */
export const describedName = 'structures.csv';

/** What the methods are given, and where a row's numbers stand. */
export interface GivenInputs {
  readonly inputs: XrayFile['inputs'];
  readonly rows: number;
  /** The table of descriptors, where structures were described here. */
  readonly table?: string;
  /** Descriptors that are the same in all structures, and are no inputs. */
  readonly constant: readonly string[];
}

/** Whether structures come as positions of atoms, to be described here. */
export const isDescribed = ({ structures }: FileSource): boolean =>
  /^\.(ext)?xyz$/i.test(extname(structures));

/**
 * Describes the structures of an XYZ file as the pipeline says. Numbers that do not vary are left out.
 * @throws XrayError FILE_INVALID, OPTION_INVALID; PipelineError DATA_INVALID
 */
export async function describeGiven(
  source: FileSource,
  wanted: XrayFile['inputs'],
  folder: string,
): Promise<GivenInputs & { readonly table: string }> {
  const path = join(folder, source.structures);
  const frames = parseXyzFrames(await readFile(path, 'utf8'), path);
  const { columns, rows, values } = describeStructures(
    frames,
    source.describe!,
    source.absorber,
    path,
  );
  const width = columns.length;
  const varies = columns.map((_, c) => {
    let low = Infinity;
    let high = -Infinity;
    for (let i = c; i < values.length; i += width) {
      low = Math.min(low, values[i]!);
      high = Math.max(high, values[i]!);
    }
    return high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  });
  const constant = columns.flatMap(({ name }, c) => (varies[c] ? [] : [name]));
  const found = columns.filter((_, c) => varies[c]);
  const unknown = wanted.find(({ name }) => !found.some((c) => c.name === name));
  if (unknown || found.length === 0) {
    throw new PipelineError('DATA_INVALID', {
      what: unknown
        ? 'an input is none of the numbers that describe the structures'
        : 'the structures do not differ in any of the numbers that describe them',
      where: path,
      got: unknown?.name ?? `${rows} structures, ${width} numbers that do not vary`,
      expected: `${found.map((c) => c.name).join(', ') || 'numbers that vary'}${constant.length > 0 ? ` (without variation: ${constant.join(', ')})` : ''}`,
      next: "mend 'inputs', or leave it out to take all; or describe the structures otherwise",
    });
  }
  const lines = [columns.map((c) => c.name).join(',')];
  for (let i = 0; i < rows; i++) lines.push(values.subarray(i * width, (i + 1) * width).join(','));
  return {
    inputs: wanted.length > 0 ? wanted : found,
    rows,
    constant,
    table: `${lines.join('\n')}\n`,
  };
}

/** The inputs of a run: as the pipeline file has them, or what the structures were described by. */
export function inputsOf(
  { pipeline: { file } }: XrayExperiment,
  spectra: Pick<StageRecord, 'results'>,
): XrayFile['inputs'] {
  const derived = spectra.results['inputs'] as XrayFile['inputs'] | undefined;
  return derived ?? file.inputs;
}

/**
 * Components and samples judged against inputs, before anything is trained.
 * @throws PipelineError DATA_INVALID
 */
export function checkCounts(
  { preset }: XrayExperiment,
  inputs: number,
  rows: number,
  where: string,
): void {
  const { components, intervals } = preset.train;
  const most = Math.max(...components, intervals.components);
  if (most > inputs) {
    throw new PipelineError('DATA_INVALID', {
      what: 'the preset asks for more components than there are inputs',
      where,
      got: `${most} components`,
      expected: `at most ${inputs}`,
      next: 'mend train.components and train.intervals of the preset',
    });
  }
  const { validation, test } = preset.split;
  const training = rows - Math.round(test * rows) - Math.round(validation * rows);
  if (training <= inputs || Math.round(validation * rows) < 2 || Math.round(test * rows) < 2) {
    throw new PipelineError('DATA_INVALID', {
      what: 'there are fewer samples than a fit of these inputs needs',
      where,
      got: `${rows} structures, of which ${training} train, for ${inputs} inputs`,
      expected: `more than ${inputs} that train, and two at least to validate and to test`,
      next: 'bring more structures, or describe them by fewer numbers',
    });
  }
}
