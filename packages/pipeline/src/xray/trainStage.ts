import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FitControl,
  fitEnsemble,
  fitInterpreter,
  type Interpreter,
  type MethodName,
  type SavedInterpreter,
  saveInterpreter,
} from '@spectraloom/models/xray';
import { packageVersions } from '../ins/experiment.js';
import type { Stage } from '../stages/stage.js';
import type { XrayExperiment } from './experiment.js';
import type { XrayPreset, XrayTarget } from './files.js';
import { readSamples, type TargetSamples } from './samples.js';

/** One fit: which method, with how many components, from which seed, and how long it took. */
export interface SavedFit {
  readonly method: MethodName;
  readonly components: number;
  readonly seed: number;
  readonly cpuSeconds: number;
  readonly saved: SavedInterpreter;
}

/** All fits of a target. */
export interface SavedFits {
  readonly fits: readonly SavedFit[];
  /** NNCA: the first to the training samples, the others to bootstrap resamples. */
  readonly ensemble: readonly SavedInterpreter[];
}

export const fitsName = (target: string): string => `fits-${target}.json`;

/** Fits every method with every number of components and every seed, target by target. */
export function xrayTrainStage(experiment: XrayExperiment): Stage {
  const { pipeline, preset } = experiment;
  const { targets } = pipeline.file;
  return {
    name: 'train',
    title: 'fit emulators and component analyses',
    dependsOn: ['spectra'],
    inputs: () => ({
      train: preset.train as never,
      ...(targets.some((t) => t.scaling) && {
        scalings: targets.map((t) => scalingOf(t, preset)),
      }),
      split: preset.split,
      versions: packageVersions('models'),
    }),
    async run({ folder, signal, emit, upstream }) {
      const files: string[] = [];
      let cpu = 0;
      for (const [index, target] of targets.entries()) {
        const { name } = target;
        const samples = await readSamples(experiment, upstream('spectra'), index);
        const steps = fitsOf(preset);
        const total = steps * targets.length;
        let done = index * steps;
        const control: FitControl = {
          signal,
          onProgress: ({ what, part }) =>
            emit({
              type: 'progress',
              stage: 'train',
              done: done + part,
              total,
              unit: 'fits',
              detail: `${name}: ${what}`,
            }),
        };
        const found = await fitTarget(
          preset,
          scalingOf(target, preset),
          samples,
          control,
          () => done++,
        );
        cpu += found.fits.reduce((sum, fit) => sum + fit.cpuSeconds, 0);
        await writeFile(join(folder, fitsName(name)), JSON.stringify(found));
        files.push(fitsName(name));
      }
      const made = fitsOf(preset) * targets.length;
      return {
        results: { fits: made, cpuSeconds: cpu },
        files,
        summary: `${made} fits of ${targets.map((t) => t.name).join(' and ')}`,
      };
    },
  };
}

/** Nets that are trained for one target. */
function fitsOf({ train }: XrayPreset): number {
  const inner = train.components.length;
  return train.seeds.length * (2 + 2 * inner) + train.intervals.refits + 3 * inner;
}

/** Moments have different units: no one number scales them all. */
function scalingOf(
  { scaling, learn }: XrayTarget,
  { train }: XrayPreset,
): XrayPreset['train']['scaling'] {
  return scaling ?? (learn?.kind === 'moments' ? 'point' : train.scaling);
}

async function fitTarget(
  { train }: XrayPreset,
  scaling: XrayPreset['train']['scaling'],
  samples: TargetSamples,
  control: FitControl,
  count: () => void,
): Promise<SavedFits> {
  const fits: SavedFit[] = [];
  const { components, seeds } = train;
  const inputs = samples.train.structures.columns;
  const timed = async <T extends Interpreter>(
    method: MethodName,
    k: number,
    seed: number,
    fit: () => Promise<T>,
  ): Promise<T> => {
    const before = process.cpuUsage();
    const fitted = await fit();
    const { user, system } = process.cpuUsage(before);
    const cpuSeconds = (user + system) / 1e6;
    fits.push({ method, components: k, seed, cpuSeconds, saved: saveInterpreter(fitted) });
    count();
    control.signal?.throwIfAborted();
    return fitted;
  };
  for (const k of components) {
    for (const method of ['linear', 'pls', 'pca'] as const) {
      await timed(method, k, 0, () =>
        fitInterpreter(method, samples, { components: k, scaling }, control),
      );
    }
  }
  const most = Math.max(...components);
  for (const seed of seeds) {
    const options = { ...train.nets, scaling, seed };
    const emulator = await timed('emulator', inputs, seed, () =>
      fitInterpreter('emulator', samples, options, control),
    );
    const whole = { ...options, ...train.eca, components: most, emulator };
    await timed('eca', most, seed, () => fitInterpreter('eca', samples, whole, control));
    for (const k of components) {
      const given = k === inputs ? { emulator } : {};
      await timed('nnca', k, seed, () =>
        fitInterpreter(
          'nnca',
          samples,
          { ...options, ...train.nnca, ...given, components: k },
          control,
        ),
      );
      await timed('ednn', k, seed, () =>
        fitInterpreter(
          'ednn',
          samples,
          { ...options, ...train.ednn, ...given, components: k },
          control,
        ),
      );
    }
  }
  const { intervals } = train;
  const { members } = await fitEnsemble(
    'nnca',
    samples,
    {
      ...train.nets,
      ...train.nnca,
      training: { ...(train.nets['training'] as object), ...intervals.training },
      scaling,
      seed: seeds[0]!,
      components: intervals.components,
    },
    intervals.refits,
    control,
  );
  for (let i = 0; i < intervals.refits; i++) count();
  return { fits, ensemble: members.map(saveInterpreter) };
}
