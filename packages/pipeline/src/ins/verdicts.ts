import { type LoadedUncertainty, type Verdict, verdicts } from '@spectraloom/training';

/** A method's verdict on one image, with what its number means. */
export interface MethodVerdict extends Verdict {
  readonly method: string;
  readonly scoreMeaning: string;
}

/** The method whose verdict is quoted where there is room for one: density, else distance, else the first. */
export function leadingVerdict(all: readonly MethodVerdict[]): MethodVerdict | undefined {
  return all.find((v) => v.method === 'ddu') ?? all.find((v) => v.method === 'duq') ?? all[0];
}

/** Verdicts of every calibrated method on images, one list an image. */
export async function verdictsOn(
  { methods }: Pick<LoadedUncertainty, 'methods'>,
  image: Float32Array,
): Promise<MethodVerdict[]> {
  const found: MethodVerdict[] = [];
  for (const { method, calibration } of methods) {
    const [verdict] = verdicts(method, await method.predict(image, 1), calibration);
    found.push({ method: method.name, scoreMeaning: method.scoreMeaning, ...verdict! });
  }
  return found;
}
