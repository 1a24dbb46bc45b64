import type { CommandModule } from 'yargs';
import { fetchCommand } from './fetch.js';
import { headCommand } from './head.js';
import { infoCommand } from './info.js';
import { verifyCommand } from './verify.js';

/** `spectraloom dataset ...`: data sets of simulated images, and public measurements. */
export const datasetCommand: CommandModule = {
  command: 'dataset <action>',
  describe: 'Look into data sets, verify them, fetch a public measurement',
  builder: (y) =>
    y
      .command(infoCommand)
      .command(headCommand)
      .command(verifyCommand)
      .command(fetchCommand)
      .demandCommand(1, '')
      .example(
        '$0 dataset info datasets/pcsmo/0123456789abcdef',
        'what is in it, and how it was made',
      )
      .example('$0 dataset fetch pcsmo-measured', 'the measured image of the pcsmo pipeline'),
  handler: () => undefined,
};
