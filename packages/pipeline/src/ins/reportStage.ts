import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../stages/key.js';
import type { Stage } from '../stages/stage.js';
import { ablationFormat, type AblationTable } from './ablation/table.js';
import { type Experiment, packageVersions } from './experiment.js';
import { measurementKey } from './measurement.js';
import { assembleReport, type ReportSources } from './report/assemble.js';
import { evaluationName } from './evaluateStage.js';
import { explainFiles } from './explainStage.js';
import { historyName } from './trainStage.js';

export const reportName = 'report.html';

/** Puts everything the other stages found into one self-contained page. */
export function reportStage(experiment: Experiment): Stage {
  return {
    name: 'report',
    title: 'write the report',
    dependsOn: ['plan', 'images', 'train', 'calibrate', 'outside', 'evaluate', 'explain'],
    inputs: async () => ({
      title: experiment.pipeline.file.title,
      description: experiment.pipeline.file.description ?? '',
      shrinks: experiment.preset.shrinks,
      measurement: await measurementKey(experiment),
      // The table of the pipeline's ablation is shown where one has been run.
      ablation: (await ablationOf(experiment))?.hash ?? null,
      versions: packageVersions('report', 'pipeline'),
    }),
    async run({ folder, upstream }) {
      const records = {
        plan: upstream('plan'),
        images: upstream('images'),
        train: upstream('train'),
        calibrate: upstream('calibrate'),
        outside: upstream('outside'),
        evaluate: upstream('evaluate'),
        explain: upstream('explain'),
      };
      const json = async (stage: keyof typeof records, name: string): Promise<unknown> =>
        JSON.parse(await readFile(join(records[stage].folder, name), 'utf8'));
      const ablation = await ablationOf(experiment);
      const data = await assembleReport(experiment, {
        records,
        history: await json('train', historyName),
        evaluation: await json('evaluate', evaluationName),
        explanation: await json('explain', explainFiles.facts),
        ...(ablation ? { ablation: ablation.table } : {}),
      } as ReportSources);
      // Loaded here: the plotting library is slow to load and no other stage needs it.
      const { renderReport } = await import('@spectraloom/report');
      const html = renderReport(data);
      await writeFile(join(folder, reportName), html);
      return {
        results: { report: join(folder, reportName), bytes: html.length },
        files: [reportName],
        summary: `${(html.length / 1e6).toFixed(1)} MB, self-contained`,
      };
    },
  };
}

/** The table that `spectraloom ablation` left in the runs folder, and its hash; undefined without, or of an older format. */
async function ablationOf({ runsFolder, pipeline }: Experiment) {
  const path = join(runsFolder, pipeline.file.name, 'ablation', 'ablation.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const table = JSON.parse(text) as AblationTable;
  if (table.format !== ablationFormat) return undefined;
  return { table, hash: sha256(text) };
}
