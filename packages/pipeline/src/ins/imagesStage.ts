import type { InsJob } from '@spectraloom/farm';
import { splitter } from '@spectraloom/sampling';
import { PipelineError } from '../errors.js';
import type { Stage } from '../stages/stage.js';
import { type Experiment, packageVersions } from './experiment.js';
import { makeDataset, verifyStageDataset } from './makeDataset.js';
import { requireDisjointParts } from './leakage.js';
import { readPlan } from './planStage.js';
import { plainYaml } from './yaml.js';

/** What the workers are given: texts and plain data, no objects. */
export function jobOf({ classes, instrument, spec, preset }: Experiment): InsJob {
  return {
    models: Object.fromEntries(classes.map(({ label, file }) => [label, file.text])),
    instrument: instrument.text,
    imageSpec: spec,
    stabilityGrid: preset.plan.stabilityGrid,
    ...(preset.plan.unstable === 'keep' ? { unstable: 'keep' as const } : {}),
  };
}

/** Spin waves (computed, or read where they are stored), resolution, mask: rows become images. */
export function imagesStage(experiment: Experiment): Stage {
  const { preset, instrument, spec } = experiment;
  const stored = preset.spectra === 'store';
  return {
    name: 'images',
    title: stored ? 'make images of the stored spin waves' : 'simulate images',
    dependsOn: stored ? ['plan', 'spectra'] : ['plan'],
    inputs: () => ({
      instrument: plainYaml(instrument) as never,
      image: spec as never,
      rowsPerShard: preset.images.rowsPerShard,
      versions: packageVersions('spinwave', 'instrument', 'imaging', 'shards'),
    }),
    async run({ key, signal, emit, upstream }) {
      const plan = await readPlan(upstream('plan').folder);
      requireRows(experiment, plan.planId, plan.rowCount);
      requireDisjointParts(
        plan,
        preset.split,
        `preset: plan.rowsPerClass ${preset.plan.rowsPerClass}, split`,
      );
      const spectra = stored ? upstream('spectra').results : undefined;
      const { dataset: folder, manifestHash } = (spectra ?? {}) as Record<string, string>;
      return makeDataset(experiment, {
        stage: 'images',
        key,
        plan,
        job: {
          ...jobOf(experiment),
          ...(spectra && { spectra: { folder: folder!, manifestHash: manifestHash! } }),
        } satisfies InsJob,
        rowsPerShard: preset.images.rowsPerShard,
        unit: 'images',
        signal,
        emit,
      });
    },
    verify: (record) => verifyStageDataset('images', record),
  };
}

/**
 * Every part of the split must get a row: else training or evaluation would fail after all is
 * simulated. Rows are dealt out by their hash, so few rows may miss a part.
 * @throws PipelineError PIPELINE_INVALID
 */
function requireRows({ preset }: Experiment, planId: string, rows: number): void {
  const splitOf = splitter(planId, preset.split);
  const own: Record<string, number> = preset.split.calibration ? { calibration: 0 } : {};
  const counts: Record<string, number> = { train: 0, validation: 0, test: 0, ...own };
  for (let row = 0; row < rows; row++) counts[splitOf(row)]!++;
  const empty = Object.entries(counts).find(([, count]) => count === 0);
  if (!empty) return;
  throw new PipelineError('PIPELINE_INVALID', {
    what: `no row of the plan falls into the ${empty[0]} part`,
    where: `preset: plan.rowsPerClass ${preset.plan.rowsPerClass}, split`,
    got: Object.entries(counts)
      .map(([part, count]) => `${part} ${count}`)
      .join(', '),
    expected: 'at least one row in each',
    next: 'raise plan.rowsPerClass or that part of the split',
  });
}
