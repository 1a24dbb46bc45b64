import type { Head } from '@spectraloom/models';
import { TrainingError } from '../errors.js';
import { probabilitiesOf } from '../loss/classification.js';

/**
 * The temperature T that minimises the mean of -log p(label), with p the probabilities of z / T
 * (Guo et al., ICML 2017): one number, which changes no call. Found between 0.02 and 50: the best
 * of 60 values evenly spaced in log T, then golden sections between its neighbours.
 *
 * @param z linear outputs [n, classes] of images that neither trained nor chose the network
 * @param labels [n]
 */
export function fitTemperature(
  head: Head,
  z: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): number {
  if (labels.length === 0 || z.length !== labels.length * classes) {
    throw new TrainingError({
      code: 'CALIBRATION',
      what: 'a temperature needs the outputs of some images, one a class and image',
      where: 'fitTemperature',
      got: `${z.length} outputs, ${labels.length} labels`,
      expected: `${classes} outputs a label`,
    });
  }
  const loss = (logT: number) => nllAt(head, z, labels, classes, Math.exp(logT));
  const [low, high, count] = [Math.log(0.02), Math.log(50), 60];
  const width = (high - low) / count;
  let best = 0;
  let smallest = Infinity;
  for (let i = 0; i <= count; i++) {
    const value = loss(low + i * width);
    if (value < smallest) [best, smallest] = [low + i * width, value];
  }
  return Math.exp(goldenSection(loss, best - width, best + width));
}

function nllAt(
  head: Head,
  z: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  temperature: number,
): number {
  const scaled = Float64Array.from(z, (v) => v / temperature);
  const p = probabilitiesOf(head, scaled, classes);
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    sum -= Math.log(Math.max(p[i * classes + labels[i]!]!, 1e-12));
  }
  return sum / labels.length;
}

function goldenSection(f: (x: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [from, to];
  let [x1, x2] = [b - ratio * (b - a), a + ratio * (b - a)];
  let [f1, f2] = [f(x1), f(x2)];
  while (b - a > 1e-5) {
    if (f1 <= f2) {
      [b, x2, f2] = [x2, x1, f1];
      x1 = b - ratio * (b - a);
      f1 = f(x1);
    } else {
      [a, x1, f1] = [x1, x2, f2];
      x2 = a + ratio * (b - a);
      f2 = f(x2);
    }
  }
  return (a + b) / 2;
}
