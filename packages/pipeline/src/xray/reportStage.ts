import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { XrayReportData } from '@spectraloom/report';
import { packageVersions } from '../ins/experiment.js';
import type { Stage, StageRecord } from '../stages/stage.js';
import { type XrayEvaluation, xrayEvaluationName } from './evaluateStage.js';
import type { XrayExperiment } from './experiment.js';
import type { FileSource } from './files.js';
import { inputsOf } from './givenStructures.js';
import { howMade, reportedStages, writePage } from './reportPage.js';

/** Puts what the other stages found on one self-contained page. */
export function xrayReportStage(experiment: XrayExperiment): Stage {
  const { pipeline, preset, presetName, choice } = experiment;
  const { file } = pipeline;
  return {
    name: 'report',
    title: 'write the report',
    dependsOn: [...reportedStages],
    inputs: () => ({
      title: file.title,
      description: file.description ?? '',
      shrinks: preset.shrinks,
      source: file.structures as never,
      versions: packageVersions('report', 'pipeline'),
    }),
    async run({ folder, upstream }) {
      const path = join(upstream('evaluate').folder, xrayEvaluationName);
      const { targets } = JSON.parse(await readFile(path, 'utf8')) as XrayEvaluation;
      const data: XrayReportData = {
        title: file.title,
        description: file.description ?? '',
        pipeline: file.name,
        preset: presetName,
        shrinks: preset.shrinks,
        inputs: inputsOf(experiment, upstream('spectra')),
        structures: structureFacts(experiment, upstream('structures')),
        targets,
        ...howMade(choice, upstream),
      };
      // Loaded here: the plotting library is slow to load and no other stage needs it.
      const { renderXrayReport } = await import('@spectraloom/report');
      return writePage(folder, renderXrayReport(data));
    },
  };
}

function structureFacts(
  { pipeline: { file }, preset }: XrayExperiment,
  { results }: StageRecord,
): [string, string][] {
  const source = file.structures;
  if (source.from === 'files') {
    return [
      ['structures', source.structures],
      ...described(source, results),
      ['spectra', source.spectra],
      ...Object.entries(source.provenance),
    ];
  }
  const { rows, attempts, exchanged, unfit } = results as {
    rows: number;
    attempts: number;
    exchanged: number;
    unfit: Record<string, number>;
  };
  const failed = Object.entries(unfit);
  const rejected = failed.map(([reason]) => reason);
  return [
    ['molecule', 'H2O, internal coordinates'],
    [
      'drawn from',
      `harmonic force field (SPC/Fw) at ${source.temperatureK} K, ${source.statistics}`,
    ],
    ['angle', `${source.angleDeg.join(' to ')} deg`],
    ['bonds', `${source.bondAngstrom.join(' to ')} Å, the longer one named long`],
    [
      'structures',
      `${rows} of ${attempts} draws (design ${preset.structures!.design}, seed ${preset.structures!.seed})`,
    ],
    ['mirror images', `${exchanged} draws with the bonds the other way round, left out`],
    [
      'rejected by the simulator',
      rejected.length === 0 ? 'none' : `${rejected.length}: ${rejected.slice(0, 20).join('; ')}`,
    ],
  ];
}

/** How structures became numbers, a line each. */
function described(
  { describe, absorber }: FileSource,
  results: StageRecord['results'],
): [string, string][] {
  if (!describe) return [];
  const told = describe.map(({ descriptor, ...options }) =>
    [descriptor, ...Object.entries(options).map(([name, value]) => `${name} ${value}`)].join(' '),
  );
  const constant = results['constant'] as string[];
  return [
    ['described by', `${told.join('; ')}; absorber ${absorber}`],
    ...(constant.length > 0
      ? [['the same in all, left out', constant.join(', ')] as [string, string]]
      : []),
  ];
}
