import { readFile } from 'node:fs/promises';
import {
  absorptionLines,
  type BasisSet,
  coreOrbital,
  DIPOLE_AU_DEBYE,
  emissionLines,
  HartreeFock,
  hartreeFockStability,
  parseBasis,
  parseXyzFrames,
  photoelectronLines,
  XrayError,
  type XyzFrame,
} from '@spectraloom/xray';
import type { CommandModule } from 'yargs';
import { stabilityWarning } from './stability.js';
import { linesText } from './water.js';

interface MoleculeArgs {
  file: string;
  basis: string;
  basisFile?: string;
  charge?: number;
  atom?: number;
  json: boolean;
}

/** `spectraloom xray molecule FILE`: Hartree-Fock and core lines of the molecules of an XYZ file. */
export const moleculeCommand: CommandModule<object, MoleculeArgs> = {
  command: 'molecule <file>',
  describe: 'Restricted Hartree-Fock and core lines of the molecules (H, C, N, O) of an XYZ file',
  builder: (y) =>
    y
      .positional('file', {
        describe: 'XYZ or extended XYZ, Å; any number of frames',
        type: 'string',
      })
      .option('basis', {
        describe: 'STO-3G, STO-6G, 3-21G, 6-31G, 6-31+G, 6-31++G, 6-311G or 6-311++G',
        type: 'string',
        default: '6-31G',
        requiresArg: true,
      })
      .option('basis-file', {
        describe: 'own basis set, NWChem text with S, P and SP shells, in place of --basis',
        type: 'string',
        requiresArg: true,
      })
      .option('charge', {
        describe: "total charge, e (default: charge=... of a frame's comment line, or 0)",
        type: 'number',
      })
      .option('atom', {
        describe:
          'atom, from 0, whose 1s hole emission and absorption belong to (default: the heaviest)',
        type: 'number',
      })
      .option('json', { describe: 'one JSON object a frame', type: 'boolean', default: false })
      .example('$0 xray molecule methane.xyz --basis 6-31++G', 'energies, dipole and lines')
      .example(
        '$0 xray molecule frames.xyz --json',
        'a row each; frames that fail are named',
      ) as never,
  handler: async (args) => {
    const frames = parseXyzFrames(await readFile(args.file, 'utf8'), args.file);
    const basis =
      args.basisFile === undefined
        ? args.basis
        : parseBasis(await readFile(args.basisFile, 'utf8'), args.basisFile);
    let failed = 0;
    for (const [index, frame] of frames.entries()) {
      try {
        process.stdout.write(tell(frame, index, basis, args));
      } catch (error) {
        // Of many structures the good ones are worth having: a bad row is named and counted.
        if (frames.length === 1 || !(error instanceof XrayError)) throw error;
        failed++;
        process.stderr.write(`frame ${index} rejected: ${error.message}\n`);
      }
    }
    if (failed > 0) {
      process.stderr.write(`${failed} of ${frames.length} frames rejected\n`);
      process.exitCode = 1;
    }
  },
};

function tell(
  { molecule, comment }: XyzFrame,
  index: number,
  basis: string | BasisSet,
  args: MoleculeArgs,
): string {
  const z = molecule.atomicNumbers;
  const solver = new HartreeFock(z, { basis, charge: args.charge ?? molecule.charge });
  const r = solver.run(molecule.positionsBohr);
  const stability = hartreeFockStability(r);
  process.stderr.write(stabilityWarning(stability, `frame ${index}`));
  const atom = args.atom ?? z.indexOf(Math.max(...z));
  const cores = z.reduce((n, value) => n + (value > 2 ? 1 : 0), 0);
  const lines = cores > 0 ? linesOf(solver, r, atom, cores) : undefined;
  const dipole = Math.hypot(...r.dipoleAu) * DIPOLE_AU_DEBYE;
  if (args.json) {
    return `${JSON.stringify({
      frame: index,
      comment,
      basis: solver.basis.name,
      totalHa: r.totalHa,
      stability,
      nuclearRepulsionHa: r.nuclearRepulsionHa,
      orbitalEnergiesHa: [...r.orbitalEnergiesHa],
      occupied: r.occupiedCount,
      dipoleAu: [...r.dipoleAu],
      iterations: r.iterations,
      ...(lines && {
        atom,
        emission: plain(lines.emission),
        absorption: plain(lines.absorption),
        photoelectron: plain(lines.photoelectron),
      }),
    })}\n`;
  }
  const levels = Array.from(r.orbitalEnergiesHa.slice(0, r.occupiedCount), (e) => e.toFixed(6));
  return `frame ${index}${comment ? ` (${comment})` : ''}: RHF/${solver.basis.name} ${r.totalHa.toFixed(8)} Ha, dipole ${dipole.toFixed(4)} D, ${r.iterations} iterations
occupied orbitals (Ha): ${levels.join(' ')}
${
  lines
    ? linesText(`emission into 1s of atom ${atom}`, lines.emission) +
      linesText(`absorption from 1s of atom ${atom} (core CIS)`, lines.absorption) +
      linesText('photoelectrons (-eps)', lines.photoelectron)
    : 'no core levels: no core lines\n'
}`;
}

const plain = ({
  energiesEv,
  strengths,
}: {
  energiesEv: Float64Array;
  strengths: Float64Array;
}) => ({
  energiesEv: [...energiesEv],
  strengths: [...strengths],
});

function linesOf(
  solver: HartreeFock,
  result: ReturnType<HartreeFock['run']>,
  atom: number,
  cores: number,
) {
  const functionAtoms: number[] = [];
  for (const shell of solver.basis.shells) {
    for (const f of shell.functions) if (f >= 0) functionAtoms[f] = shell.atom;
  }
  const core = coreOrbital(result, solver.atomicNumbers, functionAtoms, atom);
  return {
    emission: emissionLines(result, core, cores),
    absorption: absorptionLines(result, core),
    photoelectron: photoelectronLines(result, cores),
  };
}
