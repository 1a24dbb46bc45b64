import { readFile, stat } from 'node:fs/promises';
import { type ImageLayout, mirrorK } from '@spectraloom/imaging';
import { npyAsFloat32, type NpyArray, npySqueeze, readNpy, ShardsError } from '@spectraloom/shards';
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

/** What a file that is no .npy begins with, and how it becomes one. */
const others: readonly [magic: string, kind: string, how: string][] = [
  ['MATLAB', 'a MATLAB file', "numpy.save('m.npy', scipy.io.loadmat('m.mat')['NAME'])"],
  ['\x89HDF', 'an HDF5 file (or MATLAB 7.3)', "numpy.save('m.npy', h5py.File('m.h5')['NAME'][()])"],
  ['PAR1', 'a Parquet file', 'numpy.save of the column that is the image, in its shape'],
  ['PK', 'an archive (.npz)', "numpy.save('m.npy', numpy.load('m.npz')['NAME'])"],
];

/** `readNpy`, whose errors get a next step. */
function readArray(bytes: Uint8Array, path: string): NpyArray {
  try {
    return readNpy(bytes, path);
  } catch (error) {
    if (!(error instanceof ShardsError) || error.next !== undefined) throw error;
    const start = Buffer.from(bytes.subarray(0, 8)).toString('latin1');
    const other = others.find(([magic]) => start.startsWith(magic));
    const { code, what, where, got, expected } = error;
    throw new ShardsError(
      {
        ...{ code, what },
        ...(where === undefined ? {} : { where }),
        ...(other ? { got: other[1] } : got === undefined ? {} : { got }),
        ...(expected === undefined ? {} : { expected }),
        next: other
          ? `images are read from .npy alone: ${other[2]}`
          : 'save the image again, by numpy.save(path, array)',
      },
      { cause: error },
    );
  }
}

/** Does it hold finite numbers that 32 bits cannot. */
function overflows(data: ArrayLike<number | bigint>): boolean {
  for (let i = 0; i < data.length; i++) {
    const v = Number(data[i]);
    if (Number.isFinite(v) && !Number.isFinite(Math.fround(v))) return true;
  }
  return false;
}

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
        next: 'check the path',
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
      next: 'check the path',
    });
  }
  const bytes = await readFile(path);
  const whole = readArray(bytes, path);
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
      next: overflows(whole.data)
        ? 'its numbers are beyond 32 bits (3.4e38): is this the unit of the pipeline?'
        : 'replace them, e.g. numpy.nan_to_num(array, nan=0, posinf=0, neginf=0)',
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
