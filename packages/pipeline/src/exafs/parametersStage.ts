import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawPlan, planToText } from '@spectraloom/sampling';
import { type ShellParameter, shellParameters } from '@spectraloom/xray';
import { packageVersions } from '../ins/experiment.js';
import { planName } from '../ins/planStage.js';
import type { Stage } from '../stages/stage.js';
import type { ExafsExperiment } from './experiment.js';

const units: Readonly<Record<ShellParameter, string>> = {
  amplitude: '',
  deltaR: 'Å',
  sigma2: 'Å^2',
  e0Ev: 'eV',
};

/** Draws shells evenly from the ranges of the pipeline file. */
export function parametersStage({ pipeline: { file }, preset }: ExafsExperiment): Stage {
  const ranges = Object.fromEntries(shellParameters.map((p) => [p, file.shell[p]]));
  return {
    name: 'structures',
    title: 'draw shells',
    dependsOn: [],
    inputs: () => ({
      ranges: ranges as never,
      plan: preset.structures,
      versions: packageVersions('sampling'),
    }),
    async run({ folder }) {
      const { count, seed, design } = preset.structures;
      const plan = drawPlan({
        models: [
          {
            label: 'shell',
            parameters: shellParameters.map((name) => ({
              name,
              unit: units[name],
              prior: {
                kind: 'uniform' as const,
                min: file.shell[name][0],
                max: file.shell[name][1],
              },
            })),
          },
        ],
        rowsPerModel: count,
        seed,
        design,
      });
      await writeFile(join(folder, planName), planToText(plan));
      return {
        results: { planId: plan.planId, rows: plan.rowCount },
        files: [planName],
        summary: `${plan.rowCount} shells`,
      };
    },
  };
}
