import type { CommandModule } from 'yargs';
import { describeCommand } from './describe.js';
import { moleculeCommand } from './molecule.js';
import { targetsCommand } from './targets.js';
import { waterCommand } from './water.js';

/** `spectraloom xray ...`: core spectra of molecules, and structures as numbers. */
export const xrayCommand: CommandModule = {
  command: 'xray <command>',
  describe: 'X-ray spectra of small molecules by Hartree-Fock; structures and spectra as numbers',
  builder: (y) =>
    y
      .command(waterCommand as unknown as CommandModule)
      .command(moleculeCommand as unknown as CommandModule)
      .command(describeCommand as unknown as CommandModule)
      .command(targetsCommand as unknown as CommandModule)
      .demandCommand(1, 'name a command: water, molecule, describe or targets'),
  handler: () => undefined,
};
