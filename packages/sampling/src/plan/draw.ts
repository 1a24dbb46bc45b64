import { createDesign, type Design } from '../design/design.js';
import { PlanError } from '../errors.js';
import { canonicalJson, keyOf } from '../hash/canonical.js';
import { correlate } from '../priors/correlation.js';
import { quantileOf } from '../priors/prior.js';
import { parseConstraint } from './constraint.js';
import { assemblePlan, type DrawnModel, type Plan } from './plan.js';
import {
  checkSpec,
  type CheckedSpec,
  type ParameterValues,
  type PlanSpec,
  type Verdict,
} from './spec.js';

/** Draws that wait for their verdicts. */
export interface AcceptRequest {
  readonly label: string;
  readonly draws: readonly ParameterValues[];
}

/** How far drawing has come, over all models. */
export interface PlanProgress {
  readonly label: string;
  /** Of the model named. */
  readonly accepted: number;
  readonly attempts: number;
  /** Of the whole plan. */
  readonly rowsDone: number;
  readonly rowsTotal: number;
}

/** Anything that says it was cancelled: an AbortSignal. */
export interface CancelSignal {
  readonly aborted: boolean;
}

/** How a plan is drawn; it does not depend on them. */
export interface DrawOptions {
  /** Draws asked about at once; the plan does not depend on it. Default 256. */
  readonly batchSize?: number;
  readonly onProgress?: (progress: PlanProgress) => void;
  readonly signal?: CancelSignal;
}

/**
 * The steps of drawing a plan: yields draws that want verdicts, takes the verdicts, returns the
 * plan. The draws of a model are a seeded sequence; its rows are the first accepted ones in that
 * order. Verdicts past the last row needed are thrown away, uncounted: so the plan is the same for
 * every batch size.
 * @throws PlanError PLAN_INVALID, ACCEPTANCE_TOO_LOW, CANCELLED
 */
export function* planSteps(
  spec: PlanSpec,
  options: DrawOptions = {},
): Generator<AcceptRequest, Plan, readonly Verdict[]> {
  const checked = checkSpec(spec);
  const rowsTotal = checked.models.reduce((sum, model) => sum + model.rows, 0);
  const drawn: DrawnModel[] = [];
  let rowsBefore = 0;
  for (const model of checked.models) {
    const done = rowsBefore;
    drawn.push(
      yield* drawModel(checked, model, options, (accepted, attempts) =>
        options.onProgress?.({
          label: model.label,
          accepted,
          attempts,
          rowsDone: done + accepted,
          rowsTotal,
        }),
      ),
    );
    rowsBefore += model.rows;
  }
  return assemblePlan(checked.seed, checked.design, drawn);
}

function* drawModel(
  spec: CheckedSpec,
  model: CheckedSpec['models'][number],
  options: DrawOptions,
  report: (accepted: number, attempts: number) => void,
): Generator<AcceptRequest, DrawnModel, readonly Verdict[]> {
  const { label, rows } = model;
  const width = model.parameters.length;
  const sampler = drawer(spec, model);
  const names = model.parameters.map((parameter) => parameter.name);
  const constraints = (model.constraints ?? []).map((text) => ({
    reason: `constraint ${text}`,
    holds: parseConstraint(text, names, `model ${label}`),
  }));
  const values = new Float64Array(rows * width);
  const limit = 1000 + Math.ceil(spec.maxAttemptsPerRow * rows);
  const batchSize = Math.max(1, options.batchSize ?? 256);
  const rejectedBy: Record<string, number> = {};
  let accepted = 0;
  let attempts = 0;
  while (accepted < rows) {
    throwIfCancelled(options.signal, label, accepted, rows);
    if (attempts >= limit) throw tooFew(label, accepted, attempts, rows);
    // No more than may be needed: what the acceptance so far suggests, with a reserve.
    const rate = attempts < 32 ? 1 : Math.max(accepted / attempts, 1e-3);
    const needed = Math.ceil(((rows - accepted) / rate) * 1.1) + 1;
    const count = Math.min(batchSize, needed, limit - attempts);
    const points = Array.from({ length: count }, (_, i) => sampler(attempts + i));
    const draws = points.map((point) => {
      const draw: Record<string, number> = {};
      model.parameters.forEach((parameter, i) => {
        draw[parameter.name] = point[i]!;
      });
      return draw;
    });
    // A draw that breaks a constraint is not worth a judge's time.
    const broken = points.map((point) => constraints.find(({ holds }) => !holds(point)));
    const asked = draws.filter((_, i) => !broken[i]);
    const answers = asked.length > 0 ? yield { label, draws: asked } : [];
    if (answers.length !== asked.length) {
      throw new PlanError({
        code: 'PLAN_INVALID',
        what: 'The acceptance step answered for another number of draws than it was asked',
        where: `model ${label}`,
        got: `${answers.length} verdicts`,
        expected: `${asked.length}`,
      });
    }
    let next = 0;
    const verdicts = broken.map((constraint): Verdict =>
      constraint ? { accepted: false, reason: constraint.reason } : answers[next++]!,
    );
    for (let i = 0; i < count && accepted < rows; i++) {
      const verdict = verdicts[i]!;
      attempts++;
      if (verdict === true || (typeof verdict === 'object' && verdict.accepted)) {
        values.set(points[i]!, accepted++ * width);
      } else {
        const reason = (typeof verdict === 'object' && verdict.reason) || 'rejected';
        rejectedBy[reason] = (rejectedBy[reason] ?? 0) + 1;
      }
    }
    report(accepted, attempts);
  }
  const { parameters, correlation } = model;
  return {
    label,
    parameters,
    correlation,
    constraints: model.constraints,
    attempts,
    rejectedBy,
    values,
    accepted,
  };
}

