import { type Backend, type BackendName, backendNames, selectBackend } from '@spectraloom/compute';
import * as tf from '@tensorflow/tfjs-core';

/** What a backend did with a small convolution whose answer is known. */
export interface ProbeResult {
  readonly name: BackendName;
  readonly available: boolean;
  readonly why?: string;
  readonly device?: string;
  readonly provider?: string;
  readonly forwardMs?: number;
  readonly backwardMs?: number;
  /** Largest deviation of the gradient from the known one. */
  readonly error?: number;
}

/**
 * Tries each backend with y = sum(conv(x, w)), x and w all ones: every weight's gradient is the
 * number of output pixels, n (size - k + 1)^2.
 */
export async function probeBackends(): Promise<ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (const name of backendNames) {
    let backend: Backend;
    try {
      backend = await selectBackend({ require: name });
    } catch (error) {
      const why = (error as { got?: string }).got ?? (error as Error).message;
      results.push({ name, available: false, why: why.replace(`${name}: `, '') });
      continue;
    }
    results.push({
      name,
      available: true,
      device: backend.device,
      provider: backend.provider,
      ...(await timeConvolution()),
    });
  }
  return results;
}

async function timeConvolution() {
  const [n, size, k, channels] = [8, 64, 3, 8];
  const x = tf.ones<tf.Rank.R4>([n, size, size, channels]);
  const w = tf.ones<tf.Rank.R4>([k, k, channels, channels]);
  const forward = (weights: tf.Tensor4D): tf.Tensor4D => tf.conv2d(x, weights, 1, 'valid');
  const gradient = tf.grad((weights: tf.Tensor) => tf.sum(forward(weights as tf.Tensor4D)));
  const timed = async (make: () => tf.Tensor): Promise<{ ms: number; values: Float32Array }> => {
    (await warm(make)).dispose();
    const since = performance.now();
    const tensor = make();
    const values = (await tensor.data()) as Float32Array;
    tensor.dispose();
    return { ms: performance.now() - since, values };
  };
  const f = await timed(() => forward(w));
  const b = await timed(() => gradient(w));
  x.dispose();
  w.dispose();
  const expected = n * (size - k + 1) ** 2;
  const error = b.values.reduce((worst, v) => Math.max(worst, Math.abs(v / expected - 1)), 0);
  return { forwardMs: f.ms, backwardMs: b.ms, error };
}

async function warm(make: () => tf.Tensor): Promise<tf.Tensor> {
  const tensor = make();
  await tensor.data();
  return tensor;
}
