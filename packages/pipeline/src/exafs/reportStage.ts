import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExafsReportData } from '@spectraloom/report';
import { packageVersions } from '../ins/experiment.js';
import type { Stage } from '../stages/stage.js';
import { exafsEvaluationName, type ExafsEvaluation } from './evaluateStage.js';
import { howMade, reportedStages, writePage } from '../xray/reportPage.js';
import type { ExafsExperiment } from './experiment.js';

/** Puts what the other stages found on one self-contained page. */
export function exafsReportStage(experiment: ExafsExperiment): Stage {
  const { pipeline, preset, presetName, choice, path } = experiment;
  const { file } = pipeline;
  return {
    name: 'report',
    title: 'write the report',
    dependsOn: [...reportedStages],
    inputs: () => ({
      title: file.title,
      description: file.description ?? '',
      shrinks: preset.shrinks,
      measured: file.measured as never,
      versions: packageVersions('report', 'pipeline'),
    }),
    async run({ folder, upstream }) {
      const from = join(upstream('evaluate').folder, exafsEvaluationName);
      const evaluation = JSON.parse(await readFile(from, 'utf8')) as ExafsEvaluation;
      const { shell } = file;
      const data: ExafsReportData = {
        title: file.title,
        description: file.description ?? '',
        pipeline: file.name,
        preset: presetName,
        shrinks: preset.shrinks,
        ...evaluation,
        facts: [
          [
            'path table',
            `${path.table.name}: ${path.table.legs.map((l) => l.label).join(' to ')}, ${path.table.effectiveLengthAngstrom} Å`,
          ],
          [
            'k',
            `${shell.kMin} to ${shell.kMax} Å^-1, weight k^${shell.kWeight}, Hanning sills ${shell.dk}`,
          ],
          ['R', `${shell.rMin} to ${shell.rMax} Å`],
          ['N S0^2', shell.amplitude.join(' to ')],
          ['dR', `${shell.deltaR.join(' to ')} Å`],
          ['sigma^2', `${shell.sigma2.join(' to ')} Å^2`],
          ['E0', `${shell.e0Ev.join(' to ')} eV`],
          ['noise of chi', `${shell.noise.join(' to ')}`],
          ['background', `a smooth disturbance at low k of up to ${shell.background}`],
          ['far shell', `up to ${shell.farShell} of the shell's amplitude, 0.8 to 1.6 Å beyond it`],
        ],
        ...howMade(choice, upstream),
      };
      // Loaded here: the plotting library is slow to load and no other stage needs it.
      const { renderExafsReport } = await import('@spectraloom/report');
      return writePage(folder, renderExafsReport(data));
    },
  };
}
