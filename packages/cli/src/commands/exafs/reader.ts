import { access, constants, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../console/errors.js';
import {
  checkRanges,
  pathOption,
  type RangeArgs,
  rangeOptions,
  readChi,
  readPath,
  shellRows,
  whole,
} from './shared.js';

interface TrainArgs extends RangeArgs {
  out: string;
  samples: number;
  epochs: number;
  seed: number;
  noise: string;
}

/** `spectraloom exafs train-reader`: a network for one path, trained on simulated spectra. */
export const trainReaderCommand: CommandModule<object, TrainArgs> = {
  command: 'train-reader',
  describe: 'Train a network on simulated spectra of a path to read N S0^2, dR, sigma^2 and E0',
  builder: (y) =>
    rangeOptions(y)
      .option('out', {
        describe: 'write the reader here (.json)',
        type: 'string',
        demandOption: true,
      })
      .option('samples', {
        describe: 'simulated spectra, 200 at least',
        type: 'number',
        default: 20000,
      })
      .option('epochs', { describe: 'passes over them', type: 'number', default: 60 })
      .option('seed', { describe: 'of draws, noise and weights', type: 'number', default: 1 })
      .option('noise', {
        describe: 'range of the standard deviation of a point of chi every 0.05 Å^-1',
        type: 'string',
        default: '0,0.004',
        requiresArg: true,
      })
      .example(
        '$0 exafs train-reader --path feff0001.dat --out pd.json',
        'about a minute',
      ) as never,
  handler: async (args) => {
    checkRanges(args);
    whole('--samples', args.samples, 200, 10_000_000);
    whole('--epochs', args.epochs, 1, 100_000);
    whole('--seed', args.seed, 0, 2 ** 32 - 1);
    // Before the minute of training, not behind it.
    await access(dirname(resolve(args.out)), constants.W_OK);
    const {
      saveShellReader,
      scoreShellReader,
      simulateShells,
      parseShellSettings,
      trainShellReader,
    } = await import('@spectraloom/models/xray/exafs');
    const path = await readPath(args.path);
    const noise = args.noise.split(',').map(Number);
    const settings = parseShellSettings({
      kMin: args.kmin,
      kMax: args.kmax,
      kWeight: args.kweight,
      dk: args.dk,
      rMin: args.rmin,
      rMax: args.rmax,
      noise,
    });
    let told = 0;
    const reader = await trainShellReader(
      path,
      { settings, samples: args.samples, seed: args.seed, training: { epochs: args.epochs } },
      {
        onProgress: ({ what, part }) => {
          if (performance.now() - told < 2000) return;
          told = performance.now();
          process.stderr.write(`training ${what}: ${(100 * part).toFixed(0)} %\n`);
        },
      },
    );
    await writeFile(args.out, JSON.stringify(saveShellReader(reader, path)));
    const score = scoreShellReader(
      reader,
      simulateShells(path, settings, 2000, args.seed + 1_000_003),
    );
    if (args.json) {
      process.stdout.write(`${JSON.stringify({ reader: args.out, score })}\n`);
      return;
    }
    const rows = shellRows.map(
      ([p, title, unit, digits]) =>
        `${title.padEnd(8)} error ${score.rmse[p].toFixed(digits)} ${unit} (root mean square), intervals hold ${(100 * score.coverage[p]).toFixed(1)} % (95 asked)`,
    );
    process.stdout.write(`${args.out}\non 2000 unseen simulated spectra:\n${rows.join('\n')}\n`);
  },
};

interface ReadArgs {
  data: string;
  path: string;
  reader: string;
  level: number;
  json: boolean;
}

/** `spectraloom exafs read DATA`: one shell by a trained network. */
export const readCommand: CommandModule<object, ReadArgs> = {
  command: 'read <data>',
  describe:
    'Read N S0^2, dR, sigma^2 and E0 off a measured chi(k) by a trained network, with intervals, and say whether the spectrum is like those it was trained on (verdict: inside, edge, outside)',
  builder: (y) =>
    y
      .positional('data', {
        describe: 'columns k (Å^-1) and chi: .chik, XDI, chi.dat',
        type: 'string',
      })
      .option('path', pathOption)
      .option('reader', {
        describe: 'what train-reader wrote (or reader.json of an exafs pipeline)',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('level', {
        describe: 'part of truths an interval shall hold',
        type: 'number',
        default: 0.95,
      })
      .option('json', { describe: 'as JSON', type: 'boolean', default: false })
      .example('$0 exafs read pd-foil.chik --path feff0001.dat --reader pd.json', '') as never,
  handler: async (args) => {
    const { loadShellReader } = await import('@spectraloom/models/xray/exafs');
    const path = await readPath(args.path);
    const text = await readFile(args.reader, 'utf8');
    let saved: unknown;
    try {
      saved = JSON.parse(text);
    } catch {
      throw new UsageError({
        what: 'the reader is not JSON',
        where: args.reader,
        next: 'train one: spectraloom exafs train-reader',
      });
    }
    const reading = loadShellReader(saved, path, args.reader).read(
      await readChi(args.data),
      args.level,
    );
    if (args.json) {
      process.stdout.write(`${JSON.stringify(reading)}\n`);
      return;
    }
    const rows = shellRows.map(([p, title, unit, digits]) => {
      const { value, low, high } = reading.values[p];
      return `${title.padEnd(8)} ${value.toFixed(digits).padStart(10)} (${low.toFixed(digits)} to ${high.toFixed(digits)}) ${unit}`;
    });
    const cautions = [
      ...(reading.verdict === 'outside'
        ? [
            'OUTSIDE: unlike the spectra the network was trained on (another element, more than one shell, more noise or disorder); do not quote these numbers',
          ]
        : []),
      ...reading.atEdge.map((p) => `caution: ${p} lies at the end of the trained range`),
    ];
    process.stdout.write(
      `${[...rows, `left unexplained ${(100 * reading.rFactor).toFixed(2)} %; ${(100 * reading.typicality).toFixed(0)} % of simulated spectra are explained no better`, ...cautions].join('\n')}\n`,
    );
  },
};
