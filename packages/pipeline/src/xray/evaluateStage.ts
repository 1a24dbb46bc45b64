import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  basisIntervals,
  ensembleOf,
  fitInterpreter,
  type Interpreter,
  type Interval,
  loadInterpreter,
  readBack,
} from '@spectraloom/models/xray';
import type { XrayBasis, XrayReadBack, XrayScore, XrayTargetReport } from '@spectraloom/report';
import { packageVersions } from '../ins/experiment.js';
import { progressMeter } from '../stages/events.js';
import type { Stage } from '../stages/stage.js';
import type { XrayExperiment } from './experiment.js';
import type { XrayFile } from './files.js';
import { inputsOf } from './givenStructures.js';
import { landscapeOf } from './landscape.js';
import { readSamples, type TargetSamples } from './samples.js';
import { fitsName, type SavedFits } from './trainStage.js';

export const xrayEvaluationName = 'evaluation.json';

/** What the evaluation leaves for the report. */
export interface XrayEvaluation {
  readonly targets: readonly XrayTargetReport[];
}

/** Share of the truths that read-back intervals are to hold. */
const level = 0.95;
/** Test samples drawn in a figure. */
const drawn = 250;

/** Scores on test samples, directions and read-back structures with intervals, landscapes. */
export function xrayEvaluateStage(experiment: XrayExperiment): Stage {
  const { pipeline, preset } = experiment;
  const { targets } = pipeline.file;
  return {
    name: 'evaluate',
    title: 'score on test samples, read structures back',
    dependsOn: ['spectra', 'train'],
    inputs: () => ({
      landscape: preset.landscape,
      level,
      drawn,
      titles: targets.map(({ title, unit }) => ({ title, unit })),
      labels: pipeline.file.inputs as never,
      versions: packageVersions('models', 'pipeline'),
    }),
    async run({ folder, signal, emit, upstream }) {
      const meter = progressMeter(emit, 'evaluate', targets.length, 'targets');
      const reports: XrayTargetReport[] = [];
      for (const [index, target] of targets.entries()) {
        const path = join(upstream('train').folder, fitsName(target.name));
        const saved = JSON.parse(await readFile(path, 'utf8')) as SavedFits;
        const samples = await readSamples(experiment, upstream('spectra'), index);
        reports.push({
          name: target.name,
          title: target.title,
          unit: target.unit,
          ...(await judge(
            experiment,
            inputsOf(experiment, upstream('spectra')),
            saved,
            samples,
            () => signal.throwIfAborted(),
          )),
        });
        meter(index + 1);
      }
      const evaluation: XrayEvaluation = { targets: reports };
      await writeFile(join(folder, xrayEvaluationName), JSON.stringify(evaluation));
      const first = (method: string, { scores }: XrayTargetReport) =>
        scores.find((s) => s.method === method && s.components === 1)?.rho[0];
      const told = reports.map((report) => {
        const parts = ['ednn', 'nnca', 'eca'].flatMap((method) => {
          const rho = first(method, report);
          return rho === undefined ? [] : [`${method.toUpperCase()} ${rho.toFixed(3)}`];
        });
        return `${report.name} ${parts.join(', ')}`;
      });
      return {
        results: {
          rho: reports.map(({ name, scores }) => ({ target: name, scores })) as never,
        },
        files: [xrayEvaluationName],
        summary: `rho with one component: ${told.join('; ')}`,
      };
    },
  };
}

