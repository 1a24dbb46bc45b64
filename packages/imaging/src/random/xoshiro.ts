/** splitmix32: spreads a seed over 32-bit words (Steele, Lea and Flood 2014). */
function splitmix32(state: number): () => number {
  let s = state >>> 0;
  return () => {
    s = (s + 0x9e3779b9) >>> 0;
    let z = s;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

const rotl = (x: number, k: number): number => ((x << k) | (x >>> (32 - k))) >>> 0;

/**
 * Seeded random numbers: xoshiro128** 1.1 (Blackman and Vigna 2018). The same seed gives the same
 * numbers everywhere. Not for cryptography.
 */
export class Random {
  readonly #s = new Uint32Array(4);
  #spare = Number.NaN;

  /** @param seed any integer up to 2^53; `stream` makes independent sequences of one seed. */
  constructor(seed: number, stream = 0) {
    const high = Math.floor(seed / 2 ** 32) >>> 0;
    const mix = splitmix32((seed >>> 0) ^ Math.imul(high + 0x6d2b79f5, 0x85ebca6b));
    const other = splitmix32(stream + 0x1b873593);
    for (let i = 0; i < 4; i++) this.#s[i] = (mix() ^ other()) >>> 0;
    if (this.#s.every((v) => v === 0)) this.#s[0] = 1;
    for (let i = 0; i < 8; i++) this.uint32();
  }

  /** Uniform whole number in [0, 2^32). */
  uint32(): number {
    const s = this.#s;
    const result = Math.imul(rotl(Math.imul(s[1]!, 5) >>> 0, 7), 9) >>> 0;
    const t = (s[1]! << 9) >>> 0;
    s[2] = s[2]! ^ s[0]!;
    s[3] = s[3]! ^ s[1]!;
    s[1] = s[1]! ^ s[2]!;
    s[0] = s[0]! ^ s[3]!;
    s[2] = s[2]! ^ t;
    s[3] = rotl(s[3]!, 11);
    return result;
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** Standard normal (polar method). */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const out = this.#spare;
      this.#spare = Number.NaN;
      return out;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const r = u * u + v * v;
      if (r === 0 || r >= 1) continue;
      const f = Math.sqrt((-2 * Math.log(r)) / r);
      this.#spare = v * f;
      return u * f;
    }
  }

  /** Poisson counts of this mean: inversion below 10, transformed rejection (Hörmann 1993) above. */
  poisson(mean: number): number {
    if (!(mean > 0)) return 0;
    if (mean < 10) {
      let p = Math.exp(-mean);
      let u = this.uniform() - p;
      let k = 0;
      while (u > 0 && p > 0) {
        k++;
        p *= mean / k;
        u -= p;
      }
      return k;
    }
    const root = Math.sqrt(mean);
    const b = 0.931 + 2.53 * root;
    const a = -0.059 + 0.02483 * b;
    const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
    const vr = 0.9277 - 3.6224 / (b - 2);
    const logMean = Math.log(mean);
    for (;;) {
      const u = this.uniform() - 0.5;
      const v = this.uniform();
      const us = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
      if (us >= 0.07 && v <= vr) return k;
      if (k < 0 || (us < 0.013 && v > us)) continue;
      const left = Math.log((v * inverseAlpha) / (a / (us * us) + b));
      if (left <= k * logMean - mean - logFactorial(k)) return k;
    }
  }
}

/** ln k! by Stirling's series; exact to 1e-12 for k >= 10, by product below. */
function logFactorial(k: number): number {
  if (k < 10) {
    let product = 1;
    for (let i = 2; i <= k; i++) product *= i;
    return Math.log(product);
  }
  const x = k + 1;
  const i2 = 1 / (x * x);
  return (
    (x - 0.5) * Math.log(x) -
    x +
    0.5 * Math.log(2 * Math.PI) +
    (1 / 12 - i2 * (1 / 360 - i2 / 1260)) / x
  );
}
