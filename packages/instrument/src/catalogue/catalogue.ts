import { InstrumentError } from '../errors.js';
import { parseInstrument } from '../spectrometer/parse.js';
import type { Instrument } from '../spectrometer/schema.js';
import { instrumentFiles } from './files.js';

/** Names of the instruments that come with the package (files `data/NAME.yaml`). */
export function instrumentNames(): string[] {
  return Object.keys(instrumentFiles);
}

/**
 * The text of a tracked instrument's file (YAML).
 * @throws InstrumentError UNKNOWN_INSTRUMENT, with the names there are
 */
export function instrumentText(name: string): string {
  const text = instrumentFiles[name];
  if (text !== undefined) return text;
  throw new InstrumentError('UNKNOWN_INSTRUMENT', {
    what: 'no tracked instrument has this name',
    got: name,
    expected: `one of ${instrumentNames().join(', ')}`,
    next: 'use one of these, or a file of your own: a path that ends in .yaml or .json (docs/guides/instruments.md)',
  });
}

/** A tracked instrument by name. Throws UNKNOWN_INSTRUMENT. */
export function namedInstrument(name: string): Instrument {
  return parseInstrument(instrumentText(name), { source: `data/${name}.yaml` });
}