async function judge(
  experiment: XrayExperiment,
  inputs: XrayFile['inputs'],
  saved: SavedFits,
  samples: TargetSamples,
  check: () => void,
): Promise<Omit<XrayTargetReport, 'name' | 'title' | 'unit'>> {
  const fits = saved.fits.map((fit) => ({ ...fit, fitted: loadInterpreter(fit.saved) }));
  const { components, seeds } = experiment.preset.train;
  const scores: XrayScore[] = [];
  const add = (method: string, k: number, fitted: readonly Interpreter[], cpuSeconds: number[]) =>
    scores.push({
      method,
      components: k,
      rho: fitted.map((f) => f.score(samples.test).rho),
      cpuSeconds,
    });
  const ofMethod = (method: string) => fits.filter((f) => f.method === method);
  const emulators = ofMethod('emulator');
  add(
    'emulator',
    emulators[0]!.components,
    emulators.map((f) => f.fitted),
    emulators.map((f) => f.cpuSeconds),
  );
  for (const k of components) {
    for (const method of ['ednn', 'nnca', 'linear', 'pls', 'pca']) {
      const own = ofMethod(method).filter((f) => f.components === k);
      add(
        method,
        k,
        own.map((f) => f.fitted),
        own.map((f) => f.cpuSeconds),
      );
    }
    // Components of ECA are found one after the other: the first k are the analysis with k.
    const eca = ofMethod('eca');
    const first = [];
    for (const { fitted } of eca)
      first.push(await fitInterpreter('eca', samples, { components: k, continueFrom: fitted }));
    add(
      'eca',
      k,
      first,
      eca.map((f) => f.cpuSeconds),
    );
    check();
  }
  const ensemble = ensembleOf(
    saved.ensemble.map((one) => loadInterpreter(one)),
    samples.validation,
  );
  const bases: XrayBasis[] = [
    {
      method: 'nnca',
      of: `95 % intervals from ${ensemble.members.length} refits, all but one to bootstrap resamples`,
      components: basisIntervals(ensemble),
    },
    ecaBasis(ofMethod('eca').map((f) => f.fitted)),
  ];
  check();
  const emulator = emulators[0]!.fitted;
  const activations = ofMethod('ednn')
    .filter((f) => f.seed === seeds[0] && f.components <= 2 && f.components < emulator.inputs)
    .map((f) => f.fitted);
  const { mean, sd } = moments(samples);
  return {
    scaling: emulator.scaling,
    grid: Array.from(samples.grid),
    mean,
    sd,
    samples: {
      train: samples.train.structures.rows,
      validation: samples.validation.structures.rows,
      test: samples.test.structures.rows,
    },
    scores,
    bases,
    readBackBy: `NNCA with ${ensemble.members[0]!.components} components`,
    level,
    readBack: readBackOf(ensemble, samples),
    ...(samples.names && { names: samples.names }),
    ...landscapeOf(experiment.preset.landscape, inputs, samples, emulator, activations),
  };
}

/** Intervals over seeds where there are three or more; else the first fit's numbers alone. */
function ecaBasis(fitted: readonly Interpreter[]): XrayBasis {
  if (fitted.length >= 3) {
    return {
      method: 'eca',
      of: `95 % intervals over ${fitted.length} emulators that differ in their seed`,
      components: basisIntervals({ members: fitted, residual: new Float64Array(0) }),
    };
  }
  const { data, rows, columns } = fitted[0]!.basis!;
  return {
    method: 'eca',
    of: 'of one emulator: too few seeds for intervals',
    components: Array.from({ length: rows }, (_, r) =>
      Array.from({ length: columns }, (_v, i): Pick<Interval, 'value' | 'undecided'> => ({
        value: data[r * columns + i]!,
        undecided: false,
      })),
    ),
  };
}

function readBackOf(
  ensemble: ReturnType<typeof ensembleOf>,
  { test }: TargetSamples,
): XrayReadBack[] {
  const { value, low, high, undecided } = readBack(ensemble, test.spectra, { level });
  const { rows, columns: p, data: truth } = test.structures;
  const all = Array.from({ length: rows }, (_, i) => i);
  return Array.from({ length: p }, (_, input) => {
    const at = (m: { readonly data: Float64Array }) => all.map((i) => m.data[i * p + input]!);
    const [known, read, from, to] = [at({ data: truth }), at(value), at(low), at(high)];
    const mean = known.reduce((s, v) => s + v, 0) / rows;
    const variance = known.reduce((s, v) => s + (v - mean) ** 2, 0);
    const residual = known.reduce((s, v, i) => s + (v - read[i]!) ** 2, 0);
    const open = all.map((i) => undecided[i * p + input] === 1);
    const share = (flags: readonly boolean[]) => flags.filter(Boolean).length / rows;
    return {
      input,
      truth: known.slice(0, drawn),
      value: read.slice(0, drawn),
      low: from.slice(0, drawn),
      high: to.slice(0, drawn),
      undecided: open.slice(0, drawn),
      coverage: share(known.map((v, i) => v >= from[i]! && v <= to[i]!)),
      undecidedPart: share(open),
      explained: variance > 0 ? 1 - residual / variance : 0,
    };
  });
}

function moments({ all: { spectra } }: TargetSamples): { mean: number[]; sd: number[] } {
  const { rows, columns: m, data } = spectra;
  const mean = new Array<number>(m).fill(0);
  const square = new Array<number>(m).fill(0);
  data.forEach((v, i) => (mean[i % m]! += v / rows));
  data.forEach((v, i) => (square[i % m]! += (v - mean[i % m]!) ** 2 / rows));
  return { mean, sd: square.map(Math.sqrt) };
}
