import type { CommandModule } from 'yargs';
import { ablationCommand } from './ablation.js';
import { datasetCommand } from './dataset/command.js';
import { dispersionCommand } from './dispersion.js';
import { exafsCommand } from './exafs/command.js';
import { doctorCommand } from './doctor/command.js';
import { imageCommand } from './image/command.js';
import { modelCommand } from './model.js';
import { predictCommand } from './predict.js';
import { reportCommand } from './report.js';
import { resolutionCommand } from './resolution/command.js';
import { runCommand } from './run.js';
import { statusCommand } from './status.js';
import { trainCommand } from './train.js';
import { whyCommand } from './why.js';
import { xrayCommand } from './xray/command.js';

/** Every command, in the order of `--help`. */
export const allCommands = [
  runCommand,
  whyCommand,
  statusCommand,
  trainCommand,
  predictCommand,
  reportCommand,
  ablationCommand,
  modelCommand,
  dispersionCommand,
  imageCommand,
  resolutionCommand,
  xrayCommand,
  exafsCommand,
  datasetCommand,
  doctorCommand,
] as unknown as readonly CommandModule[];
