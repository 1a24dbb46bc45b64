import { readFile, stat } from 'node:fs/promises';
import { type ImageLayout, mirrorK } from '@spectraloom/imaging';
import { npyAsFloat32, npySqueeze, readNpy } from '@spectraloom/shards';
import { PipelineError } from '../errors.js';
import { sha256 } from '../stages/key.js';

export interface MeasuredImage {
  /** `[rows * columns]`, row-major, in the orientation of a simulated image. */
  readonly image: Float32Array;
  /** Of the file's bytes. */
  readonly sha256: string;
  readonly path: string;
  readonly mirroredK: boolean;
  /** As the file holds it: `<f8, (240, 400), Fortran order`. */
  readonly stored: string;
}

/** No image is larger than this; a longer file is refused before it is read. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Reads a measured image from an `.npy` file: shape and values checked, singleton axes dropped,
 * mirrored in k when asked.
 * @throws PipelineError MEASURED_INVALID; ShardsError NPY_FORMAT
 */
export async function readMeasured(
  path: string,
  options: { readonly mirrorK: boolean; readonly layout: ImageLayout },
): Promise<MeasuredImage> {
  const { layout } = options;
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new PipelineError(
      'MEASURED_INVALID',
      {
        what: 'the measured image cannot be read',
        where: path,
        got: error.code ?? error.message,
        expected: 'an .npy file',
        next: 'check the path given with --measured',
      },
      { cause: error },
    );
  });
  if (!info.isFile() || info.size > MAX_BYTES) {
    throw new PipelineError('MEASURED_INVALID', {
      what: 'the measured image cannot be read',
      where: path,
      got: info.isFile() ? `${info.size} bytes` : 'not a file',
      expected: `an .npy file of at most ${MAX_BYTES} bytes`,
      next: 'check the path given with --measured',
    });
  }
  const bytes = await readFile(path);
  const whole = readNpy(bytes, path);
  const array = npySqueeze(whole);
  const [rows, columns] = layout.shape;
  if (array.shape.length !== 2 || array.shape[0] !== rows || array.shape[1] !== columns) {
    const turned = array.shape[0] === columns && array.shape[1] === rows;
    throw new PipelineError('MEASURED_INVALID', {
      what: 'the measured image has another shape',
      where: path,
      got: `(${array.shape.join(', ')})`,
      expected: `(${rows}, ${columns}), with any further axes of length 1`,
      next: turned
        ? 'it looks transposed: save array.T'
        : 'bin the measurement as the pipeline file describes (tiles of Ei by energy slice)',
    });
  }
  const image = npyAsFloat32(array);
  const bad = image.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) {
    let count = 0;
    for (const v of image) if (!Number.isFinite(v)) count++;
    throw new PipelineError('MEASURED_INVALID', {
      what: 'the measured image holds values that are not numbers',
      where: `${path}: first at row ${Math.floor(bad / columns)}, column ${bad % columns}`,
      got: `${count} pixels are ${image[bad]}`,
      expected: 'finite numbers, 0 where there is no detector',
      next: 'replace them, e.g. numpy.nan_to_num(array, nan=0.0)',
    });
  }
  if (image.every((v) => v === image[0])) {
    throw new PipelineError('MEASURED_INVALID', {
      what: 'the measured image holds one value everywhere',
      where: path,
      got: `${image[0]} in all ${image.length} pixels`,
      next: 'check that this is the right file',
    });
  }
  return {
    image: options.mirrorK ? mirrorK(image, layout) : image,
    sha256: sha256(bytes),
    path,
    mirroredK: options.mirrorK,
    stored: `${whole.descr}, (${whole.shape.join(', ')}), ${whole.fortranOrder ? 'Fortran' : 'C'} order`,
  };
}
