import { existsSync } from 'node:fs';
import {
  type Instrument,
  instrumentNames,
  namedInstrument,
  parseInstrument,
} from '@spectraloom/instrument';
import { readNamed } from './readNamed.js';

/** A built-in instrument by name, or the file of that path. */
export async function openInstrument(nameOrFile: string): Promise<Instrument> {
  const named = !/[\\/]|\.(ya?ml|json)$/i.test(nameOrFile);
  if (named && (instrumentNames().includes(nameOrFile) || !existsSync(nameOrFile))) {
    return namedInstrument(nameOrFile);
  }
  return parseInstrument((await readNamed(nameOrFile)).toString('utf8'), { source: nameOrFile });
}
