import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from '../stages/stage.js';
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
    dependsOn: ['plan', 'images', 'train', 'evaluate', 'explain'],
    inputs: async () => ({
      title: experiment.pipeline.file.title,
      description: experiment.pipeline.file.description ?? '',
      shrinks: experiment.preset.shrinks,
      measurement: await measurementKey(experiment),
      versions: packageVersions('report', 'pipeline'),
    }),
    async run({ folder, upstream }) {
      const records = {
        plan: upstream('plan'),
        images: upstream('images'),
        train: upstream('train'),
        evaluate: upstream('evaluate'),
        explain: upstream('explain'),
      };
      const json = async (stage: keyof typeof records, name: string): Promise<unknown> =>
        JSON.parse(await readFile(join(records[stage].folder, name), 'utf8'));
      const data = await assembleReport(experiment, {
        records,
        history: await json('train', historyName),
        evaluation: await json('evaluate', evaluationName),
        explanation: await json('explain', explainFiles.facts),
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
