import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate, type InsJob } from '@spectraloom/farm';
import { planFromJson } from '@spectraloom/sampling';
import { manifestName, verifyDataset } from '@spectraloom/shards';
import { PipelineError } from '../errors.js';
import { progressMeter } from '../stages/events.js';
import type { Stage } from '../stages/stage.js';
import { type Experiment, packageVersions } from './experiment.js';
import { plainYaml } from './files.js';
import { planName } from './planStage.js';

/** What the workers are given: texts and plain data, no objects. */
export function jobOf({ classes, instrument, spec, preset }: Experiment): InsJob {
  return {
    models: Object.fromEntries(classes.map(({ label, file }) => [label, file.text])),
    instrument: instrument.text,
    imageSpec: spec,
    stabilityGrid: preset.plan.stabilityGrid,
  };
}

/** Spin waves, resolution, mask: every row of the plan becomes an image in a shard. */
export function imagesStage(experiment: Experiment): Stage {
  const { root, pipeline, preset, instrument, spec, choice } = experiment;
  return {
    name: 'images',
    title: 'simulate images',
    dependsOn: ['plan'],
    inputs: () => ({
      instrument: plainYaml(instrument) as never,
      image: spec as never,
      rowsPerShard: preset.images.rowsPerShard,
      versions: packageVersions('spinwave', 'instrument', 'imaging', 'shards'),
    }),
    async run({ key, signal, emit, upstream }) {
      const planFile = join(upstream('plan').folder, planName);
      const plan = planFromJson(await readFile(planFile, 'utf8'), planFile);
      const dataset = join(root, 'datasets', pipeline.file.name, key.slice(0, 16));
      let meter: ReturnType<typeof progressMeter> | undefined;
      const since = performance.now();
      let kept = 0;
      const manifest = await generate({
        plan,
        job: jobOf(experiment),
        identity: key,
        outDir: dataset,
        rowsPerShard: preset.images.rowsPerShard,
        signal,
        ...(choice.workers === undefined ? {} : { workers: choice.workers }),
        onProgress: (p) => {
          kept = p.rowsKept;
          meter ??= progressMeter(emit, 'images', p.rowsTotal, 'images', p.rowsKept);
          meter(p.rowsDone, `${p.shardsDone}/${p.shardsTotal} shards`);
        },
      });
      const seconds = (performance.now() - since) / 1000;
      const made = manifest.rows - kept;
      const bytes = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
      return {
        results: {
          dataset,
          manifestHash: manifest.manifestHash,
          rows: manifest.rows,
          shards: manifest.shards.length,
          bytes,
          imagesPerSecond: made > 0 ? made / seconds : 0,
          kept,
        },
        files: [join(dataset, manifestName)],
        summary: `${manifest.rows} images in ${manifest.shards.length} shards, ${(bytes / 1e6).toFixed(0)} MB${kept > 0 ? `, ${kept} of them kept from before` : ''}, ${(made / seconds).toFixed(1)} images/s`,
      };
    },
    async verify({ results }) {
      const { dataset } = results as { dataset: string };
      const { problems } = await verifyDataset(dataset);
      const [first] = problems;
      if (!first) return;
      throw new PipelineError('STAGE_DAMAGED', {
        what: `${problems.length} shards of the finished data set are missing or have another size`,
        where: join(dataset, first.shard),
        got: first.got,
        expected: first.expected,
        next: 'run with --force images: whole shards are kept, the others made anew',
      });
    },
  };
}
