import { extname, resolve } from 'node:path';
import { experimentModels } from '@spectraloom/imaging';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../console/errors.js';
import { modelOptions } from '../shared/model.js';
import type { ImageArgs } from './arguments.js';

/** The experiment models and their values, for `--help`. */
function experimentHelp(): string {
  const lines = Object.entries(experimentModels).map(([name, { does, values }]) => {
    const takes = values.map(
      (v) => `${v.name} (${v.meaning}${v.default === undefined ? '' : `; default ${v.default}`})`,
    );
    return `  ${name}: ${does}\n      ${takes.join(', ')}`;
  });
  return `Models of --add, as MODEL:NAME=VALUE,NAME=VALUE; a VALUE of LOW~HIGH is drawn uniformly by --seed:\n${lines.join('\n')}`;
}

/** `spectraloom image MODEL --out FILE`: the image the spectrometer would see. */
export const imageCommand: CommandModule<object, ImageArgs> = {
  command: 'image <model>',
  describe:
    'Simulate the image of one model and parameter set, with the resolution of the instrument',
  builder: (y) =>
    modelOptions(y)
      .option('out', {
        describe: 'file to write: .npy (<f4, rows x columns) or .png (tiles with axes)',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('pipeline', {
        describe:
          "pipeline file that describes the image (default: the one beside the model, else PCSMO's layout)",
        type: 'string',
        requiresArg: true,
      })
      .option('instrument', {
        describe:
          "built-in instrument (maps, maps-upgraded, merlin) or a file (default: the pipeline's, else maps)",
        type: 'string',
        requiresArg: true,
      })
      .option('resolution', {
        describe:
          "monteCarlo: true distributions of the parts; covariance: normal; table: covariance tables, see --table; none: intrinsic width alone (default: the pipeline's, else covariance)",
        choices: ['monteCarlo', 'covariance', 'table', 'none'] as const,
        requiresArg: true,
      })
      .option('table', {
        describe:
          'EI=FILE: covariance table of this Ei in meV, 12-column text, .gz or not (once an Ei; implies --resolution table)',
        type: 'string',
        array: true,
        requiresArg: true,
      })
      .option('samples', {
        describe:
          "samples of the resolution at each energy, 128 to 1048576, for monteCarlo (default: the pipeline's, else 8192)",
        type: 'string',
        requiresArg: true,
      })
      .option('seed', {
        describe: 'seed of everything drawn, a whole number (default 0)',
        type: 'string',
        requiresArg: true,
      })
      .option('twins', {
        describe:
          "proper: x and y exchanged; published: with the defect of the published set (default: the pipeline's, else proper)",
        choices: ['proper', 'published'] as const,
        requiresArg: true,
      })
      .option('form-factor', {
        choices: ['on', 'off'] as const,
        describe: "magnetic form factor (default: the pipeline's, else on)",
        requiresArg: true,
      })
      .option('mosaic', {
        describe: 'mosaic of the sample, FWHM in degrees, 0 to 90',
        type: 'string',
        requiresArg: true,
      })
      .option('intrinsic', {
        describe: 'FWHM of each mode before the resolution, meV (default 0.1)',
        type: 'string',
        requiresArg: true,
      })
      .option('scale', {
        describe: "factor on the image, above 0 to 1e9 (default: the pipeline's, else 1)",
        type: 'string',
        requiresArg: true,
      })
      .option('mask', {
        describe:
          'coverage: what the detectors leave out; none; or a file, .npy or .mat, values other than 0 masked (default coverage)',
        type: 'string',
        requiresArg: true,
      })
      .option('flip-mask', {
        describe: 'the rows of the mask file run from bottom to top',
        type: 'boolean',
        implies: 'mask',
      })
      .option('noise', {
        describe:
          'counting noise at this exposure: counts for an intensity of 1, above 0; after every --add',
        type: 'string',
        requiresArg: true,
      })
      .option('add', {
        describe:
          'what an experiment adds, in the order given (may be repeated), e.g. flat-background:level=2',
        type: 'string',
        array: true,
        requiresArg: true,
      })
      .option('error', {
        describe:
          'also write the standard error of every pixel here (.npy); the image is then the mean of --replicates',
        type: 'string',
        requiresArg: true,
      })
      .option('replicates', {
        describe: 'grids the standard error is estimated from, 2 to 64 (default 4)',
        type: 'string',
        requiresArg: true,
        implies: 'error',
      })
      .option('compare', {
        describe: 'also print the correlation with this measured image (.npy of the same shape)',
        type: 'string',
        requiresArg: true,
      })
      .option('mirror-k', {
        describe: 'k of the compared image runs from +1 to -1: mirror it, tile by tile',
        type: 'boolean',
        implies: 'compare',
      })
      .option('json', { describe: 'facts of the image as JSON', type: 'boolean', default: false })
      .example('$0 image pipelines/pcsmo/models/goodenough.yaml --out x.npy', 'at the fit')
      .example(
        '$0 image pipelines/pcsmo/models/dimer.yaml --param J_FS=-12 --resolution monteCarlo --out x.png',
        'another value and the true resolution, as a picture',
      )
      .example(
        '$0 image m.yaml --out x.npy --add flat-background:level=1~3 --noise 20 --seed 7',
        'as an experiment might see it',
      )
      .epilogue(experimentHelp()) as never,
  handler: async (args) => {
    const kind = extname(args.out).toLowerCase();
    if (kind !== '.npy' && kind !== '.png') {
      throw new UsageError({
        what: 'the kind of output file is not known',
        where: '--out',
        got: args.out,
        expected: 'a name that ends in .npy or .png',
      });
    }
    if (args.error !== undefined && extname(args.error).toLowerCase() !== '.npy') {
      throw new UsageError({
        what: 'the standard error is written as an array',
        where: '--error',
        got: args.error,
        expected: 'a name that ends in .npy',
      });
    }
    if (args.error !== undefined && resolve(args.error) === resolve(args.out)) {
      throw new UsageError({
        what: 'the image and its standard error cannot be one file',
        where: '--error',
        got: args.error,
        expected: 'another name than that of --out',
      });
    }
    const { makeImage } = await import('./make.js');
    await makeImage(args);
  },
};
