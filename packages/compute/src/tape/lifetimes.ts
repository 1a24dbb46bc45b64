import * as tf from '@tensorflow/tfjs-core';
import { reluGradients } from './relu.js';

/** The part of tfjs's engine this file hooks into; the same since 1.0, and not in its types. */
interface Engine {
  addTapeNode(
    kernelName: string,
    inputs: Record<string, tf.Tensor>,
    outputs: tf.Tensor[],
    gradientsFunc: unknown,
    saved: Saved[],
    attrs: unknown,
  ): void;
  gradients(...args: unknown[]): unknown;
  state: {
    activeTape: TapeNode[] | null;
    gradientDepth: number;
    activeScope: { id: number } | null;
  };
}

interface TapeNode {
  saved: Saved[];
  gradient?(dys: (tf.Tensor | null)[]): Record<string, () => tf.Tensor>;
}

/** A tensor kept for the backward pass, or its shape alone. */
type Saved = Pick<tf.Tensor, 'shape' | 'rank' | 'size' | 'dtype' | 'dispose'>;

/** Operations whose gradient needs the shapes of their inputs and none of their numbers. */
const shapesOnly = [tf.Add, tf.Sub, tf.Sum, tf.Mean, tf.Reshape, tf.ExpandDims, tf.Concat];

/**
 * Lets a training step hold less memory at once, with the same numbers.
 *
 * - tfjs keeps the inputs of an addition (and of others that need shapes alone) to the end of the
 *   backward pass, and of relu the input where its output, which the next layer keeps anyway, says
 *   the same. A convolution with bias and relu then holds one copy of its output instead of three.
 * - tfjs frees everything at the end of the backward pass. Here a gradient goes as soon as it was
 *   passed on, and with it what its operation had kept.
 * - A forward or backward pass that fails (for want of memory, say) leaves its tape behind, which
 *   tfjs never frees; here it is freed.
 *
 * Gradients of gradients keep their tape as before: only the outermost pass frees early.
 */
export function shortenLifetimes(): void {
  for (const kernelName of shapesOnly) forgetInputs(kernelName);
  for (const config of reluGradients) tf.registerGradient(config);
  const engine = tf.engine() as unknown as Engine;
  const { addTapeNode, gradients } = engine;
  /** The operation whose gradient was passed on last, and the tape it is on. */
  let previous: { tape: TapeNode[] | null; release(): void } | undefined;

  engine.addTapeNode = function (kernelName, inputs, outputs, gradientsFunc, saved, attrs) {
    const kept = shapesOnly.includes(kernelName) ? Object.values(inputs).map(shapeOf) : saved;
    addTapeNode.call(this, kernelName, inputs, outputs, gradientsFunc, kept, attrs);
    const tape = this.state.activeTape!;
    const node = tape.at(-1)!;
    const derive = node.gradient;
    if (!derive) return;
    node.gradient = (dys) => {
      const { gradientDepth, activeScope, activeTape } = this.state;
      if (gradientDepth > 0 || activeTape !== tape) return derive(dys);
      if (previous?.tape === tape) previous.release();
      const release = () => {
        // Only what this backward pass made itself: never a tensor of the caller.
        const own = dys.filter((t) => t && t.scopeId === activeScope?.id && !t.kept);
        tf.dispose(own as tf.Tensor[]);
        for (const tensor of node.saved) tensor.dispose();
      };
      previous = { tape, release };
      return distinct(derive(dys), [...dys, ...node.saved]);
    };
  };

  engine.gradients = function (...args) {
    try {
      return gradients.apply(this, args);
    } catch (error) {
      const { gradientDepth, activeTape } = this.state;
      if (gradientDepth === 0 && activeTape) {
        for (const { saved } of activeTape) for (const tensor of saved) tensor.dispose();
        this.state.activeTape = null;
      }
      throw error;
    } finally {
      if (this.state.gradientDepth === 0) previous = undefined;
    }
  };
}

/** A gradient that is one of `others` itself, as a handle of its own: those are freed first. */
function distinct(gradients: Record<string, () => tf.Tensor>, others: readonly unknown[]) {
  const wrapped = Object.entries(gradients).map(([name, compute]) => {
    const own = () => {
      const gradient = compute();
      return others.includes(gradient) ? tf.clone(gradient) : gradient;
    };
    return [name, own] as const;
  });
  return Object.fromEntries(wrapped);
}

function forgetInputs(kernelName: string): void {
  const { gradFunc } = tf.getGradient(kernelName);
  tf.registerGradient({ kernelName, gradFunc });
}

function shapeOf({ shape, rank, size, dtype }: tf.Tensor): Saved {
  return { shape, rank, size, dtype, dispose: () => undefined } as unknown as Saved;
}
