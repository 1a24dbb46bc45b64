import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { XrayReportData } from '@spectraloom/report';
import { packageVersions } from '../ins/experiment.js';
import { reportName } from '../ins/reportStage.js';
import type { Stage, StageRecord } from '../stages/stage.js';
import { type XrayEvaluation, xrayEvaluationName } from './evaluateStage.js';
import type { XrayExperiment } from './experiment.js';
import type { FileSource } from './files.js';
import { inputsOf } from './givenStructures.js';

const stageNames = ['structures', 'spectra', 'train', 'evaluate'] as const;

/** Puts what the other stages found on one self-contained page. */
export function xrayReportStage(experiment: XrayExperiment): Stage {
  const { pipeline, preset, presetName, choice } = experiment;
  const { file } = pipeline;
  return {
    name: 'report',
    title: 'write the report',
    dependsOn: [...stageNames],
    inputs: () => ({
      title: file.title,
      description: file.description ?? '',
      shrinks: preset.shrinks,
      source: file.structures as never,
      versions: packageVersions('report', 'pipeline'),
    }),
    async run({ folder, upstream }) {
      const records = stageNames.map((name) => upstream(name));
      const path = join(upstream('evaluate').folder, xrayEvaluationName);
      const { targets } = JSON.parse(await readFile(path, 'utf8')) as XrayEvaluation;
      const data: XrayReportData = {
        title: file.title,
        description: file.description ?? '',
        pipeline: file.name,
        preset: presetName,
        createdAt: new Date().toISOString(),
        shrinks: preset.shrinks,
        inputs: inputsOf(experiment, upstream('spectra')),
        structures: structureFacts(experiment, upstream('structures')),
        targets,
        timings: records.map(({ stage, seconds, summary }) => ({ stage, seconds, summary })),
        provenance: [
          ['command', `spectraloom ${choice.commandLine.join(' ')}`],
          ...records.map(({ stage, key }) => [`key of ${stage}`, key] as const),
          ['manifest', String(upstream('spectra').results['manifestHash'])],
          ...Object.entries(packageVersions('xray', 'models', 'pipeline', 'report')).map(
            ([name, version]) => [`@spectraloom/${name}`, version] as const,
          ),
        ],
      };
      // Loaded here: the plotting library is slow to load and no other stage needs it.
      const { renderXrayReport } = await import('@spectraloom/report');
      const html = renderXrayReport(data);
      await writeFile(join(folder, reportName), html);
      return {
        results: { report: join(folder, reportName), bytes: html.length },
        files: [reportName],
        summary: `${(html.length / 1e6).toFixed(1)} MB, self-contained`,
      };
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
