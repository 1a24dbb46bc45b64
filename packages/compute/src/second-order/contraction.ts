import * as tf from '@tensorflow/tfjs-core';
import { ComputeError } from '../errors.js';

/**
 * tfjs has no gradient for einsum. For C = einsum('A,B->C') it is einsum('C,B->A') of dC and b,
 * and the same with the operands exchanged.
 */
export const einsumGradient: tf.GradConfig = {
  kernelName: tf.Einsum,
  saveAllInputs: true,
  inputsToSave: [],
  gradFunc: (dy, saved, attrs) => {
    const { equation } = attrs as unknown as { equation: string };
    const { operands, result } = parse(equation, saved.length);
    const [a, b] = operands as [string, string];
    const g = dy as tf.Tensor;
    return {
      0: () => tf.einsum(`${result},${b}->${a}`, g, saved[1]!),
      1: () => tf.einsum(`${result},${a}->${b}`, g, saved[0]!),
    };
  },
};

/** Two operands, and every index of one in the other or in the result; throws for others. */
function parse(equation: string, count: number) {
  const [left, result = ''] = equation.replaceAll(/\s/g, '').split('->');
  const operands = left!.split(',');
  const [a = '', b = ''] = operands;
  const within = (indices: string, others: string) => [...indices].every((i) => others.includes(i));
  const distinct = [a, b, result].every((indices) => new Set(indices).size === indices.length);
  if (count === 2 && distinct && within(a, b + result) && within(b, a + result)) {
    return { operands, result };
  }
  throw new ComputeError({
    code: 'NO_GRADIENT',
    what: 'this einsum has no gradient here',
    where: equation,
    expected: 'two operands, no repeated index, none that is summed in one operand alone',
    next: 'write it with matMul and sum',
  });
}
