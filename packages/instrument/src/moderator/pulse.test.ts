import { expect, test } from 'vitest';
import { pulseCumulative, pulseDensity, pulseFwhmPerTau } from './pulse.js';

test('norm, mean 3 tau, variance 3 tau^2, cumulative and FWHM of the pulse', () => {
  const tau = 7e-6;
  const n = 400_000;
  const end = 60 * tau;
  let norm = 0;
  let mean = 0;
  let second = 0;
  for (let i = 0; i < n; i++) {
    const t = ((i + 0.5) * end) / n;
    const w = (pulseDensity(t, tau) * end) / n;
    norm += w;
    mean += w * t;
    second += w * t * t;
    if (i === n / 20) expect(norm).toBeCloseTo(pulseCumulative(((i + 1) * end) / n, tau), 8);
  }
  expect(norm).toBeCloseTo(1, 8);
  expect(mean / tau).toBeCloseTo(3, 6);
  expect((second - mean * mean) / tau ** 2).toBeCloseTo(3, 6);
  const peak = pulseDensity(2 * tau, tau);
  const crossing = (low: number, high: number): number => {
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (pulseDensity(low, tau) < peak / 2 === pulseDensity(middle, tau) < peak / 2) low = middle;
      else high = middle;
    }
    return low;
  };
  const width = crossing(2 * tau, 20 * tau) - crossing(0, 2 * tau);
  expect(width / tau).toBeCloseTo(pulseFwhmPerTau, 9);
  expect(pulseDensity(-1, tau)).toBe(0);
  expect(pulseCumulative(0, tau)).toBe(0);
});
