import { readFile } from 'node:fs/promises';
import { type Instrument, namedInstrument, parseInstrument } from '@spectraloom/instrument';

/** A built-in instrument by name, or the file of that path (a slash or an ending makes it one). */
export async function openInstrument(nameOrFile: string): Promise<Instrument> {
  if (!/[\\/]|\.(ya?ml|json)$/i.test(nameOrFile)) return namedInstrument(nameOrFile);
  return parseInstrument(await readFile(nameOrFile, 'utf8'), { source: nameOrFile });
}
