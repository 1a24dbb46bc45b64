import { type LoadedUncertainty, type Verdict, verdicts } from '@spectraloom/training';

/** A method's verdict on one image, with what its number means. */
export interface MethodVerdict extends Verdict {
  readonly method: string;
  readonly scoreMeaning: string;
}

/**
 * The method whose verdict is quoted where there is room for one: that of the images themselves,
 * which asks no network; else density, distance, the first.
 */
export function leadingVerdict(all: readonly MethodVerdict[]): MethodVerdict | undefined {
  const [first] = ['subspace', 'ddu', 'duq'].flatMap((m) => all.filter((v) => v.method === m));
  return first ?? all[0];
}

/**
 * Verdicts of every calibrated method on one image, masked as the training images are; `unmasked` is
 * the same with what it holds where those have no detector, which tells a foreign mask.
 */
export async function verdictsOn(
  { methods }: Pick<LoadedUncertainty, 'methods'>,
  image: Float32Array,
  unmasked: Float32Array = image,
): Promise<MethodVerdict[]> {
  const found: MethodVerdict[] = [];
  for (const { method, calibration } of methods) {
    const shown = method.name === 'subspace' ? unmasked : image;
    const [verdict] = verdicts(method, await method.predict(shown, 1), calibration);
    found.push({ method: method.name, scoreMeaning: method.scoreMeaning, ...verdict! });
  }
  return found;
}
