import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planInParallel } from '@spectraloom/farm';
import { type Plan, planFromJson, planToText } from '@spectraloom/sampling';
import { progressMeter } from '../stages/events.js';
import type { Stage } from '../stages/stage.js';
import { type Experiment, packageVersions } from './experiment.js';
import { jobOf } from './imagesStage.js';
import { plainYaml } from './yaml.js';

export const planName = 'plan.json';

/** The plan that a finished plan stage left. */
export async function readPlan(folder: string): Promise<Plan> {
  const file = join(folder, planName);
  return planFromJson(await readFile(file, 'utf8'), file);
}

/** Draws of one class, as the report tells them. */
export interface DrawSummary {
  readonly label: string;
  readonly attempts: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly rejectedBy: { readonly [reason: string]: number };
}

/** Draws parameter sets from the priors; a draw whose ground state is unstable is rejected and counted. */
export function planStage(experiment: Experiment): Stage {
  const { preset, classes, choice } = experiment;
  return {
    name: 'plan',
    title: `draw ${preset.plan.unstable === 'keep' ? '' : 'stable '}parameter sets`,
    dependsOn: [],
    inputs: () => ({
      models: Object.fromEntries(classes.map((c) => [c.label, plainYaml(c.file) as never])),
      plan: preset.plan,
      versions: packageVersions('sampling', 'spinwave'),
    }),
    async run({ folder, signal, emit }) {
      const total = preset.plan.rowsPerClass * classes.length;
      const meter = progressMeter(emit, 'plan', total, 'rows');
      const judged = new Map<string, { accepted: number; attempts: number }>();
      const plan = await planInParallel(
        {
          models: classes.map(({ label, model }) => ({ label, parameters: model.parameters })),
          rowsPerModel: preset.plan.rowsPerClass,
          seed: preset.plan.seed,
          design: preset.plan.design,
        },
        {
          job: jobOf(experiment),
          signal,
          ...(choice.workers === undefined ? {} : { workers: choice.workers }),
          onProgress: ({ label, accepted, attempts, rowsDone }) => {
            judged.set(label, { accepted, attempts });
            const all = [...judged.values()];
            const drawn = all.reduce((sum, d) => sum + d.attempts, 0);
            const rejected = drawn - all.reduce((sum, d) => sum + d.accepted, 0);
            meter(rowsDone, `${label}: ${attempts - accepted} of ${attempts} draws unstable`, {
              rejected,
              drawn,
            });
          },
        },
      );
      await writeFile(join(folder, planName), planToText(plan));
      const draws: DrawSummary[] = plan.models.map(
        ({ label, attempts, accepted, rejected, rejectedBy }) => ({
          label,
          attempts,
          accepted,
          rejected,
          rejectedBy,
        }),
      );
      const told = draws.map((d) => `${d.label} ${d.rejected} of ${d.attempts}`).join(', ');
      return {
        results: { planId: plan.planId, rows: plan.rowCount, draws: draws as never },
        files: [planName],
        summary: `${plan.rowCount} parameter sets; rejected as unstable: ${told}`,
      };
    },
  };
}
