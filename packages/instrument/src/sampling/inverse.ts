import type { FermiChopper } from '../chopper/fermi.js';
import { chopperHalfBase, chopperTransmission } from '../chopper/fermi.js';
import { pulseCumulative, pulseDensity } from '../moderator/pulse.js';

/** Solves cumulative(x) = p on [low, high] by Newton steps kept inside a shrinking bracket. */
function invert(
  p: number,
  low: number,
  high: number,
  cumulative: (x: number) => number,
  density: (x: number) => number,
): number {
  let a = low;
  let b = high;
  let x = (a + b) / 2;
  for (let n = 0; n < 80; n++) {
    const f = cumulative(x) - p;
    if (f > 0) b = x;
    else a = x;
    const slope = density(x);
    const newton = x - f / slope;
    const next = slope > 0 && newton > a && newton < b ? newton : (a + b) / 2;
    if (Math.abs(next - x) <= 1e-13 * high) return next;
    x = next;
  }
  return x;
}

/** Emission time at cumulative probability p in (0, 1), s; the mean is 3 tau. */
export function pulseQuantile(p: number, tauS: number): number {
  // In units of tau; 60 tau hold all but 1e-23 of the pulse.
  return (
    tauS *
    invert(
      p,
      0,
      60,
      (u) => pulseCumulative(u, 1),
      (u) => pulseDensity(u, 1),
    )
  );
}

/** Integral of the transmission from 0 to tau (units of the opening time). */
function openArea(gamma: number, tau: number): number {
  const curved = (x: number): number => x - ((gamma + x) ** 3 - gamma ** 3) / (12 * gamma);
  if (gamma >= 1) return curved(tau);
  const knee = Math.min(tau, gamma);
  const below = gamma > 0 ? curved(knee) : 0;
  return tau <= gamma ? below : below + (tau - gamma) * (1 - (tau + gamma) / 2);
}

/** Chopper time at cumulative probability p in (0, 1), s; symmetric about 0. */
export function chopperQuantile(p: number, chopper: FermiChopper): number {
  const { gamma, openingTimeS } = chopper;
  const end = chopperHalfBase(chopper) / openingTimeS;
  const area = openArea(gamma, end);
  const side = p < 0.5 ? -1 : 1;
  const target = Math.abs(2 * p - 1) * area;
  const tau = invert(
    target,
    0,
    end,
    (x) => openArea(gamma, x),
    (x) => chopperTransmission(chopper, x * openingTimeS),
  );
  return side * tau * openingTimeS;
}

/** Standard normal quantile: a rational guess (Abramowitz and Stegun 26.2.23), then Halley steps. */
export function normalQuantile(p: number): number {
  const q = Math.min(p, 1 - p);
  const t = Math.sqrt(-2 * Math.log(q));
  let x = -(
    t -
    (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  );
  for (let n = 0; n < 4; n++) {
    const error = lowerNormal(x) - q;
    const step = error * Math.sqrt(2 * Math.PI) * Math.exp((x * x) / 2);
    x -= step / (1 + (x * step) / 2);
  }
  return p < 0.5 ? x : -x;
}

/** CDF of the standard normal for x <= 0: series near 0, continued fraction in the tail. */
function lowerNormal(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x > -3) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
      term *= (x * x) / (2 * n + 1);
      sum += term;
    }
    return 0.5 + sum * density;
  }
  let f = 0;
  for (let n = 60; n >= 1; n--) f = n / (-x + f);
  return density / (-x + f);
}
