import { parseDocument } from 'yaml';
import { InstrumentError } from '../errors.js';
import { instrumentSchema, type Instrument } from './schema.js';

/** The path of a problem as it is written in the file, e.g. `detectors.banks[2].packs`. */
function dotted(path: readonly PropertyKey[]): string {
  let out = '';
  for (const part of path) {
    out += typeof part === 'number' ? `[${part}]` : `${out ? '.' : ''}${String(part)}`;
  }
  return out || '(top level)';
}

/**
 * An instrument from the text of a YAML or JSON file.
 * @param source name of the file, for messages.
 * @throws InstrumentError INSTRUMENT_FILE listing every problem.
 */
export function parseInstrument(text: string, options: { source?: string } = {}): Instrument {
  const source = options.source ?? 'instrument';
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    throw new InstrumentError('INSTRUMENT_FILE', {
      what: 'the instrument file is not valid YAML or JSON',
      where: source,
      got: document.errors.map((e) => e.message.split('\n')[0]).join(' | '),
      next: 'mend the syntax at the position named',
    });
  }
  const result = instrumentSchema.safeParse(document.toJS());
  if (!result.success) {
    throw new InstrumentError('INSTRUMENT_FILE', {
      what: `the instrument file has ${result.error.issues.length} problem(s)`,
      where: source,
      got: result.error.issues.map((i) => `${dotted(i.path)}: ${i.message}`).join(' | '),
      expected: 'the fields of packages/instrument/data/maps.yaml',
      next: 'start from a copy of a tracked file and change it',
    });
  }
  const instrument = result.data;
  const { moderator, aperture, chopper } = instrument;
  if (Object.keys(chopper.packages).length === 0) {
    throw new InstrumentError('INSTRUMENT_FILE', {
      what: 'no chopper package',
      where: `${source}: chopper.packages`,
      expected: 'at least one named package',
      next: 'add one, e.g. S: { curvatureM: 1.3, slitMm: 2.899 }',
    });
  }
  if (!(chopper.distanceM < aperture.distanceM && aperture.distanceM < moderator.distanceM)) {
    throw new InstrumentError('INSTRUMENT_FILE', {
      what: 'the components are not in order along the beam',
      where: source,
      got: `moderator ${moderator.distanceM} m, aperture ${aperture.distanceM} m, chopper ${chopper.distanceM} m before the sample`,
      expected: 'moderator > aperture > chopper > 0',
      next: 'give all three distances upstream of the sample',
    });
  }
  return instrument;
}
