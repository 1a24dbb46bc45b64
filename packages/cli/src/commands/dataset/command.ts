import type { CommandModule } from 'yargs';
import { exportCommand } from './export.js';
import { fetchCommand } from './fetch.js';
import { gcCommand } from './gc.js';
import { headCommand } from './head.js';
import { importCommand } from './import.js';
import { infoCommand } from './info.js';
import { statsCommand } from './stats.js';
import { verifyCommand } from './verify.js';

/** `spectraloom dataset ...`: data sets of simulated images, and public measurements. */
export const datasetCommand: CommandModule = {
  command: 'dataset <action>',
  describe: 'Look into data sets, verify, export, import, clean up; fetch a public measurement',
  builder: (y) =>
    y
      .command(infoCommand)
      .command(headCommand)
      .command(verifyCommand)
      .command(statsCommand)
      .command(exportCommand)
      .command(importCommand)
      .command(gcCommand)
      .command(fetchCommand)
      .demandCommand(1, '')
      .example(
        '$0 dataset info datasets/pcsmo/0123456789abcdef',
        'what is in it, and how it was made',
      )
      .example('$0 dataset fetch pcsmo-measured', 'the measured image of the pcsmo pipeline'),
  handler: () => undefined,
};
