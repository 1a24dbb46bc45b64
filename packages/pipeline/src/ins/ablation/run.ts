import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { imageFrame, imageMask } from '@spectraloom/imaging';
import { parseInstrument } from '@spectraloom/instrument';
import { stageKey } from '../../stages/key.js';
import { writeDurably } from '../../stages/records.js';
import { type FinishedStage, type RunOptions, runStages } from '../../stages/run.js';
import { masked } from '../masked.js';
import { measurementKey, takeMeasurement } from '../measurement.js';
import { PipelineError } from '../../errors.js';
import type { OpenPipeline } from '../../open.js';
import { dataStages, requireIns } from '../open.js';
import { trainStage } from '../trainStage.js';
import { type Cell, judgeStage, TestImages } from './judgeStage.js';
import { type Space, spaceStage } from './spaceStage.js';
import { ablationMarkdown, type AblationTable, ablationTable } from './table.js';
import { type MadeVariant, repeated, variantsOf } from './variants.js';

export interface AblationOptions extends Pick<RunOptions, 'emit' | 'signal'> {
  /** Fewer repeats than the preset's. */
  readonly repeats?: number;
  /** Only these data sets; the reference is always one. */
  readonly only?: readonly string[];
}

export interface AblationResult {
  readonly table: AblationTable;
  /** Files written: the table as JSON and as Markdown. */
  readonly json: string;
  readonly markdown: string;
}

/**
 * Makes every data set of an ablation preset, trains the same network with the same seeds on each,
 * and tries each network on all data sets and on the measured image. Every part is a stage with a
 * key of its own: what is finished is kept, an interrupted run goes on where it was, and data sets
 * that share their draws share them.
 * @throws PipelineError; whatever the stages throw
 */
export async function runAblation(
  opened: OpenPipeline,
  options: AblationOptions,
): Promise<AblationResult> {
  const { experiment, runFolder } = requireIns(opened, 'an ablation');
  const { emit, signal } = options;
  const variants = variantsOf(experiment);
  const unknown = options.only?.find((wanted) => !variants.some(({ name }) => name === wanted));
  if (unknown !== undefined) {
    throw new PipelineError('ABLATION_DATASET_UNKNOWN', {
      what: 'the ablation has no such data set',
      where: `preset '${experiment.presetName}'`,
      got: unknown,
      expected: `one of ${variants.map(({ name }) => name).join(', ')}`,
      next: 'name one of these',
    });
  }
  const chosen = variants.filter(
    ({ name }) => name === 'reference' || !options.only || options.only.includes(name),
  );
  const repeats = options.repeats ?? experiment.preset.ablation!.repeats;
  const common = { runFolder, emit, signal };
  const note = (message: string): void => emit({ type: 'note', stage: 'ablation', message });

  const made: MadeVariant[] = [];
  for (const [i, variant] of chosen.entries()) {
    note(`data set ${i + 1} of ${chosen.length}, ${variant.name}: ${variant.what}`);
    const finished = await runStages(dataStages(variant.experiment), common);
    const images: FinishedStage = finished.get('images')!;
    const { dataset } = images.results as { dataset: string };
    made.push({ ...variant, dataset, imagesKey: images.key });
  }

  const measurement = await takeMeasurement(experiment);
  const raw = 'file' in measurement ? measurement.file.image : measurement.standIn.image;
  const instrument = parseInstrument(experiment.instrument.text, {
    source: experiment.instrument.path,
  });
  const frame = imageFrame(experiment.spec, experiment.classes[0]!.model.chemicalLattice);
  const measured = {
    image: masked(raw, imageMask(instrument, experiment.spec, frame)),
    unmasked: raw,
    key: stageKey('measurement', await measurementKey(experiment), {}),
  };

  const spaces: Space[] = [];
  for (const variant of made) {
    const stages = [...dataStages(variant.experiment), spaceStage(variant, made, measured)];
    const finished = await runStages(stages, common);
    spaces.push(finished.get('space')!.results as unknown as Space);
  }

  const cells: Cell[] = [];
  const tests = new TestImages();
  const total = made.length * repeats;
  // Repeat by repeat: an interrupted night leaves whole rows of fewer repeats.
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const variant of made) {
      note(`network ${cells.length + 1} of ${total}: ${variant.name}, repeat ${repeat + 1}`);
      const one = { ...variant, experiment: repeated(variant.experiment, repeat) };
      const finished = await runStages(
        [
          ...dataStages(one.experiment),
          trainStage(one.experiment),
          judgeStage(one, repeat, made, measured, tests),
        ],
        common,
      );
      cells.push(finished.get('judge')!.results as unknown as Cell);
    }
  }

  const scored = experiment.pipeline.file.standIn.class;
  const table = ablationTable(cells, spaces, chosen, scored);
  const json = join(runFolder, 'ablation.json');
  const markdown = join(runFolder, 'ablation.md');
  await mkdir(runFolder, { recursive: true });
  await writeDurably(json, `${JSON.stringify(table, null, 1)}\n`);
  await writeDurably(markdown, ablationMarkdown(table));
  return { table, json, markdown };
}
