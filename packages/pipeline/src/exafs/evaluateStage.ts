import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  loadShellReader,
  scoreShellReader,
  type ShellReader,
} from '@spectraloom/models/xray/exafs';
import type { ExafsMeasuredReport, ExafsReportData } from '@spectraloom/report';
import { fitShell, FourierTransform, linearGrid, shellParameters } from '@spectraloom/xray';
import { packageVersions } from '../ins/experiment.js';
import type { Stage } from '../stages/stage.js';
import type { ExafsExperiment, MeasuredChi } from './experiment.js';
import { readShells } from './samples.js';
import { shellReaderName } from './trainStage.js';

export const exafsEvaluationName = 'evaluation.json';

/** What the evaluation leaves for the report. */
export type ExafsEvaluation = Pick<ExafsReportData, 'score' | 'test' | 'measured'>;

/** Test spectra drawn in a figure. */
const drawn = 250;

/** Scores the reader on test spectra; reads measured ones, beside a fit by least squares. */
export function exafsEvaluateStage(experiment: ExafsExperiment): Stage {
  const { preset, path, measured } = experiment;
  return {
    name: 'evaluate',
    title: 'score on test spectra, read measured ones',
    dependsOn: ['spectra', 'train'],
    inputs: () => ({
      level: preset.level,
      drawn,
      measured: measured.map(({ name, text, known }) => ({
        name,
        text: text.text,
        known: (known ?? {}) as never,
      })),
      versions: packageVersions('xray', 'models', 'pipeline'),
    }),
    async run({ folder, upstream }) {
      const { dataset } = upstream('spectra').results as { dataset: string };
      const file = join(upstream('train').folder, shellReaderName);
      const saved = JSON.parse(await readFile(file, 'utf8')) as unknown;
      const reader = loadShellReader(saved, path, file);
      const { test } = await readShells(experiment, dataset);
      const score = scoreShellReader(reader, test, preset.level);
      const count = Math.min(drawn, test.transforms.rows);
      const readings = reader.readTransforms(
        {
          rows: count,
          columns: test.transforms.columns,
          data: test.transforms.data.subarray(0, count * test.transforms.columns),
        },
        preset.level,
      );
      const evaluation: ExafsEvaluation = {
        score,
        test: shellParameters.map((parameter, j) => ({
          parameter,
          truth: readings.map((_, i) => test.parameters.data[4 * i + j]!),
          value: readings.map(({ values }) => values[parameter].value),
          low: readings.map(({ values }) => values[parameter].low),
          high: readings.map(({ values }) => values[parameter].high),
        })),
        measured: measured.map((m) => judge(experiment, reader, m)),
      };
      await writeFile(join(folder, exafsEvaluationName), JSON.stringify(evaluation));
      const covered = shellParameters.map((p) => (100 * score.coverage[p]).toFixed(0)).join('/');
      const told = evaluation.measured.map(
        ({ name, network }) =>
          `${name} N S0^2 ${network.values.amplitude.value.toFixed(1)} (${network.values.amplitude.low.toFixed(1)} to ${network.values.amplitude.high.toFixed(1)})`,
      );
      return {
        results: { score: score as never },
        files: [exafsEvaluationName],
        summary: [`intervals at ${100 * preset.level} % hold ${covered} %`, ...told].join('; '),
      };
    },
  };
}

/** One measured spectrum: read by the network, fitted by least squares, and both drawn in R. */
function judge(
  { path, preset, pipeline }: ExafsExperiment,
  reader: ShellReader,
  { name, chi, known, knownFrom }: MeasuredChi,
): ExafsMeasuredReport {
  const { shell } = pipeline.file;
  const network = reader.read(chi, preset.level);
  const fit = fitShell(path, chi, shell);
  const r = linearGrid(0, 6, 201);
  const transform = new FourierTransform(r, shell);
  const size = (spectrum: Float64Array) => {
    const out = transform.apply(spectrum);
    return Array.from(r, (_, i) => Math.hypot(out[i]!, out[r.length + i]!));
  };
  const model = (values: Readonly<Record<(typeof shellParameters)[number], number>>) => {
    const out = new Float64Array(transform.k.length);
    path.addTo(transform.k, values, out);
    return out;
  };
  const values = network.values;
  const read = model({
    amplitude: values.amplitude.value,
    deltaR: values.deltaR.value,
    sigma2: values.sigma2.value,
    e0Ev: values.e0Ev.value,
  });
  return {
    name,
    network,
    fit: { values: fit.values, errors: fit.errors, rFactor: fit.rFactor },
    known: known ?? {},
    knownFrom: knownFrom ?? '',
    r: Array.from(r),
    range: [shell.rMin, shell.rMax],
    measured: size(transform.resample(chi, name)),
    byNetwork: size(read),
    byFit: size(model(fit.values)),
  };
}
