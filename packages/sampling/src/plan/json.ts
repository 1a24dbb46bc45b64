import { z } from 'zod';
import { type DesignKind, designKinds } from '../design/design.js';
import { PlanError } from '../errors.js';
import { canonicalJson, sha256Hex } from '../hash/canonical.js';
import { priorSchema } from '../priors/prior.js';
import { type Plan, type PlanJson, planOf } from './plan.js';

const schema = z.strictObject({
  format: z.literal('spectraloom-plan'),
  version: z.literal(1),
  planId: z.string().regex(/^[0-9a-f]{64}$/),
  seed: z.string().regex(/^\d{1,20}$/),
  design: z.enum(designKinds as [DesignKind, ...DesignKind[]]),
  models: z
    .array(
      z.strictObject({
        label: z.string().min(1),
        parameters: z.array(
          z.strictObject({
            name: z.string().min(1),
            unit: z.string(),
            value: z.number().optional(),
            prior: priorSchema.optional(),
          }),
        ),
        correlation: z
          .strictObject({ parameters: z.array(z.string()), matrix: z.array(z.array(z.number())) })
          .optional(),
        constraints: z.array(z.string()).min(1).optional(),
        attempts: z.int().min(0),
        rejectedBy: z.record(z.string(), z.int().min(0)),
        values: z.array(z.array(z.number())),
      }),
    )
    .min(1),
});

/** A plan as text: one line, canonical, planId included. */
export function planToText(plan: Plan): string {
  return canonicalJson(plan.toJSON());
}

/**
 * Reads a plan back and checks that its content is the one its planId was made from.
 * @param json the text, or the parsed object
 * @throws PlanError PLAN_INVALID, PLAN_ALTERED
 */
export function planFromJson(json: unknown, source = 'plan'): Plan {
  let value = json;
  if (typeof json === 'string') {
    try {
      value = JSON.parse(json);
    } catch (error) {
      throw new PlanError(
        {
          code: 'PLAN_INVALID',
          what: 'The plan is not JSON',
          where: source,
          got: (error as Error).message,
          next: 'draw the plan again',
        },
        { cause: error },
      );
    }
  }
  const parsed = schema.safeParse(value);
  const problems = parsed.success
    ? parsed.data.models
        .filter((m) => m.values.some((line) => line.length !== m.parameters.length))
        .map((m) => `model ${m.label}: a row with another number of values than parameters`)
    : parsed.error.issues
        .slice(0, 10)
        .map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  if (!parsed.success || problems.length > 0) {
    throw new PlanError({
      code: 'PLAN_INVALID',
      what: 'The plan does not hold to its format',
      where: source,
      got: problems.join('; '),
      expected: 'a file written by planToText',
      next: 'draw the plan again',
    });
  }
  const { planId, ...body } = parsed.data satisfies PlanJson;
  const found = sha256Hex(canonicalJson(body));
  if (found !== planId) {
    throw new PlanError({
      code: 'PLAN_ALTERED',
      what: 'The plan was altered after it was drawn',
      where: source,
      got: `sha256 ${found}`,
      expected: `planId ${planId}`,
      next: 'restore the file, or draw the plan again',
    });
  }
  return planOf(planId, body);
}
