/**
 * A seeded stream of random numbers (sfc32 of PractRand, 128 bits of state, all sums modulo 2^32):
 * fast enough for noise on every pixel, the same on every machine.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** Streams of different `words` are independent for practical purposes. */
  constructor(...words: number[]) {
    let hash = 0x811c9dc5;
    const absorb = (word: number) => {
      hash = Math.imul(hash ^ (word >>> 0), 0x9e3779b1);
      hash ^= hash >>> 15;
      hash = Math.imul(hash, 0x85ebca77);
      hash ^= hash >>> 13;
      return hash >>> 0;
    };
    for (const word of words) {
      absorb(Math.floor(word / 0x100000000));
      absorb(word);
    }
    this.a = absorb(1);
    this.b = absorb(2);
    this.c = absorb(3);
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 random bits as an unsigned integer. */
  bits(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + t;
    this.c |= 0;
    return t >>> 0;
  }

  /** Uniform in [from, to). */
  uniform(from = 0, to = 1): number {
    return from + (this.bits() / 0x100000000) * (to - from);
  }

  /** Uniform in the logarithm, between two positive numbers. */
  logUniform(from: number, to: number): number {
    return from * (to / from) ** this.uniform();
  }

  /** A whole number in [0, count). */
  below(count: number): number {
    return Math.floor(this.uniform(0, count));
  }

  /** Normal, mean 0, variance 1, from 65,536 quantiles: no value beyond 4.3. */
  normal(): number {
    return normalQuantiles[this.bits() >>> 16]!;
  }
}

/** Quantiles of the normal distribution at (i + 1/2) / 65536, by Acklam's rational approximation. */
const normalQuantiles = Float32Array.from({ length: 65536 }, (_, i) => quantile((i + 0.5) / 65536));

function quantile(p: number): number {
  if (p > 0.5) return -quantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return (
      (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q -
        2.549732539343734) *
        q +
        4.374664141464968) *
        q +
        2.938163982698783) /
      ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q +
        3.754408661907416) *
        q +
        1)
    );
  }
  const q = p - 0.5;
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r +
      138.357751867269) *
      r -
      30.66479806614716) *
      r +
      2.506628277459239) *
      q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r +
      66.80131188771972) *
      r -
      13.28068155288572) *
      r +
      1)
  );
}
