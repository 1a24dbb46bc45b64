import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  imageLayout,
  ImagingError,
  type ImageSpec,
  type ImageSpecInput,
} from '@spectraloom/imaging';
import { type Instrument, readMaskFile } from '@spectraloom/instrument';
import { parse } from 'yaml';
import { UsageError } from '../../console/errors.js';
import { openInstrument } from '../shared/instrument.js';
import { readNamed } from '../shared/readNamed.js';
import { type ImageArgs, tableFiles } from './arguments.js';

/** The image and the instrument: from the options, else from a pipeline file, else the defaults. */
export async function describeImage(args: ImageArgs): Promise<{
  source: string;
  image: ImageSpecInput;
  instrument: () => Promise<Instrument>;
}> {
  const beside = join(dirname(resolve(args.model)), '..', 'pipeline.yaml');
  const path = args.pipeline ?? (existsSync(beside) ? beside : undefined);
  const file =
    path === undefined
      ? {}
      : ((parse((await readNamed(path)).toString('utf8')) ?? {}) as Record<string, unknown>);
  if (args.pipeline !== undefined && typeof file['image'] !== 'object') {
    throw new UsageError({
      what: 'this file describes no image',
      where: args.pipeline,
      got: `fields ${Object.keys(file).join(', ') || '(none)'}`,
      expected: 'a pipeline file with the field image, such as pipelines/pcsmo/pipeline.yaml',
    });
  }
  const named = typeof file['instrument'] === 'string' ? file['instrument'] : 'maps';
  // A file that a pipeline names lies beside the pipeline.
  const own =
    path !== undefined && /[\\/]|\.(ya?ml|json)$/i.test(named) ? join(dirname(path), named) : named;
  return {
    source: path ?? 'command line',
    image: (file['image'] ?? {}) as ImageSpecInput,
    instrument: () => openInstrument(args.instrument ?? own),
  };
}

/** The texts of `--table`, by Ei; one for every Ei of the image, none for another. */
export async function readTables(
  args: ImageArgs,
  spec: ImageSpec,
): Promise<Record<string, string> | undefined> {
  const files = tableFiles(args);
  if (files.size === 0) return undefined;
  const energies = spec.incident.map(({ eiMeV }) => eiMeV);
  const texts: Record<string, string> = {};
  for (const [ei, path] of files) {
    if (!energies.includes(ei)) {
      throw new UsageError({
        what: 'a table for an incident energy that the image does not have',
        where: '--table',
        got: `${ei}=${path}`,
        expected: `one of ${energies.join(', ')} meV`,
      });
    }
    texts[String(ei)] = unzipped(await readNamed(path), path).toString('utf8');
  }
  return texts;
}

function unzipped(bytes: Buffer, path: string): Buffer {
  if (!(bytes[0] === 0x1f && bytes[1] === 0x8b)) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new UsageError({
      what: 'the compressed table is damaged',
      where: path,
      got: (error as Error).message,
      expected: 'a whole .gz file, or the table as text',
    });
  }
}

/** The mask of `--mask FILE`, in the image's orientation; undefined for coverage and none. */
export async function readMask(args: ImageArgs, spec: ImageSpec): Promise<Uint8Array | undefined> {
  if (args.mask === undefined || args.mask === 'coverage' || args.mask === 'none') {
    if (!args.flipMask) return undefined;
    throw new UsageError({
      what: 'only a mask file can be flipped',
      where: '--flip-mask',
      got: `--mask ${args.mask}`,
      expected: '--mask FILE',
    });
  }
  const { shape, mask } = await readMaskFile(await readNamed(args.mask), args.mask);
  const [rows, columns] = imageLayout(spec).shape;
  if (shape[0] !== rows || shape[1] !== columns) {
    throw new ImagingError('MASK_SHAPE', {
      what: 'the mask does not fit the image',
      where: args.mask,
      got: `${shape[0]} x ${shape[1]}`,
      expected: `${rows} x ${columns}`,
      next:
        shape[0] === columns && shape[1] === rows
          ? 'it looks transposed: save array.T'
          : 'give a mask of the image, or --mask coverage',
    });
  }
  if (!args.flipMask) return mask;
  const flipped = new Uint8Array(mask.length);
  for (let i = 0; i < rows; i++) {
    flipped.set(mask.subarray(i * columns, (i + 1) * columns), (rows - 1 - i) * columns);
  }
  return flipped;
}
