import * as tf from '@tensorflow/tfjs-core';
import { serialization } from '@tensorflow/tfjs-core';
import { layers, type Shape } from '@tensorflow/tfjs-layers';

/**
 * The largest of each 2 x 2 pixels, stride 1, as large as its input: a pixel and its neighbours to
 * the right and below, at the edge itself. Written as b + relu(a - b), which can be differentiated
 * twice; a max pool whose windows overlap cannot.
 */
export class NeighbourMax extends layers.Layer {
  static className = 'NeighbourMax';

  constructor(args: { name: string }) {
    super(args as ConstructorParameters<typeof layers.Layer>[0]);
  }

  override computeOutputShape(shape: Shape | Shape[]): Shape | Shape[] {
    return shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D;
      return larger(larger(x, 1), 2);
    });
  }
}

function larger(x: tf.Tensor4D, axis: 1 | 2): tf.Tensor4D {
  const from = (start: number) => tf.slice(x, axis === 1 ? [0, start, 0, 0] : [0, 0, start, 0]);
  const moved = tf.concat([from(1), from(x.shape[axis] - 1)], axis);
  return tf.add(x, tf.relu(tf.sub(moved, x)));
}

serialization.registerClass(NeighbourMax);
