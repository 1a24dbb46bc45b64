import { describe, expect, it } from 'vitest';
import { Random } from './random.js';
import { beyond, height, inside, layers, r, v, width } from './ziggurat.js';

const steps = 2 ** 23;
const edge = (layer: number) => width[layer]! * steps;
const f = (x: number) => Math.exp(-0.5 * x * x);

/** 2 / sqrt(pi) exp(-x^2) sum 2^n x^(2n + 1) / (2n + 1)!!: all terms positive for x > 0. */
function erf(x: number): number {
  if (x < 0) return -erf(-x);
  let [term, sum] = [x, x];
  for (let n = 1; term > 1e-17 * sum; n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
const below = (x: number) => 0.5 * (1 + erf(x / Math.SQRT2));

const n = 1_000_000;
const drawn = new Float64Array(n);
new Random(20, 26).normals(drawn);

describe('the layers', () => {
  it('have the same area, and close at the top', () => {
    for (let i = 2; i < layers; i++) {
      expect(edge(i) * (height[i - 1]! - height[i]!)).toBeCloseTo(v, 9);
    }
    expect(edge(1) * (1 - height[1]!)).toBeCloseTo(v, 8);
    const tail = Math.sqrt(Math.PI / 2) * (1 - erf(r / Math.SQRT2));
    expect(r * f(r) + tail).toBeCloseTo(v, 10);
    expect(edge(255)).toBeCloseTo(r, 12);
  });

  it('let through without a look only what lies below the curve', () => {
    for (let i = 2; i < layers; i++) {
      // The last integer that is inside: at this x the curve is above the layer's top.
      const x = (inside[i]! - 1) * width[i]!;
      expect(f(x)).toBeGreaterThanOrEqual(height[i - 1]!);
      expect(f(x + 2 * width[i]!)).toBeLessThan(height[i - 1]!);
    }
    expect(inside[1]).toBe(0);
    expect((inside[0]! - 1) * width[0]!).toBeLessThan(r);
  });
});

describe('beyond the inside', () => {
  it('a point below the curve is taken and one above is not', () => {
    for (const layer of [1, 2, 100, 255]) {
      const k = -Math.round((inside[layer]! + steps) / 2);
      const x = k * width[layer]!;
      const share = (f(x) - height[layer]!) / (height[layer - 1]! - height[layer]!);
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThan(1);
      expect(beyond(layer, k, () => share - 1e-9)).toBe(x);
      expect(beyond(layer, k, () => share + 1e-9)).toBeNaN();
    }
  });

  it('the lowest layer gives the tail, drawn again until it fits', () => {
    // 0.99: a = 1.26, b = 0.001: not below; then a = 0.19, b = 0.69.
    const queue = [0.99, 0.001, 0.5, 0.5];
    const deviate = beyond(0, -1, () => queue.shift()!);
    expect(queue).toEqual([]);
    expect(deviate).toBeCloseTo(-(r + Math.log(2) / r), 12);
    expect(beyond(0, 1, () => 0)).toBe(r);
  });
});

describe('normal deviates', () => {
  it('are the same one by one and many at once', () => {
    const [one, many] = [new Random(3, 4), new Random(3, 4)];
    const out = new Float64Array(20_000);
    many.normals(out);
    expect(out).toEqual(Float64Array.from(out, () => one.normal()));
    expect(many.bits()).toBe(one.bits());
    expect(new Set(out).size).toBeGreaterThan(19_900);
  });

  it('have the moments of a normal distribution', () => {
    // Mean of x^p over n: 0 or (p - 1)!!, variance ((2p - 1)!! - (p - 1)!!^2) / n.
    const double = (p: number): number => (p <= 1 ? 1 : p * double(p - 2));
    for (let p = 1; p <= 8; p++) {
      let sum = 0;
      for (const x of drawn) sum += x ** p;
      const mean = p % 2 === 0 ? double(p - 1) : 0;
      const sd = Math.sqrt((double(2 * p - 1) - mean ** 2) / n);
      expect(Math.abs(sum / n - mean)).toBeLessThan(4 * sd);
    }
    let product = 0;
    for (let i = 1; i < n; i++) product += drawn[i]! * drawn[i - 1]!;
    expect(Math.abs(product / n)).toBeLessThan(4 / Math.sqrt(n));
  });

  it('have its distribution function (Kolmogorov and Smirnov), and its tails', () => {
    const sorted = drawn.slice().sort();
    let distance = 0;
    sorted.forEach((x, i) => {
      const p = below(x);
      distance = Math.max(distance, p - i / n, (i + 1) / n - p);
    });
    // Passed by one good generator in a thousand.
    expect(distance * Math.sqrt(n)).toBeLessThan(1.95);
    for (const x of [2, 3, r - 0.05, r, r + 0.05, 4, 4.5]) {
      const count = drawn.reduce((sum, d) => sum + (Math.abs(d) > x ? 1 : 0), 0);
      const wanted = 2 * (1 - below(x)) * n;
      expect(Math.abs(count - wanted)).toBeLessThan(4 * Math.sqrt(wanted) + 1);
    }
  });
});
