import type { CommandModule } from 'yargs';
import { fitCommand } from './fit.js';
import { readCommand, trainReaderCommand } from './reader.js';

/** `spectraloom exafs ...`: shells from chi(k). */
export const exafsCommand: CommandModule = {
  command: 'exafs <command>',
  describe: 'EXAFS: fit a shell to chi(k) by least squares, or read it by a trained network',
  builder: (y) =>
    y
      .command(fitCommand as unknown as CommandModule)
      .command(trainReaderCommand as unknown as CommandModule)
      .command(readCommand as unknown as CommandModule)
      .demandCommand(1, 'name a command: fit, train-reader or read'),
  handler: () => undefined,
};
