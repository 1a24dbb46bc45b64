import { readFile, writeFile } from 'node:fs/promises';
import { npyAsFloat32, readNpy, writeNpy } from '@spectraloom/shards';
import { linearGrid, makeTargets, type Region, type TargetSpec } from '@spectraloom/xray';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../console/errors.js';

interface TargetsArgs {
  file: string;
  grid: string;
  kind: 'spectrum' | 'regions' | 'moments';
  regions?: string;
  out: string;
}

/** `spectraloom xray targets FILE`: what is learnt of spectra. */
export const targetsCommand: CommandModule<object, TargetsArgs> = {
  command: 'targets <file>',
  describe: 'Regions of interest or moments of peaks of spectra (.npy), as a table',
  builder: (y) =>
    y
      .positional('file', { describe: 'spectra, .npy [rows, points]', type: 'string' })
      .option('grid', {
        describe: 'energies of the points, from,to (both ends in it), eV',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('kind', {
        describe:
          'spectrum: the points of one region; regions: integrals; moments: mean, width and skewness',
        choices: ['spectrum', 'regions', 'moments'] as const,
        default: 'moments' as const,
      })
      .option('regions', {
        describe: 'name:from:to, joined by commas; e.g. "kb2:11090:11110,kb3:11070:11090"',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('out', {
        describe: 'write here: .npy [rows, targets], or .csv with names',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .example(
        '$0 xray targets s.npy --grid 520,560 --regions "main:525:530" --out m.csv',
        '',
      ) as never,
  handler: async ({ file, grid, kind, regions: text, out }) => {
    const ends = grid.split(',').map(Number);
    if (ends.length !== 2 || !ends.every(Number.isFinite)) {
      throw new UsageError({
        what: 'the grid is two numbers',
        where: '--grid',
        got: grid,
        expected: 'from,to',
      });
    }
    if (!/\.(npy|csv)$/i.test(out)) {
      throw new UsageError({
        what: 'the kind of output file is not known',
        where: '--out',
        got: out,
        expected: 'a name that ends in .npy or .csv',
      });
    }
    const array = readNpy(await readFile(file), file);
    if (array.shape.length !== 2) {
      throw new UsageError({
        what: 'spectra are rows of points',
        where: file,
        got: `shape [${array.shape.join(', ')}]`,
        expected: '[rows, points]',
      });
    }
    const [rows, points] = array.shape as [number, number];
    const data = npyAsFloat32(array);
    const wrong = data.findIndex((v) => !Number.isFinite(v));
    if (wrong >= 0) {
      throw new UsageError({
        what: 'a spectrum holds a value that is no finite number',
        where: `${file}, row ${Math.floor(wrong / points)}, point ${wrong % points}`,
        got: String(data[wrong]),
        expected: 'finite numbers',
        next: 'leave this row out, or mend it',
      });
    }
    const spectra = Array.from({ length: rows }, (_, i) =>
      Float64Array.from(data.subarray(i * points, (i + 1) * points)),
    );
    const regions = regionsOf(text!);
    const spec: TargetSpec =
      kind === 'spectrum'
        ? { kind, from: regions[0]!.from, to: regions[0]!.to }
        : { kind, regions };
    const { names, values } = makeTargets(linearGrid(ends[0]!, ends[1]!, points), spectra, spec);
    if (/\.npy$/i.test(out)) {
      await writeFile(out, writeNpy(values, [rows, names.length]));
    } else {
      const lines = Array.from({ length: rows }, (_, i) =>
        Array.from(values.subarray(i * names.length, (i + 1) * names.length), String).join(','),
      );
      await writeFile(out, `${names.join(',')}\n${lines.join('\n')}\n`);
    }
    process.stdout.write(`${out}: ${rows} rows, ${names.length} targets\n`);
  },
};

function regionsOf(text: string): Region[] {
  return text.split(',').map((word) => {
    const [name, from, to, ...more] = word.trim().split(':');
    const region = { name: name ?? '', from: Number(from), to: Number(to) };
    if (region.name === '' || more.length > 0 || !(region.to > region.from)) {
      throw new UsageError({
        what: 'a region is a name and two energies that ascend',
        where: '--regions',
        got: word,
        expected: 'e.g. main:525:530',
      });
    }
    return region;
  });
}
