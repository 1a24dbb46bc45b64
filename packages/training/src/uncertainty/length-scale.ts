/** What a short training with one length scale gave. */
export interface LengthScaleTrial {
  lengthScale: number;
  /** Mean -log p(label) on the validation images, best epoch. */
  nll: number;
  accuracy: number;
}

/**
 * Searches the length scale of DUQ as its authors did: a training for each candidate, the one with
 * the highest accuracy on the validation images wins, of equals the one with the lower NLL. Images
 * outside the distribution have no part in it.
 *
 * @param train trains a fresh network with a length scale and gives its best epoch's metrics
 */
export async function searchLengthScale(
  candidates: readonly number[],
  train: (lengthScale: number) => Promise<{ nll: number; accuracy: number }>,
): Promise<{ best: number; trials: LengthScaleTrial[] }> {
  const trials: LengthScaleTrial[] = [];
  for (const lengthScale of candidates) {
    const { nll, accuracy } = await train(lengthScale);
    trials.push({ lengthScale, nll, accuracy });
  }
  const [best] = [...trials].sort((a, b) => b.accuracy - a.accuracy || a.nll - b.nll);
  return { best: best!.lengthScale, trials };
}
