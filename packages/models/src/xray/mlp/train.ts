import { z } from 'zod';
import { NetworkError } from '../../errors.js';
import { type Matrix, rowOf } from '../data/matrix.js';
import { randomStream } from '../data/random.js';
import { type Mlp, outputsOf, Workspace } from './network.js';

/** How a net is trained: Adam with decoupled weight decay, a cosine of the rate, early stopping. */
export const trainingSchema = z.strictObject({
  epochs: z.number().int().min(1).max(100_000).default(200),
  batchSize: z.number().int().min(1).max(65_536).default(32),
  /** At the start; falls to 1 % of it along half a cosine. */
  learningRate: z.number().positive().max(1).default(1e-2),
  /** Part of each weight (not of biases) taken off a step, times the rate (AdamW). */
  weightDecay: z.number().min(0).max(10).default(0),
  /** Epochs without a better validation loss after which training stops. */
  patience: z.number().int().min(1).default(60),
});
export type TrainingSettings = z.infer<typeof trainingSchema>;
export type TrainingInput = z.input<typeof trainingSchema>;

export interface EpochLoss {
  readonly epoch: number;
  readonly train: number;
  readonly validation: number;
}

export interface FitControl {
  readonly signal?: AbortSignal;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: { readonly what: string; readonly part: number }) => void;
}

export interface Trained {
  readonly net: Mlp;
  /** Loss of each epoch: mean over samples of the summed squares of the outputs' errors. */
  readonly history: readonly EpochLoss[];
  readonly bestEpoch: number;
  readonly bestValidation: number;
}

/**
 * Fits a net to pairs by the mean squared distance of its outputs, starting from the weights it
 * has; the weights of the epoch with the best validation loss are returned.
 * @param x `[n, inputs]` @param y `[n, outputs]`
 * @throws NetworkError TRAINING_DIVERGED; the reason of `signal` when it is aborted
 */
export async function trainNet(
  start: Mlp,
  train: { readonly x: Matrix; readonly y: Matrix },
  validation: { readonly x: Matrix; readonly y: Matrix },
  settings: TrainingSettings,
  seed: number,
  control: FitControl = {},
  what = 'net',
): Promise<Trained> {
  const net = copyNet(start);
  const { epochs, weightDecay, learningRate } = settings;
  const n = train.x.rows;
  const batch = Math.min(settings.batchSize, n);
  const p = train.x.columns;
  const outputs = outputsOf(net);
  const work = new Workspace(net, batch);
  const judge = new Workspace(net, Math.min(256, validation.x.rows));
  const slots = adamSlots(net);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const random = randomStream(seed, 2);
  const x = new Float64Array(batch * p);
  const g = new Float64Array(batch * outputs);
  const history: EpochLoss[] = [];
  let best = copyNet(net);
  let bestEpoch = 0;
  let bestValidation = Infinity;
  let step = 0;
  let told = 0;
  const steps = epochs * Math.ceil(n / batch);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    random.shuffle(order);
    let sum = 0;
    for (let from = 0; from < n; from += batch) {
      const rows = Math.min(batch, n - from);
      for (let i = 0; i < rows; i++) x.set(rowOf(train.x, order[from + i]), i * p);
      const out = work.forward(x, rows);
      for (let i = 0; i < rows; i++) {
        const target = order[from + i] * outputs;
        for (let j = 0; j < outputs; j++) {
          const e = out[i * outputs + j] - train.y.data[target + j];
          sum += e * e;
          g[i * outputs + j] = (2 * e) / rows;
        }
      }
      work.backward(
        g,
        rows,
        slots.map((s) => s.gradient),
        false,
      );
      const rate = learningRate * (0.01 + 0.99 * 0.5 * (1 + Math.cos((Math.PI * step) / steps)));
      adamStep(slots, ++step, rate, weightDecay);
    }
    const loss = meanLoss(judge, validation);
    if (!Number.isFinite(loss)) {
      throw new NetworkError({
        code: 'TRAINING_DIVERGED',
        what: 'the loss is no longer a finite number',
        where: `${what}, epoch ${epoch}`,
        got: String(loss),
        expected: 'a finite number',
        next: 'lower learningRate',
      });
    }
    history.push({ epoch, train: sum / n, validation: loss });
    if (loss < bestValidation) {
      bestValidation = loss;
      bestEpoch = epoch;
      best = copyNet(net);
    }
    if (epoch - bestEpoch >= settings.patience) break;
    const now = performance.now();
    if (now - told > 100) {
      told = now;
      control.onProgress?.({ what, part: epoch / epochs });
      // Lets Ctrl-C, a lock's heartbeat and progress lines through.
      await new Promise((resolve) => setTimeout(resolve, 0));
      control.signal?.throwIfAborted();
    }
  }
  return { net: best, history, bestEpoch, bestValidation };
}

/** Mean over samples of the summed squared error. */
function meanLoss(work: Workspace, { x, y }: { readonly x: Matrix; readonly y: Matrix }): number {
  let sum = 0;
  for (let from = 0; from < x.rows; from += work.maxRows) {
    const rows = Math.min(work.maxRows, x.rows - from);
    const out = work.forward(x.data.subarray(from * x.columns, (from + rows) * x.columns), rows);
    const known = y.data.subarray(from * y.columns, (from + rows) * y.columns);
    for (let i = 0; i < known.length; i++) sum += (out[i] - known[i]) ** 2;
  }
  return sum / x.rows;
}

function copyNet(net: Mlp): Mlp {
  return {
    inputs: net.inputs,
    layers: net.layers.map((layer) => ({
      ...layer,
      weights: Float64Array.from(layer.weights),
      ...(layer.bias && { bias: Float64Array.from(layer.bias) }),
    })),
  };
}

interface Slot {
  readonly gradient: { readonly weights: Float64Array; readonly bias?: Float64Array };
  readonly parts: readonly {
    readonly value: Float64Array;
    readonly gradient: Float64Array;
    readonly m: Float64Array;
    readonly v: Float64Array;
    readonly decays: boolean;
  }[];
}

function adamSlots(net: Mlp): Slot[] {
  const like = (a: Float64Array) => new Float64Array(a.length);
  return net.layers.map(({ weights, bias }) => {
    const gradient = { weights: like(weights), ...(bias && { bias: like(bias) }) };
    const part = (value: Float64Array, g: Float64Array, decays: boolean) => ({
      value,
      gradient: g,
      m: like(value),
      v: like(value),
      decays,
    });
    return {
      gradient,
      parts: [
        part(weights, gradient.weights, true),
        ...(bias ? [part(bias, gradient.bias!, false)] : []),
      ],
    };
  });
}

/** One step of Adam (Kingma and Ba) with decoupled weight decay (Loshchilov and Hutter). */
function adamStep(slots: readonly Slot[], step: number, rate: number, decay: number): void {
  const b1 = 0.9;
  const b2 = 0.999;
  const scale = (rate * Math.sqrt(1 - b2 ** step)) / (1 - b1 ** step);
  const epsilon = 1e-8 * Math.sqrt(1 - b2 ** step);
  for (const { parts } of slots) {
    for (const { value, gradient, m, v, decays } of parts) {
      const keep = decays ? 1 - rate * decay : 1;
      for (let i = 0; i < value.length; i++) {
        const g = gradient[i];
        const mi = (m[i] = b1 * m[i] + (1 - b1) * g);
        const vi = (v[i] = b2 * v[i] + (1 - b2) * g * g);
        value[i] = keep * value[i] - (scale * mi) / (Math.sqrt(vi) + epsilon);
      }
    }
  }
}
