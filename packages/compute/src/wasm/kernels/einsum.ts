import * as tf from '@tensorflow/tfjs-core';

/**
 * Sum of products over the indices that are not in the result, for one or two operands, as one
 * batched matrix product: [common, mine, summed] x [common, summed, theirs]. Operations called in
 * a kernel are not recorded on the gradient tape.
 */
export const einsum: tf.KernelFunc = (args) => {
  const { equation } = args.attrs as unknown as { equation: string };
  const operands = Object.values(args.inputs) as tf.Tensor[];
  const { terms, result } = parse(equation, operands);
  const sizes = new Map<string, number>();
  terms.forEach((term, k) => term.forEach((name, i) => sizes.set(name, operands[k]!.shape[i]!)));
  const extent = (names: string[]) =>
    names.reduce((product, name) => product * sizes.get(name)!, 1);

  const [[a, inA], [b, inB = []] = []] = terms.map((term, k) => {
    const others = terms.filter((_, other) => other !== k).flat();
    return sumLonely(operands[k]!, term, [...others, ...result]);
  }) as [[tf.Tensor, string[]], [tf.Tensor, string[]]?];
  if (!b) return arrange(a, inA, result);

  const common = inA.filter((name) => inB.includes(name) && result.includes(name));
  const summed = inA.filter((name) => inB.includes(name) && !result.includes(name));
  const mine = inA.filter((name) => !inB.includes(name));
  const theirs = inB.filter((name) => !inA.includes(name));
  const left = tf.reshape(arrange(a, inA, [...common, ...mine, ...summed]), [
    extent(common),
    extent(mine),
    extent(summed),
  ]) as tf.Tensor3D;
  const right = tf.reshape(arrange(b, inB, [...common, ...summed, ...theirs]), [
    extent(common),
    extent(summed),
    extent(theirs),
  ]) as tf.Tensor3D;
  const order = [...common, ...mine, ...theirs];
  const product = tf.reshape(
    tf.matMul(left, right),
    order.map((name) => sizes.get(name)!),
  );
  return arrange(product, order, result);
};

function parse(equation: string, operands: tf.Tensor[]) {
  const [left = '', result = ''] = equation.replaceAll(/\s/g, '').split('->');
  const terms = left.split(',').map((term) => [...term]);
  const whole =
    terms.length === operands.length &&
    terms.length <= 2 &&
    terms.every((term, k) => term.length === operands[k]!.shape.length);
  const distinct = [...terms, [...result]].every((term) => new Set(term).size === term.length);
  if (!whole || !distinct) {
    throw new Error(
      `einsum ${equation}: one or two operands without repeated indices are expected`,
    );
  }
  return { terms, result: [...result] };
}

/** Sums over the indices that appear in nothing else. */
function sumLonely(x: tf.Tensor, term: string[], elsewhere: string[]): [tf.Tensor, string[]] {
  const axes = term.flatMap((name, axis) => (elsewhere.includes(name) ? [] : [axis]));
  if (axes.length === 0) return [x, term];
  return [tf.sum(x, axes), term.filter((name) => elsewhere.includes(name))];
}

function arrange(x: tf.Tensor, from: string[], to: string[]): tf.Tensor {
  return tf.transpose(
    x,
    to.map((name) => from.indexOf(name)),
  );
}