/** The seeded sequence of draws of one model: index -> values `[parameters]`, in their units. */
function drawer(
  spec: CheckedSpec,
  model: CheckedSpec['models'][number],
): (index: number) => Float64Array {
  const { label, parameters } = model;
  const quantiles = parameters.map((parameter) =>
    quantileOf(
      parameter.prior ?? { kind: 'fixed' },
      parameter.value,
      `model ${label}, parameter ${parameter.name}`,
    ),
  );
  // Fixed parameters take no coordinate of the design.
  const free = parameters.flatMap((p, i) => ((p.prior?.kind ?? 'fixed') === 'fixed' ? [] : [i]));
  const names = free.map((i) => parameters[i]!.name);
  const couple = model.correlation && correlate(model.correlation, names, `model ${label}`);
  // The label is in the key: a model's draws do not depend on the other models of the plan.
  const key = keyOf(canonicalJson({ design: spec.design, label, seed: spec.seed.toString() }));
  const design: Design = createDesign(spec.design, key, free.length, Math.max(1, model.rows));
  const point = new Float64Array(free.length);
  return (index) => {
    design(index, point);
    couple?.(point);
    const values = new Float64Array(parameters.length);
    let axis = 0;
    for (let i = 0; i < parameters.length; i++) {
      const u = free[axis] === i ? point[axis++]! : 0.5;
      // + 0 turns -0 into 0: the two have one JSON form.
      values[i] = quantiles[i]!(u) + 0;
    }
    return values;
  };
}

function throwIfCancelled(
  signal: CancelSignal | undefined,
  label: string,
  accepted: number,
  rows: number,
): void {
  if (!signal?.aborted) return;
  throw new PlanError({
    code: 'CANCELLED',
    what: 'Drawing the plan was cancelled',
    where: `model ${label}`,
    got: `${accepted} of ${rows} rows`,
    next: 'draw again: the same seed gives the same plan',
  });
}

function tooFew(label: string, accepted: number, attempts: number, rows: number): PlanError {
  return new PlanError({
    code: 'ACCEPTANCE_TOO_LOW',
    what: 'So few draws are accepted that the plan would not end',
    where: `model ${label}`,
    got: `${accepted} accepted of ${attempts} draws`,
    expected: `${rows} rows`,
    next: 'narrow the priors to where the model holds, or raise maxAttemptsPerRow',
  });
}

/** Draws a plan, calling each model's `accept` here, one draw after the other. */
export function drawPlan(spec: PlanSpec, options: DrawOptions = {}): Plan {
  const accept = new Map(spec.models.map((model) => [model.label, model.accept]));
  const steps = planSteps(spec, options);
  let step = steps.next();
  while (!step.done) {
    const { label, draws } = step.value;
    const judge = accept.get(label);
    const verdicts: Verdict[] = [];
    for (const draw of draws) {
      // A verdict may take milliseconds: look for cancellation at each.
      throwIfCancelled(options.signal, label, verdicts.length, draws.length);
      verdicts.push(judge ? judge(draw) : true);
    }
    step = steps.next(verdicts);
  }
  return step.value;
}

/** Draws a plan, asking `acceptBatch` about many draws at once: the same plan, elsewhere judged. */
export async function drawPlanAsync(
  spec: PlanSpec,
  acceptBatch: (request: AcceptRequest) => Promise<readonly Verdict[]>,
  options: DrawOptions = {},
): Promise<Plan> {
  const steps = planSteps(spec, options);
  let step = steps.next();
  while (!step.done) step = steps.next(await acceptBatch(step.value));
  return step.value;
}
