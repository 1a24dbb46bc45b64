import type { ExperimentPrior, ImageSpecInput } from '@spectraloom/imaging';
import { experimentModels } from '@spectraloom/imaging';
import { UsageError } from '../../console/errors.js';
import type { ModelArgs } from '../shared/model.js';
import { numberIn } from '../shared/numbers.js';

export interface ImageArgs extends ModelArgs {
  out: string;
  pipeline?: string;
  instrument?: string;
  resolution?: 'monteCarlo' | 'covariance' | 'table' | 'none';
  table?: string[];
  samples?: string;
  seed?: string;
  twins?: 'proper' | 'published';
  formFactor?: 'on' | 'off';
  mosaic?: string;
  intrinsic?: string;
  scale?: string;
  mask?: string;
  flipMask?: boolean;
  noise?: string;
  add?: string[];
  error?: string;
  replicates?: string;
  compare?: string;
  mirrorK?: boolean;
  json: boolean;
}

function whole(text: string, where: string, least: number, most: number): number {
  const expected = `a whole number from ${least} to ${most}`;
  const value = numberIn(text, { where, expected, least, most });
  if (Number.isInteger(value)) return value;
  throw new UsageError({ what: 'a whole number was expected', where, got: text, expected });
}

export const seedOf = (args: ImageArgs): number =>
  args.seed === undefined ? 0 : whole(args.seed, '--seed', 0, 4294967295);

export const replicatesOf = (args: ImageArgs): number =>
  args.replicates === undefined ? 4 : whole(args.replicates, '--replicates', 2, 64);

/** What the options change in the specification of the image. */
export function specOf(args: ImageArgs): ImageSpecInput {
  const positive = (text: string, where: string, most: number, unit: string): number =>
    numberIn(text, {
      where,
      expected: `a number above 0, at most ${most}${unit}`,
      least: 0,
      above: true,
      most,
    });
  if (args.table && args.resolution && args.resolution !== 'table') {
    throw new UsageError({
      what: 'covariance tables are used by one resolution model only',
      where: '--table',
      got: `--resolution ${args.resolution}`,
      expected: '--resolution table',
      next: 'leave one of the two out',
    });
  }
  const out: ImageSpecInput = {
    ...(args.resolution === undefined ? {} : { resolution: args.resolution }),
    ...(args.table === undefined ? {} : { resolution: 'table' as const }),
    ...(args.samples === undefined
      ? {}
      : { samples: whole(args.samples, '--samples', 128, 1048576) }),
    ...(args.seed === undefined ? {} : { seed: seedOf(args) }),
    ...(args.twins === undefined ? {} : { twins: args.twins }),
    ...(args.formFactor === undefined ? {} : { formFactor: args.formFactor === 'on' }),
    ...(args.mosaic === undefined
      ? {}
      : {
          mosaicFwhmDeg: numberIn(args.mosaic, {
            where: '--mosaic',
            expected: 'degrees, 0 to 90',
            least: 0,
            most: 90,
          }),
        }),
    ...(args.intrinsic === undefined
      ? {}
      : { intrinsicFwhmMeV: positive(args.intrinsic, '--intrinsic', 1e4, ' meV') }),
    ...(args.scale === undefined ? {} : { scale: positive(args.scale, '--scale', 1e9, '') }),
    ...(args.mask === 'none' ? { mask: 'none' as const } : {}),
    ...(args.mask === 'coverage' ? { mask: 'coverage' as const } : {}),
  };
  return out;
}

/** `EI=FILE`, one an incident energy. */
export function tableFiles(args: ImageArgs): Map<number, string> {
  const files = new Map<number, string>();
  for (const item of args.table ?? []) {
    const at = item.indexOf('=');
    const expected = 'EI=FILE, such as 25=ei25.txt';
    if (at < 1 || at === item.length - 1) {
      throw new UsageError({
        what: 'a table could not be read',
        where: '--table',
        got: `'${item}'`,
        expected,
      });
    }
    const ei = numberIn(item.slice(0, at), { where: '--table', expected, least: 0, above: true });
    if (files.has(ei)) {
      throw new UsageError({
        what: 'two tables for one incident energy',
        where: '--table',
        got: item,
      });
    }
    files.set(ei, item.slice(at + 1));
  }
  return files;
}

/** A number, or LOW~HIGH for a uniform draw. */
function value(text: string, where: string): number | { uniform: [number, number] } {
  const expected = 'a number, or LOW~HIGH to draw one';
  const range = text.split('~');
  if (range.length === 2) {
    const [low, high] = range.map((part) => numberIn(part, { where, expected })) as [
      number,
      number,
    ];
    if (low > high) {
      throw new UsageError({
        what: 'a range runs backwards',
        where,
        got: text,
        expected: 'LOW~HIGH with LOW at most HIGH',
      });
    }
    return { uniform: [low, high] };
  }
  return numberIn(text, { where, expected });
}

/** The steps of `--add` and, last, of `--noise`. */
export function experimentOf(args: ImageArgs): ExperimentPrior {
  const steps = (args.add ?? []).map((item) => {
    const at = item.indexOf(':');
    const model = at < 0 ? item : item.slice(0, at);
    const known = Object.entries(experimentModels).find(([name]) => name === model)?.[1];
    if (!known) {
      throw new UsageError({
        what: 'no such experiment model',
        where: '--add',
        got: `'${model}'`,
        expected: `one of ${Object.keys(experimentModels).join(', ')}`,
        next: 'spectraloom image --help says what each does',
      });
    }
    const names = known.values.map((v) => v.name);
    const step: Record<string, number | { uniform: [number, number] }> = {};
    for (const pair of at < 0 ? [] : item.slice(at + 1).split(',')) {
      const [name, text, ...more] = pair.split('=') as [string, string?, ...string[]];
      if (!names.includes(name) || text === undefined || more.length > 0 || name in step) {
        throw new UsageError({
          what: `a value of ${model} could not be read`,
          where: '--add',
          got: `'${pair}'`,
          expected: `NAME=VALUE once for each, NAME one of ${names.join(', ')}`,
          next: `for example --add ${model}:${names.map((n) => `${n}=1`).join(',')}`,
        });
      }
      step[name] = value(text, `--add ${model}:${name}`);
    }
    const missing = known.values.filter((v) => v.default === undefined && !(v.name in step));
    if (missing.length > 0) {
      throw new UsageError({
        what: `${model} needs a value`,
        where: '--add',
        got: `'${item}'`,
        expected: missing.map((v) => `${v.name}: ${v.meaning}`).join('; '),
        next: `for example --add ${model}:${names.map((n) => `${n}=1`).join(',')}`,
      });
    }
    return { model, ...step };
  });
  if (args.noise === undefined) return steps;
  const countsPerUnit = numberIn(args.noise, {
    where: '--noise',
    expected: 'counts for an intensity of 1, above 0',
    least: 0,
    above: true,
  });
  return [...steps, { model: 'counting-noise', countsPerUnit }];
}
