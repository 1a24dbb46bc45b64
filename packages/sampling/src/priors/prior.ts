import { z } from 'zod';
import { PlanError } from '../errors.js';
import { normalCdf, normalQuantile } from './normal.js';

/** Distribution of one parameter, in its unit. */
export type PriorSpec =
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  /** Uniform in log x; 0 < min. */
  | { readonly kind: 'log-uniform'; readonly min: number; readonly max: number }
  /** Normal, cut off (and renormalised) outside min .. max where given. */
  | {
      readonly kind: 'normal';
      readonly mean: number;
      readonly sd: number;
      readonly min?: number;
      readonly max?: number;
    }
  /** One of these values, each with the same probability. */
  | { readonly kind: 'grid'; readonly values: readonly number[] }
  /** Always `value`, or the parameter's own value where it is not given. */
  | { readonly kind: 'fixed'; readonly value?: number };

const number = z.number();
/** Schema of a prior, for files and plans. */
export const priorSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('uniform'), min: number, max: number }),
  z.strictObject({ kind: z.literal('log-uniform'), min: number, max: number }),
  z.strictObject({
    kind: z.literal('normal'),
    mean: number,
    sd: number,
    min: number.optional(),
    max: number.optional(),
  }),
  z.strictObject({ kind: z.literal('grid'), values: z.array(number).min(1) }),
  z.strictObject({ kind: z.literal('fixed'), value: number.optional() }),
]);

/**
 * The inverse distribution function of a prior: a point of (0, 1) to a value.
 * @param value of the parameter, for a fixed prior without its own
 * @param where what messages call the parameter
 * @throws PlanError PLAN_INVALID for bounds that are not in order and the like
 */
export function quantileOf(
  prior: PriorSpec,
  value: number | undefined,
  where: string,
): (u: number) => number {
  const refuse = (what: string, expected: string) =>
    new PlanError({ code: 'PLAN_INVALID', what, where, got: JSON.stringify(prior), expected });
  switch (prior.kind) {
    case 'uniform': {
      const { min, max } = prior;
      if (!(min <= max))
        throw refuse('The bounds of a uniform prior are not in order', 'min <= max');
      return (u) => clamp(min * (1 - u) + max * u, min, max);
    }
    case 'log-uniform': {
      const { min, max } = prior;
      if (!(min > 0 && min <= max)) {
        throw refuse('The bounds of a log-uniform prior do not hold', '0 < min <= max');
      }
      const a = Math.log(min);
      const b = Math.log(max);
      return (u) => clamp(Math.exp(a * (1 - u) + b * u), min, max);
    }
    case 'normal': {
      const { mean, sd } = prior;
      const min = prior.min ?? -Infinity;
      const max = prior.max ?? Infinity;
      if (!(sd > 0)) throw refuse('A normal prior has no width', 'sd > 0');
      if (!(min < max)) throw refuse('The bounds of a normal prior are not in order', 'min < max');
      // In the upper tail the mirror image is used: near 0 a probability has all its digits.
      const sign = min > mean ? -1 : 1;
      const a = (sign > 0 ? min - mean : mean - max) / sd;
      const b = (sign > 0 ? max - mean : mean - min) / sd;
      const low = normalCdf(a);
      const high = normalCdf(b);
      if (!(high > low)) {
        throw refuse(
          'The bounds of a normal prior leave it no probability',
          'bounds nearer to mean',
        );
      }
      return (u) => {
        const p = sign > 0 ? low * (1 - u) + high * u : low * u + high * (1 - u);
        const score = normalQuantile(Math.min(1 - 2 ** -53, Math.max(Number.MIN_VALUE, p)));
        return clamp(mean + sign * sd * score, min, max);
      };
    }
    case 'grid': {
      const { values } = prior;
      return (u) => values[Math.min(values.length - 1, Math.floor(u * values.length))]!;
    }
    case 'fixed': {
      const constant = prior.value ?? value;
      if (constant === undefined || !Number.isFinite(constant)) {
        throw refuse('A fixed parameter has no value', 'a value of the prior or of the parameter');
      }
      return () => constant;
    }
  }
}

function clamp(x: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, x));
}
