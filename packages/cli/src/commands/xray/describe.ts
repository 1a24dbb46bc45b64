import { readFile, writeFile } from 'node:fs/promises';
import {
  type DescriptorSpec,
  describeStructures,
  parseCoordinates,
  parseNeighbours,
  parseXyzFrames,
  XrayError,
} from '@spectraloom/xray';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../console/errors.js';

interface DescribeArgs {
  file: string;
  descriptor: DescriptorSpec['descriptor'];
  absorber: string;
  coordinates?: string;
  size?: number;
  neighbours?: string;
  cutoff: number;
  out?: string;
}

/** `spectraloom xray describe FILE`: structures as rows of numbers, for a pipeline with own data. */
export const describeCommand: CommandModule<object, DescribeArgs> = {
  command: 'describe <file>',
  describe:
    'Structures of an XYZ file as a CSV table of descriptors, a row each. By default internal coordinates, which must be named by --coordinates; --descriptor distances needs --neighbours',
  builder: (y) =>
    y
      .positional('file', {
        describe:
          'XYZ or extended XYZ, Å. A cell (Lattice="...", pbc="T T F") is taken as periodic: images count',
        type: 'string',
      })
      .option('descriptor', {
        describe:
          'internal: distances, angles, dihedrals (needs --coordinates); coulomb: Coulomb matrix, absorber first, by distance (needs --size in a cell); distances: nearest neighbours (needs --neighbours); symmetry: radial and angular functions',
        choices: ['internal', 'coulomb', 'distances', 'symmetry'] as const,
        default: 'internal' as const,
      })
      .option('absorber', {
        describe:
          'the absorbing atom: index from 0, an element that each structure holds once (Ge), or key:NAME, the index in the comment line',
        type: 'string',
        default: '0',
        requiresArg: true,
      })
      .option('coordinates', {
        describe: 'required for internal: atoms from 0, joined by -, e.g. "0-1,0-2,1-0-2"',
        type: 'string',
        requiresArg: true,
      })
      .option('size', {
        describe: 'for coulomb: atoms taken (default: all of a molecule; required in a cell)',
        type: 'number',
      })
      .option('neighbours', {
        describe: 'required for distances: how many of which element, e.g. "O4,Ge6"',
        type: 'string',
        requiresArg: true,
      })
      .option('cutoff', { describe: 'for symmetry: reach, Å', type: 'number', default: 6 })
      .option('out', { describe: 'write here (default: print)', type: 'string', requiresArg: true })
      .example('$0 xray describe w.xyz --coordinates "1-0-2,0-1,0-2" --out structures.csv', 'water')
      .example('$0 xray describe geo2.xyz --descriptor coulomb --absorber Ge --size 9', 'GeO2')
      .example(
        '$0 xray describe geo2.extxyz --descriptor distances --neighbours O4,Ge6 --absorber key:absorber',
        'the absorber of each frame from its comment line',
      ) as never,
  handler: async (args) => {
    const spec = specOf(args);
    const frames = parseXyzFrames(await readFile(args.file, 'utf8'), args.file);
    const { columns, rows, values } = describeStructures(
      frames,
      [spec],
      /^\d+$/.test(args.absorber) ? Number(args.absorber) : args.absorber,
      args.file,
    );
    const lines = [columns.map((c) => c.name).join(',')];
    for (let i = 0; i < rows; i++)
      lines.push(values.subarray(i * columns.length, (i + 1) * columns.length).join(','));
    const text = `${lines.join('\n')}\n`;
    if (args.out === undefined) process.stdout.write(text);
    else {
      await writeFile(args.out, text);
      process.stdout.write(`${args.out}: ${rows} structures, ${columns.length} columns\n`);
    }
  },
};

function specOf(args: DescribeArgs): DescriptorSpec {
  const { descriptor, cutoff, size } = args;
  switch (descriptor) {
    case 'internal':
      return {
        descriptor,
        coordinates: checked('--coordinates', args.coordinates, parseCoordinates),
      };
    case 'distances':
      return { descriptor, neighbours: checked('--neighbours', args.neighbours, parseNeighbours) };
    case 'coulomb':
      return { descriptor, ...(size !== undefined && { size }) };
    case 'symmetry':
      return { descriptor, cutoff };
  }
}

/** @throws UsageError naming the option */
function checked(option: string, text: string | undefined, parse: (text: string) => unknown) {
  try {
    parse(text ?? '');
  } catch (error) {
    if (!(error instanceof XrayError)) throw error;
    throw new UsageError({
      what: error.what,
      where: option,
      got: text ?? 'nothing',
      ...(error.expected !== undefined && { expected: error.expected }),
    });
  }
  return text!;
}
