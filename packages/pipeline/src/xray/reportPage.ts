import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageVersions, type RunChoice } from '../ins/experiment.js';
import { reportName } from '../ins/reportStage.js';
import type { StageOutcome, StageRecord } from '../stages/stage.js';

/** The stages before the report, of pipelines from structures to spectra and of EXAFS alike. */
export const reportedStages = ['structures', 'spectra', 'train', 'evaluate'] as const;

/** What a page says of how it was made. */
export function howMade(
  choice: RunChoice,
  upstream: (stage: string) => StageRecord,
): {
  readonly createdAt: string;
  readonly timings: {
    readonly stage: string;
    readonly seconds: number;
    readonly summary: string;
  }[];
  readonly provenance: (readonly [string, string])[];
} {
  const records = reportedStages.map((name) => upstream(name));
  const versions = packageVersions('xray', 'models', 'pipeline', 'report');
  return {
    createdAt: new Date().toISOString(),
    timings: records.map(({ stage, seconds, summary }) => ({ stage, seconds, summary })),
    provenance: [
      ['command', `spectraloom ${choice.commandLine.join(' ')}`],
      ...records.map(({ stage, key }) => [`key of ${stage}`, key] as const),
      ['manifest', String(upstream('spectra').results['manifestHash'])],
      ...Object.entries(versions).map(
        ([name, version]) => [`@spectraloom/${name}`, version] as const,
      ),
    ],
  };
}

/** Writes the page; the result of a report stage. */
export async function writePage(folder: string, html: string): Promise<StageOutcome> {
  await writeFile(join(folder, reportName), html);
  return {
    results: { report: join(folder, reportName), bytes: html.length },
    files: [reportName],
    summary: `${(html.length / 1e6).toFixed(1)} MB, self-contained`,
  };
}
