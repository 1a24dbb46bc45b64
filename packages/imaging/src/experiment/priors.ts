import { z } from 'zod';
import { ImagingError } from '../errors.js';
import { Random } from '../random/xoshiro.js';
import { experimentSchema, type ExperimentStep } from './schema.js';

const pair = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low <= high, 'expected [low, high] with low <= high');

/** A number, or what it is drawn from. */
const drawn = z.union([
  z.number(),
  z.strictObject({ uniform: pair }),
  z.strictObject({ logUniform: pair.refine(([low]) => low > 0, 'expected low > 0') }),
  z.strictObject({ normal: z.strictObject({ mean: z.number(), sd: z.number().min(0) }) }),
]);

/** A step of the experiment with priors; `probability` (default 1) that it is there at all. */
export const experimentPriorSchema = z.array(
  z.object({ model: z.string(), probability: z.number().min(0).max(1).optional() }).catchall(drawn),
);

/** A number, or the distribution it is drawn from. */
export type DrawnNumber = z.input<typeof drawn>;

/** Steps by model name, each value a number or a prior. */
export type ExperimentPrior = readonly {
  readonly model: string;
  readonly probability?: number;
  readonly [value: string]: DrawnNumber | string | undefined;
}[];

/**
 * One experiment drawn from its priors: concrete steps for `applyExperiment`. The same seed gives
 * the same steps; each step draws from its own sequence.
 * @throws ImagingError EXPERIMENT for malformed priors or values a model does not take.
 */
export function drawExperiment(priors: ExperimentPrior, seed: number): ExperimentStep[] {
  const fail = (issues: readonly z.core.$ZodIssue[]): never => {
    throw new ImagingError('EXPERIMENT', {
      what: `the priors of the experiment have ${issues.length} problem(s)`,
      got: issues.map((i) => `${i.path.join('.')}: ${i.message}`).join(' | '),
      expected: 'e.g. { model: "flat-background", level: { uniform: [0, 3] } }',
      next: 'mend the entries named',
    });
  };
  const parsed = experimentPriorSchema.safeParse(priors);
  if (!parsed.success) return fail(parsed.error.issues);
  const steps: unknown[] = [];
  parsed.data.forEach(({ model, probability, ...values }, index) => {
    const random = new Random(seed, 1000 + index);
    const there = random.uniform() < (probability ?? 1);
    const step: Record<string, unknown> = { model };
    for (const [name, value] of Object.entries(values)) {
      const prior = value as z.output<typeof drawn>;
      if (typeof prior === 'number') step[name] = prior;
      else if ('uniform' in prior) {
        const [low, high] = prior.uniform;
        step[name] = low + (high - low) * random.uniform();
      } else if ('logUniform' in prior) {
        const [low, high] = prior.logUniform;
        step[name] = low * (high / low) ** random.uniform();
      } else step[name] = prior.normal.mean + prior.normal.sd * random.normal();
    }
    if (there) steps.push(step);
  });
  const checked = experimentSchema.safeParse(steps);
  return checked.success ? checked.data : fail(checked.error.issues);
}
