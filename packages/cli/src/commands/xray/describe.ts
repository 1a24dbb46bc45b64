import { readFile, writeFile } from 'node:fs/promises';
import {
  coulombVector,
  elementSymbol,
  internalCoordinates,
  type Molecule,
  neighbourDistances,
  parseXyzFrames,
  symmetryFunctions,
  type SymmetryFunction,
  XrayError,
} from '@spectraloom/xray';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../console/errors.js';

interface DescribeArgs {
  file: string;
  descriptor: 'internal' | 'coulomb' | 'distances' | 'symmetry';
  absorber: number;
  coordinates?: string;
  size?: number;
  neighbours?: string;
  cutoff: number;
  out?: string;
}

/** `spectraloom xray describe FILE`: structures as rows of numbers, for a pipeline with own data. */
export const describeCommand: CommandModule<object, DescribeArgs> = {
  command: 'describe <file>',
  describe: 'Structures of an XYZ file as a CSV table of descriptors, a row each',
  builder: (y) =>
    y
      .positional('file', { describe: 'XYZ or extended XYZ, Å', type: 'string' })
      .option('descriptor', {
        describe:
          'internal: distances, angles, dihedrals; coulomb: Coulomb matrix, absorber first, by distance; distances: nearest neighbours; symmetry: radial and angular functions',
        choices: ['internal', 'coulomb', 'distances', 'symmetry'] as const,
        default: 'internal' as const,
      })
      .option('absorber', { describe: 'the absorbing atom, from 0', type: 'number', default: 0 })
      .option('coordinates', {
        describe: 'for internal: atoms joined by -, e.g. "0-1,0-2,1-0-2"',
        type: 'string',
        requiresArg: true,
      })
      .option('size', { describe: 'for coulomb: atoms taken (default all)', type: 'number' })
      .option('neighbours', {
        describe: 'for distances: how many of which element, e.g. "O4,Ge6"',
        type: 'string',
        requiresArg: true,
      })
      .option('cutoff', { describe: 'for symmetry: reach, Å', type: 'number', default: 6 })
      .option('out', { describe: 'write here (default: print)', type: 'string', requiresArg: true })
      .example('$0 xray describe w.xyz --coordinates "1-0-2,0-1,0-2" --out structures.csv', 'water')
      .example(
        '$0 xray describe geo2.xyz --descriptor coulomb --absorber 0 --size 9',
        'GeO2',
      ) as never,
  handler: async (args) => {
    const frames = parseXyzFrames(await readFile(args.file, 'utf8'), args.file);
    const first = frames[0]!.molecule;
    const { names, row } = descriptorOf(args, first);
    const lines = [names.join(',')];
    frames.forEach(({ molecule }, i) => {
      const values = row(molecule);
      if (values.length !== names.length || values.some((v) => !Number.isFinite(v))) {
        throw new XrayError({
          code: 'FILE_INVALID',
          what: 'This structure cannot be described like the first',
          where: `${args.file}, frame ${i}`,
          got: `${values.length} numbers, ${molecule.atomicNumbers.length} atoms`,
          expected: `${names.length} finite numbers`,
          next:
            args.descriptor === 'coulomb'
              ? 'give --size, so that all have as many atoms'
              : 'describe like structures alone',
        });
      }
      lines.push(Array.from(values, String).join(','));
    });
    const text = `${lines.join('\n')}\n`;
    if (args.out === undefined) process.stdout.write(text);
    else {
      await writeFile(args.out, text);
      process.stdout.write(`${args.out}: ${frames.length} structures, ${names.length} columns\n`);
    }
  },
};

function descriptorOf(
  args: DescribeArgs,
  first: Molecule,
): { names: string[]; row: (m: Molecule) => Float64Array } {
  const { absorber } = args;
  switch (args.descriptor) {
    case 'coulomb': {
      const size = args.size ?? first.atomicNumbers.length;
      const names: string[] = [];
      for (let i = 0; i < size; i++) for (let j = i; j < size; j++) names.push(`m${i}_${j}`);
      return { names, row: (m) => coulombVector(m, { absorber, size }) };
    }
    case 'distances': {
      const groups = neighboursOf(args.neighbours);
      const names = groups.flatMap(({ element, count }) =>
        Array.from({ length: count }, (_, i) => `r_${elementSymbol(element)}${i + 1}`),
      );
      return { names, row: (m) => neighbourDistances(m, absorber, groups) };
    }
    case 'symmetry': {
      const { names, functions } = standardFunctions(first, args.cutoff);
      return { names, row: (m) => symmetryFunctions(m, absorber, functions, args.cutoff) };
    }
    case 'internal': {
      const atoms = coordinatesOf(args.coordinates);
      const kinds = ['', '', 'r', 'angle', 'dihedral'];
      return {
        names: atoms.map((c) => `${kinds[c.length]}_${c.join('_')}`),
        row: (m) => internalCoordinates(m, atoms),
      };
    }
  }
}

function coordinatesOf(text: string | undefined): number[][] {
  const atoms = text?.split(',').map((word) => word.trim().split('-').map(Number));
  if (!atoms || atoms.some((c) => c.length < 2 || c.length > 4 || !c.every(Number.isInteger))) {
    throw new UsageError({
      what: 'internal coordinates are two to four atoms each',
      where: '--coordinates',
      got: text ?? 'nothing',
      expected: 'e.g. "0-1,0-2,1-0-2": two bonds and the angle at atom 0',
    });
  }
  return atoms;
}

function neighboursOf(text: string | undefined): { element: number; count: number }[] {
  const symbols = new Map(Array.from({ length: 98 }, (_, i) => [elementSymbol(i + 1), i + 1]));
  const groups = text?.split(',').map((word) => {
    const match = /^([A-Z][a-z]?)(\d+)$/.exec(word.trim());
    return { element: symbols.get(match?.[1] ?? '') ?? 0, count: Number(match?.[2] ?? 0) };
  });
  if (!groups || groups.some(({ element, count }) => element === 0 || count < 1)) {
    throw new UsageError({
      what: 'neighbours are an element and how many of it',
      where: '--neighbours',
      got: text ?? 'nothing',
      expected: 'e.g. "O4,Ge6"',
    });
  }
  return groups;
}

/** Six radial functions an element and four angular ones a pair of elements, spread over the cutoff. */
function standardFunctions(first: Molecule, cutoff: number) {
  const elements = [...new Set(first.atomicNumbers)].sort((a, b) => a - b);
  const names: string[] = [];
  const functions: SymmetryFunction[] = [];
  const eta = 4 / (cutoff / 6) ** 2;
  for (const element of elements) {
    for (let k = 1; k <= 6; k++) {
      const shift = (k * cutoff) / 7;
      names.push(`g2_${elementSymbol(element)}_${shift.toFixed(2)}`);
      functions.push({ kind: 'radial', element, eta, shift });
    }
  }
  elements.forEach((p, i) =>
    elements.slice(i).forEach((q) => {
      for (const zeta of [1, 4]) {
        for (const lambda of [1, -1] as const) {
          names.push(`g4_${elementSymbol(p)}_${elementSymbol(q)}_${zeta}_${lambda}`);
          functions.push({
            kind: 'angular',
            elements: [p, q],
            eta: 0.5 / cutoff ** 2,
            zeta,
            lambda,
          });
        }
      }
    }),
  );
  return { names, functions };
}
