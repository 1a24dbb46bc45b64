import type { Head } from '@spectraloom/models';
import { TrainingError } from '../errors.js';

/**
 * The temperature T that minimises the mean of -log p(label), with p the probabilities of z / T
 * (Guo et al., ICML 2017): one number, which changes no call. Found between 0.02 and 50, times the
 * size of the outputs where that is far from 1: the best of 60 values evenly spaced in log T, then
 * golden sections between its neighbours. The loss is written in z, so that no probability is too
 * small for it.
 *
 * Where every image is called right the loss falls for ever as T goes to 0: these images set no
 * bound to the confidence, and T = 1, the network's own, is returned. Where it falls for ever as T
 * grows (outputs that say less than nothing) it is the upper end, and all classes are about equal.
 *
 * @param z linear outputs [n, classes] of images that neither trained nor chose the network
 * @param labels [n]
 * @throws TrainingError CALIBRATION where they do not belong together, or an output is not finite
 */
export function fitTemperature(
  head: Head,
  z: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): number {
  requireOutputs(z, labels, classes);
  if (allRight(z, labels, classes)) return 1;
  const loss = (logT: number) => nllAt(head, z, labels, classes, Math.exp(logT));
  const size = typicalSize(z);
  const scale = size > 50 || size < 0.02 ? Math.log(size) : 0;
  const [low, high, count] = [Math.log(0.02) + scale, Math.log(50) + scale, 60];
  const width = (high - low) / count;
  let best = low;
  let smallest = Infinity;
  for (let i = 0; i <= count; i++) {
    const value = loss(low + i * width);
    if (value < smallest) [best, smallest] = [low + i * width, value];
  }
  const found = goldenSection(loss, Math.max(low, best - width), Math.min(high, best + width));
  return Math.exp(found);
}

function requireOutputs(z: ArrayLike<number>, labels: ArrayLike<number>, classes: number): void {
  const refuse = (what: string, got: string, expected: string) =>
    new TrainingError({ code: 'CALIBRATION', what, where: 'fitTemperature', got, expected });
  if (labels.length === 0 || z.length !== labels.length * classes) {
    throw refuse(
      'a temperature needs the outputs of some images, one a class and image',
      `${z.length} outputs, ${labels.length} labels`,
      `${classes} outputs a label`,
    );
  }
  for (let i = 0; i < z.length; i++) {
    if (Number.isFinite(z[i])) continue;
    const place = `image ${Math.floor(i / classes)}, class ${i % classes}`;
    throw refuse(`the output of ${place} is not finite`, String(z[i]), 'finite outputs');
  }
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw refuse(
      `label ${i} is no class`,
      String(label),
      `a whole number from 0 to ${classes - 1}`,
    );
  }
}

/** Every label has the highest output of its image, none shares it. */
function allRight(z: ArrayLike<number>, labels: ArrayLike<number>, classes: number): boolean {
  for (let i = 0; i < labels.length; i++) {
    const own = z[i * classes + labels[i]!]!;
    for (let c = 0; c < classes; c++) {
      if (c !== labels[i] && z[i * classes + c]! >= own) return false;
    }
  }
  return true;
}

/** Root mean square of the outputs; 1 where all are 0. */
function typicalSize(z: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < z.length; i++) largest = Math.max(largest, Math.abs(z[i]!));
  if (largest === 0) return 1;
  let sum = 0;
  for (let i = 0; i < z.length; i++) sum += (z[i]! / largest) ** 2;
  return largest * Math.sqrt(sum / z.length);
}

/** The logarithm of what probabilities are proportional to, see `probabilitiesOf`. */
function logScore(head: Head, z: number): number {
  if (head !== 'sigmoid') return z;
  return z >= 0 ? -Math.log1p(Math.exp(-z)) : z - Math.log1p(Math.exp(z));
}

/** Mean over the images of log(sum over c of exp s_c) - s_label, s the log scores of z / T. */
function nllAt(
  head: Head,
  z: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  temperature: number,
): number {
  const s = new Float64Array(classes);
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    let highest = -Infinity;
    for (let c = 0; c < classes; c++) {
      s[c] = logScore(head, z[i * classes + c]! / temperature);
      highest = Math.max(highest, s[c]!);
    }
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(s[c]! - highest);
    total += highest + Math.log(sum) - s[labels[i]!]!;
  }
  return total / labels.length;
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
