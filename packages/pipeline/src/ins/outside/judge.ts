/** Is an image inside what a network was trained on? By the rank of a score among held-out ones. */
export interface Judged {
  readonly outside: boolean;
  /** Larger is more outside. */
  readonly score: number;
  /** Score from which on an image counts as outside. */
  readonly threshold: number;
  /** Part of held-out images from inside that score at least as high, (1 + k) / (1 + n). */
  readonly pValue: number;
}

/** Images from inside that may be called outside. */
export const falseAlarms = 0.02;

/**
 * The threshold that at most `alarms` of images from inside exceed, by split-conformal ranks: with
 * n held-out scores the ceil((n + 1)(1 - alarms))-th smallest, infinite where n is too small for that.
 */
export function outsideThreshold(inside: ArrayLike<number>, alarms = falseAlarms): number {
  const sorted = Float64Array.from(inside).sort();
  const rank = Math.ceil((sorted.length + 1) * (1 - alarms) - 1e-9);
  return rank > sorted.length ? Infinity : sorted[rank - 1]!;
}

/** Judges one score against held-out ones from inside. */
export function judge(score: number, inside: ArrayLike<number>, alarms = falseAlarms): Judged {
  const threshold = outsideThreshold(inside, alarms);
  let above = 0;
  for (let i = 0; i < inside.length; i++) above += inside[i]! >= score ? 1 : 0;
  return {
    ...{ score, threshold, outside: score > threshold },
    pValue: (1 + above) / (1 + inside.length),
  };
}
