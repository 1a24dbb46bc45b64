import { z } from 'zod';
import { type DesignKind, designKinds } from '../design/design.js';
import { PlanError } from '../errors.js';
import type { Correlation } from '../priors/correlation.js';
import { type PriorSpec, priorSchema } from '../priors/prior.js';

/** A parameter of a model, as the plan sees it. */
export interface PlanParameter {
  readonly name: string;
  /** 'meV', 'T', or '' for a pure number. */
  readonly unit: string;
  /** Default, for a parameter without a prior or with a fixed one. */
  readonly value?: number;
  /** Absent: fixed at `value`. */
  readonly prior?: PriorSpec;
}

/** Whether a draw may be simulated; a reason is counted by the plan. */
export type Verdict = boolean | { readonly accepted: boolean; readonly reason?: string };

/** Values of one draw by parameter name. */
export type ParameterValues = Readonly<Record<string, number>>;

/** A model whose parameters are drawn. */
export interface PlanModelSpec {
  /** Name of the class; unique in the plan. */
  readonly label: string;
  readonly parameters: readonly PlanParameter[];
  readonly correlation?: Correlation;
  /** Conditions such as `J_A < -J_F1` that every draw must meet, see `parseConstraint`. */
  readonly constraints?: readonly string[];
  /** Default: every draw is accepted. Not called where a batch function is given. */
  readonly accept?: (values: ParameterValues) => Verdict;
}

/** What a plan is drawn from. */
export interface PlanSpec {
  readonly models: readonly PlanModelSpec[];
  /** Accepted rows of each model: one number for all, or by label. */
  readonly rowsPerModel: number | Readonly<Record<string, number>>;
  /** 0 <= seed < 2^64. */
  readonly seed: number | bigint;
  /** Default 'sobol'. */
  readonly design?: DesignKind;
  /** A model is given up after 1000 + this times its rows draws; default 1000. */
  readonly maxAttemptsPerRow?: number;
}

/** A checked specification. */
export interface CheckedSpec {
  readonly seed: bigint;
  readonly design: DesignKind;
  readonly maxAttemptsPerRow: number;
  readonly models: readonly (PlanModelSpec & { readonly rows: number })[];
}

/** Most rows of one plan: a row number is a 32-bit word in a shard. */
export const mostRows = 0xffffffff;

const specSchema = z.object({
  models: z
    .array(
      z.object({
        label: z.string().min(1),
        parameters: z.array(
          z.object({
            name: z.string().min(1),
            unit: z.string(),
            value: z.number().optional(),
            prior: priorSchema.optional(),
          }),
        ),
        correlation: z
          .object({ parameters: z.array(z.string()), matrix: z.array(z.array(z.number())) })
          .optional(),
        constraints: z.array(z.string()).optional(),
        accept: z.any().optional(),
      }),
    )
    .min(1),
  rowsPerModel: z.union([
    z.int().min(0).max(mostRows),
    z.record(z.string(), z.int().min(0).max(mostRows)),
  ]),
  seed: z.union([
    z.int().min(0),
    z
      .bigint()
      .min(0n)
      .max(2n ** 64n - 1n),
  ]),
  design: z.enum(designKinds as [DesignKind, ...DesignKind[]]).optional(),
  maxAttemptsPerRow: z.number().positive().optional(),
});

/** Checks a specification. @throws PlanError PLAN_INVALID, naming every problem */
export function checkSpec(spec: PlanSpec): CheckedSpec {
  const parsed = specSchema.safeParse(spec);
  const problems: string[] = [];
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      problems.push(`${issue.path.map(String).join('.') || 'plan'}: ${issue.message}`);
    }
    throw invalid(problems);
  }
  const { rowsPerModel } = spec;
  const labels = spec.models.map((model) => model.label);
  repeated(labels).forEach((label) => problems.push(`label ${label} is given twice`));
  for (const model of spec.models) {
    const names = model.parameters.map((p) => p.name);
    repeated(names).forEach((name) => problems.push(`${model.label}: ${name} is given twice`));
  }
  if (typeof rowsPerModel !== 'number') {
    const given = Object.keys(rowsPerModel);
    given
      .filter((label) => !labels.includes(label))
      .forEach((label) => problems.push(`rowsPerModel: no model ${label}`));
    labels
      .filter((label) => !given.includes(label))
      .forEach((label) => problems.push(`rowsPerModel: nothing for model ${label}`));
  }
  const rowsOf = (label: string) =>
    typeof rowsPerModel === 'number' ? rowsPerModel : (rowsPerModel[label] ?? 0);
  const total = labels.reduce((sum, label) => sum + rowsOf(label), 0);
  if (total < 1 || total > mostRows) problems.push(`${total} rows in all, not 1 .. ${mostRows}`);
  if (problems.length > 0) throw invalid(problems);
  return {
    seed: BigInt(spec.seed),
    design: spec.design ?? 'sobol',
    maxAttemptsPerRow: spec.maxAttemptsPerRow ?? 1000,
    models: spec.models.map((model) => ({ ...model, rows: rowsOf(model.label) })),
  };
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}

function invalid(problems: readonly string[]): PlanError {
  return new PlanError({
    code: 'PLAN_INVALID',
    what: 'The specification of the plan does not hold',
    got: problems.join('; '),
    next: 'correct these and draw again',
  });
}
