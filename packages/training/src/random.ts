import { beyond, inside, width } from './ziggurat.js';

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

  /** Normal, mean 0, variance 1 (ziggurat, see `ziggurat.ts`). */
  normal(): number {
    for (;;) {
      const bits = this.bits() | 0;
      const layer = bits & 255;
      const k = bits >> 8;
      if (k < inside[layer]! && -k < inside[layer]!) return k * width[layer]!;
      const deviate = beyond(layer, k, this.next);
      if (deviate === deviate) return deviate;
    }
  }

  /**
   * Fills `out` with the numbers that as many calls of `normal` would give, the state in registers:
   * several times faster.
   */
  normals(out: Float32Array | Float64Array): void {
    let { a, b, c, counter } = this;
    const { length } = out;
    const [edges, widths] = [inside, width];
    for (let i = 0; i < length;) {
      const t = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + t) | 0;
      const layer = t & 255;
      const k = t >> 8;
      const edge = edges[layer]!;
      if (k < edge && -k < edge) {
        out[i++] = k * widths[layer]!;
        continue;
      }
      this.a = a;
      this.b = b;
      this.c = c;
      this.counter = counter;
      const deviate = beyond(layer, k, this.next);
      ({ a, b, c, counter } = this);
      if (deviate === deviate) out[i++] = deviate;
    }
    this.a = a;
    this.b = b;
    this.c = c;
    this.counter = counter;
  }

  private readonly next = () => this.uniform();
}
