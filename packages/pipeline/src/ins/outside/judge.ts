import { conformalPValue, conformalQuantile } from '@spectraloom/training';

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

/** The level asked for, or the lowest that so few images can tell: no p-value is below 1 / (n + 1). */
export function attainableLevel(level: number, images: number): number {
  return Math.max(level, 1.5 / (images + 1));
}

/**
 * Judges one score against held-out ones from inside; outside is what exceeds their conformal
 * quantile, which too few of them leave infinite.
 */
export function judge(score: number, inside: ArrayLike<number>, alarms = falseAlarms): Judged {
  const likeness = Float64Array.from(inside, (s) => -s).sort();
  const threshold = conformalQuantile(inside, alarms);
  return {
    ...{ score, threshold, outside: score > threshold },
    pValue: conformalPValue(likeness, -score),
  };
}
