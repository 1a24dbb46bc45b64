import {
  type Backend,
  type BackendName,
  backendNames,
  howToGet,
  selectBackend,
} from '@spectraloom/compute';
import * as tf from '@tensorflow/tfjs-core';

/** What a backend did with a small network whose answer is known. */
export interface ProbeResult {
  readonly name: BackendName;
  readonly available: boolean;
  /** Why it is not there, and what to do about it on this machine. */
  readonly why?: string;
  readonly next?: string;
  readonly device?: string;
  readonly memoryBytes?: number;
  readonly provider?: string;
  readonly forwardMs?: number;
  readonly backwardMs?: number;
  /** Largest relative deviation of values and gradients from the known ones. */
  readonly error?: number;
}

/** Selects each backend and lets it compute, forward and backward; see `timeConvolution`. */
export async function probeBackends(): Promise<ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (const name of backendNames) {
    let backend: Backend;
    try {
      backend = await selectBackend({ require: name });
    } catch (error) {
      const why = ((error as { got?: string }).got ?? (error as Error).message).split('\n')[0]!;
      results.push({
        ...{ name, available: false, why: why.replace(`${name}: `, ''), next: howToGet(name) },
      });
      continue;
    }
    const { device, provider, memoryBytes } = backend;
    const about = { name, available: true, device, provider };
    const memory = memoryBytes === undefined ? {} : { memoryBytes };
    try {
      results.push({ ...about, ...memory, ...(await timeConvolution()) });
    } catch (error) {
      const why = (error as Error).message.split('\n')[0]!;
      results.push({ ...about, ...memory, why, error: Number.POSITIVE_INFINITY });
    }
  }
  return results;
}

/**
 * y = sum(relu(conv(x, w))) of images x of ones and filters w_k = k + 1 (a number each): every output
 * of filter k is (size of the window) (k + 1), every gradient dy/dw the number of output pixels, and
 * dy/dx at a pixel that all windows reach (size of the window) sum_k (k + 1).
 */
async function timeConvolution() {
  const [n, size, k, channels] = [8, 64, 3, 8];
  const x = tf.ones<tf.Rank.R4>([n, size, size, channels]);
  const one = tf.ones<tf.Rank.R4>([k, k, channels, channels]);
  const w = tf.mul<tf.Tensor4D>(one, tf.range(1, channels + 1));
  const forward = (images: tf.Tensor, weights: tf.Tensor): tf.Tensor4D =>
    tf.relu(tf.conv2d(images as tf.Tensor4D, weights as tf.Tensor4D, 1, 'valid'));
  const gradient = tf.grads((images: tf.Tensor, weights: tf.Tensor) =>
    tf.sum(forward(images, weights)),
  );
  const timed = async (make: () => tf.Tensor[]) => {
    await read(make()); // compiles and allocates
    const since = performance.now();
    const values = await read(make());
    return { ms: performance.now() - since, values };
  };
  try {
    const values = await timed(() => [forward(x, w)]);
    const gradients = await timed(() => gradient([x, w]));
    const [dx, dw] = gradients.values as [Float32Array, Float32Array];
    const middle = dx.length / n / 2 + (size / 2) * channels;
    const largest = (numbers: Float32Array, expected: (i: number) => number) =>
      numbers.reduce((worst, got, i) => Math.max(worst, off(got, expected(i))), 0);
    const error = Math.max(
      largest(values.values[0]!, (i) => k * k * channels * ((i % channels) + 1)),
      largest(dw, () => n * (size - k + 1) ** 2),
      off(dx[middle]!, (k * k * channels * (channels + 1)) / 2),
    );
    return { forwardMs: values.ms, backwardMs: gradients.ms, error };
  } finally {
    tf.dispose([x, one, w]);
  }
}

const off = (got: number, expected: number) =>
  Number.isNaN(got) ? Number.POSITIVE_INFINITY : Math.abs(got / expected - 1);

async function read(tensors: tf.Tensor[]): Promise<Float32Array[]> {
  const values = await Promise.all(tensors.map((t) => t.data() as Promise<Float32Array>));
  tf.dispose(tensors);
  return values;
}
