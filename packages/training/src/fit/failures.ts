import { deviceMemory, OutOfMemory } from '@spectraloom/compute';
import type { Network } from '@spectraloom/models';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { TrainingError } from '../errors.js';

/** Where a training stood when something failed. */
export interface FailurePlace {
  network: Network;
  /** Gradients of one step of so many blank images at once: what it takes is measured. */
  step(images: number): Promise<tf.Tensor[]>;
  batchSize: number;
  microBatchSize: number | undefined;
  /** Epochs that are whole, and the file that holds the last of them. */
  epochs: number;
  checkpoint: string | undefined;
}

/**
 * What a failure of the backend means to someone who trains: `OUT_OF_MEMORY` with the batch size,
 * the largest tensor and a size that fits, `DEVICE_LOST` with the checkpoint to go on from. Any
 * other error comes back as it is.
 */
export async function explainedFailure(error: unknown, place: FailurePlace): Promise<unknown> {
  if (error instanceof TrainingError) return error;
  if ((error as { code?: unknown } | null)?.code === 'DEVICE_LOST') return deviceLost(error, place);
  const text = String((error as Error | null)?.message ?? error);
  const noMemory =
    error instanceof OutOfMemory ||
    /memory access out of bounds|out of memory|\bOOM\b|ResourceExhausted/i.test(text);
  return noMemory ? outOfMemory(error as Error, text, place) : error;
}

function deviceLost(cause: unknown, { checkpoint, epochs }: FailurePlace): TrainingError {
  const { where, got } = cause as { where?: string; got?: string };
  const saved = checkpoint !== undefined && epochs > 0;
  return new TrainingError({
    code: 'DEVICE_LOST',
    what: `the GPU was lost in epoch ${epochs + 1}${got ? ` (${got})` : ''}`,
    where: where ?? tf.getBackend(),
    got: saved ? `${checkpoint}, of epoch ${epochs}` : 'no checkpoint yet',
    next: saved
      ? 'start the same training again: it goes on from this checkpoint; if the GPU is lost again, take a smaller batch or another backend'
      : 'start the training again; if the GPU is lost again, take a smaller batch or another backend',
    cause,
  });
}

async function outOfMemory(
  cause: Error,
  text: string,
  place: FailurePlace,
): Promise<TrainingError> {
  const { network, batchSize, microBatchSize } = place;
  const tried = Math.min(batchSize, microBatchSize ?? batchSize);
  const largest = largestTensor(network);
  const fitting = await fittingBatch(cause, tried, largest.bytes, place);
  const parts = microBatchSize === undefined ? '' : ` (in parts of ${tried})`;
  return new TrainingError({
    code: 'OUT_OF_MEMORY',
    what: `a batch of ${batchSize} images${parts} does not fit into the memory of the backend ${tf.getBackend()}`,
    where: network.name,
    got: `${said(cause, text)}; the largest tensor is the output of layer ${largest.layer}, ${tried} x ${largest.shape.join(' x ')}: ${megabytes(tried * largest.bytes)} MB`,
    next:
      fitting > 0
        ? `set microBatchSize to ${fitting} or less: the batch is then added up from parts, the step stays that of ${batchSize} images`
        : 'not even one image fits: make the images smaller (downsample), or take another backend',
    cause,
  });
}

/** What the backend said, without its advice. */
function said(cause: Error, text: string): string {
  const { got, expected } = cause as { got?: string; expected?: string };
  return got === undefined ? text.split('\n')[0]! : [got, expected].filter(Boolean).join(', ');
}

/** The layer with the largest output for one image, from the shapes alone. */
function largestTensor(network: Network): { layer: string; shape: number[]; bytes: number } {
  const outputs = network.logits.layers.map((layer) => {
    const shape = (layer.output as SymbolicTensor).shape.slice(1).map((n) => n ?? 1);
    return { layer: layer.name, shape, bytes: 4 * shape.reduce((product, n) => product * n, 1) };
  });
  return outputs.reduce((a, b) => (b.bytes > a.bytes ? b : a));
}

/**
 * Images that fit at once. What a step of 1 and of 2 images takes is measured (memory is linear in
 * their number), and a tenth is left free; half of what failed where the backend does not count.
 */
async function fittingBatch(
  cause: Error,
  tried: number,
  bytesOfLargest: number,
  place: FailurePlace,
): Promise<number> {
  const half = Math.floor(tried / 2);
  const atFailure = deviceMemory();
  const limit = atFailure?.limitBytes ?? atFailure?.peakBytes;
  const tensorLimit = (cause as OutOfMemory).tensorLimitBytes ?? Number.POSITIVE_INFINITY;
  const byTensor = Math.floor(tensorLimit / bytesOfLargest);
  if (limit === undefined) return Math.min(half, byTensor);
  try {
    const one = await peakOfStep(place, 1);
    const two = await peakOfStep(place, 2);
    const [each, fixed] = [two - one, 2 * one - two];
    const total = tensorLimit === Number.POSITIVE_INFINITY ? 0.9 * limit : Infinity;
    const byTotal = Math.floor((total - fixed) / Math.max(1, each));
    return Math.max(0, Math.min(byTotal, byTensor, tried - 1));
  } catch {
    return tried > 2 ? Math.min(half, byTensor) : 0; // not even two images could be measured
  }
}

/** Highest number of bytes in use during a step of `n` blank images. */
async function peakOfStep({ step }: FailurePlace, n: number) {
  deviceMemory()!.resetPeak();
  tf.dispose(await step(n));
  return deviceMemory()!.peakBytes;
}

const megabytes = (bytes: number) => Number((bytes / 1e6).toPrecision(2));
