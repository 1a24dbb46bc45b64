/** A network that reads a coordination shell off EXAFS, trained on simulated spectra. */
export { type ReadValue, ShellReader, type ShellReaderParts, type ShellReading } from './reader.js';
export { loadShellReader, type SavedShellReader, saveShellReader } from './save.js';
export {
  disturbedSamples,
  parseShellSettings,
  type ShellSamples,
  type ShellSettings,
  type ShellSettingsInput,
  shellSettingsSchema,
  shellTransform,
  simulateShells,
} from './simulate.js';
export {
  fitShellReader,
  scoreShellReader,
  type ShellScore,
  type ShellTraining,
  trainShellReader,
} from './train.js';
