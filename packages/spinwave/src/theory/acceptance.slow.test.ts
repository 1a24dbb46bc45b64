import { expect, it } from 'vitest';
import { seeded } from '../linalg/random.fixture.js';
import { pcsmo } from './testing/pcsmo.fixture.js';
import { prepare } from './prepare.js';
import { checkStability } from './stability.js';

/** pcsmo.md: uniform priors, and the share of draws that leave the CE state a stable minimum. */
const priors = {
  goodenough: [
    [-20, 0],
    [0, 3],
    [-3, 3],
    [-3, 3],
    [0, 3],
    [0, 0.2],
  ],
  dimer: [
    [-20, 0],
    [-20, 0],
    [-3, 3],
    [-3, 3],
    [0, 3],
    [0, 0.2],
  ],
} as const;

it.each([
  ['goodenough', 0.87],
  ['dimer', 0.41],
] as const)('%s: about %f of the draws are stable', (kind, share) => {
  const prepared = prepare(pcsmo(kind));
  const random = seeded(2012);
  const draws = 2500;
  let stable = 0;
  for (let i = 0; i < draws; i++) {
    const p = Float64Array.from(
      priors[kind],
      ([min, max]) => min + ((max - min) * (random() + 1)) / 2,
    );
    if (checkStability(prepared, p, { stopAtFirst: true }).stable) stable++;
  }
  // three standard deviations of the binomial distribution, and half a percent of rounding
  const sigma = Math.sqrt((share * (1 - share)) / draws);
  expect(Math.abs(stable / draws - share)).toBeLessThan(3 * sigma + 0.005);
});
