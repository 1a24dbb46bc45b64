import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { planInParallel, type WaterJob, waterParameters, waterTask } from '@spectraloom/farm';
import { type PlanParameter, planToText } from '@spectraloom/sampling';
import { waterCovariance, waterEquilibrium } from '@spectraloom/xray';
import { PipelineError } from '../errors.js';
import { packageVersions } from '../ins/experiment.js';
import { planName } from '../ins/planStage.js';
import { progressMeter } from '../stages/events.js';
import type { Json, Stage } from '../stages/stage.js';
import type { XrayExperiment } from './experiment.js';
import type { XrayFile } from './files.js';
import { checkCounts, describedName, describeGiven, isDescribed } from './givenStructures.js';

export const structureLabel = 'structure';

/** What the workers are given. */
export function waterJob(file: XrayFile): WaterJob {
  return { targets: file.targets.map((target) => target.simulate!) };
}

/** Structures: drawn from the force field and judged by their field's convergence, or files. */
export function structuresStage(experiment: XrayExperiment): Stage {
  const { file } = experiment.pipeline;
  return file.structures.from === 'water'
    ? drawnStructures(experiment)
    : givenStructures(experiment);
}

function drawnStructures({ pipeline: { file }, preset, choice }: XrayExperiment): Stage {
  const source = file.structures as Extract<XrayFile['structures'], { from: 'water' }>;
  return {
    name: 'structures',
    title: 'draw structures',
    dependsOn: [],
    inputs: () => ({
      structures: source,
      plan: preset.structures!,
      targets: waterJob(file).targets as never,
      versions: packageVersions('sampling', 'xray'),
    }),
    async run({ folder, signal, emit }) {
      const { count, seed, design } = preset.structures!;
      const meter = progressMeter(emit, 'structures', count, 'structures');
      const plan = await planInParallel(
        {
          models: [waterModel(source)],
          rowsPerModel: count,
          seed,
          design,
        },
        {
          job: waterJob(file),
          taskModule: waterTask,
          signal,
          ...(choice.workers === undefined ? {} : { workers: choice.workers }),
          onProgress: ({ accepted, attempts, rowsDone }) =>
            meter(rowsDone, `${accepted} of ${attempts} draws taken`),
        },
      );
      await writeFile(join(folder, planName), planToText(plan));
      const { attempts, rejected, rejectedBy } = plan.models[0]!;
      const { [`constraint ${orderRule}`]: exchanged = 0, ...unfit } = rejectedBy as Record<
        string,
        number
      >;
      const failed = Object.values(unfit).reduce((sum, n) => sum + n, 0);
      return {
        results: { planId: plan.planId, rows: plan.rowCount, attempts, rejected, exchanged, unfit },
        files: [planName],
        summary: `${plan.rowCount} structures; ${failed} draws left out for their field or geometry`,
      };
    },
  };
}

/** Of two bonds drawn alike, the longer is the long one: the other half of the draws is its mirror. */
const orderRule = `${waterParameters[1]} >= ${waterParameters[2]}`;

/** The force field's distribution as a model of the plan, in the order angle, long, short bond. */
export function waterModel(source: Extract<XrayFile['structures'], { from: 'water' }>) {
  const { temperatureK, statistics, angleDeg, bondAngstrom } = source;
  const covariance = waterCovariance({ temperatureK, statistics });
  const degrees = 180 / Math.PI;
  const mean = [
    waterEquilibrium.angleDeg,
    waterEquilibrium.longAngstrom,
    waterEquilibrium.shortAngstrom,
  ];
  const sd = [0, 1, 2].map((i) => Math.sqrt(covariance[4 * i]!) * (i === 0 ? degrees : 1));
  const parameters: PlanParameter[] = waterParameters.map((name, i) => {
    const [min, max] = i === 0 ? angleDeg : bondAngstrom;
    return {
      name,
      unit: i === 0 ? 'deg' : 'Å',
      prior: { kind: 'normal', mean: mean[i]!, sd: sd[i]!, min, max },
    };
  });
  const correlated = [1, 2, 5].some((i) => Math.abs(covariance[i]!) > 1e-12);
  return {
    label: structureLabel,
    parameters,
    constraints: [orderRule],
    ...(correlated && {
      correlation: {
        parameters: [...waterParameters],
        matrix: [0, 1, 2].map((i) =>
          [0, 1, 2].map(
            (j) => covariance[3 * i + j]! / Math.sqrt(covariance[4 * i]! * covariance[4 * j]!),
          ),
        ),
      },
    }),
  };
}

/**
 * Files are not copied: their content is hashed, and the next stage brings them into shards. Positions
 * of atoms are described here.
 */
function givenStructures(experiment: XrayExperiment): Stage {
  const { file, folder } = experiment.pipeline;
  const source = file.structures as Extract<XrayFile['structures'], { from: 'files' }>;
  const paths = {
    structures: join(folder, source.structures),
    spectra: join(folder, source.spectra),
  };
  return {
    name: 'structures',
    title: isDescribed(source) ? 'describe the structures' : 'look at the files',
    dependsOn: [],
    inputs: async () => {
      const known: Record<string, Json> = {
        structures: await hashOf(paths.structures),
        spectra: await hashOf(paths.spectra),
        provenance: source.provenance,
      };
      if (source.energies !== undefined)
        known['energies'] = await hashOf(join(folder, source.energies));
      if (source.describe !== undefined) {
        known['describe'] = source.describe as never;
        known['absorber'] = source.absorber;
        known['inputs'] = file.inputs.map(({ name }) => name);
        known['versions'] = packageVersions('xray');
      }
      return known;
    },
    async run({ folder: own }) {
      const sizes = await Promise.all(
        Object.values(paths).map(async (path) => (await stat(path)).size),
      );
      const bytes = sizes.reduce((a, b) => a + b, 0);
      if (!isDescribed(source)) {
        return {
          results: { ...paths, bytes },
          files: [],
          summary: `${source.structures} and ${source.spectra}`,
        };
      }
      const { inputs, rows, table, constant } = await describeGiven(source, file.inputs, folder);
      checkCounts(experiment, inputs.length, rows, paths.structures);
      await writeFile(join(own, describedName), table);
      const same =
        constant.length > 0 ? `; ${constant.length} numbers that do not vary left out` : '';
      return {
        results: { ...paths, bytes, rows, inputs: inputs as never, constant },
        files: [describedName],
        summary: `${rows} structures, ${inputs.length} inputs${same}`,
      };
    },
  };
}

/** sha256 of a file, or of the names and contents of a folder's files. */
async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    if ((await stat(path)).isDirectory()) {
      for (const name of (await readdir(path)).filter((n) => !n.startsWith('.')).sort())
        hash.update(`${name} ${await hashOf(join(path, name))}\n`);
      return hash.digest('hex');
    }
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw new PipelineError(
      'PIPELINE_INVALID',
      {
        what: 'a file that the pipeline names cannot be read',
        where: path,
        got: error instanceof Error ? error.message : String(error),
        next: "mend 'structures' in pipeline.yaml; paths are relative to its folder",
      },
      { cause: error },
    );
  }
  return hash.digest('hex');
}
