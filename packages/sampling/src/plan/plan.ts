import type { DesignKind } from '../design/design.js';
import { PlanError } from '../errors.js';
import { canonicalJson, rowSeed, sha256Hex } from '../hash/canonical.js';
import type { Correlation } from '../priors/correlation.js';
import { interleave } from './interleave.js';
import type { ParameterValues, PlanParameter } from './spec.js';

/** One row of a plan: what is simulated. */
export interface PlanRow {
  readonly row: number;
  readonly label: string;
  readonly parameters: ParameterValues;
  /** 0 <= seed < 2^64, from planId and row alone. */
  readonly seed: bigint;
}

/** A model's share of a plan and how its draws fared. */
export interface PlanModel {
  readonly label: string;
  readonly parameters: readonly PlanParameter[];
  readonly correlation?: Correlation;
  readonly constraints?: readonly string[];
  /** Draws up to the last accepted one. */
  readonly attempts: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Rejected draws by the reason their verdict gave ('rejected' where it gave none). */
  readonly rejectedBy: Readonly<Record<string, number>>;
  /** accepted / attempts. */
  readonly acceptanceRate: number;
}

/** An immutable table of parameter sets. Rows of the models alternate, so any stretch is balanced. */
export interface Plan {
  /** sha256 of the canonical JSON of everything in the plan but this. */
  readonly planId: string;
  readonly seed: bigint;
  readonly design: DesignKind;
  readonly models: readonly PlanModel[];
  readonly rowCount: number;
  /** @throws PlanError ROW_OUT_OF_RANGE */
  row(row: number): PlanRow;
  [Symbol.iterator](): IterableIterator<PlanRow>;
  toJSON(): PlanJson;
}

/** A plan as JSON; values are `[accepted, parameters]` in the order of the model's parameters. */
export interface PlanJson {
  readonly format: 'spectraloom-plan';
  readonly version: 1;
  readonly planId: string;
  /** Decimal, for 64 bits. */
  readonly seed: string;
  readonly design: DesignKind;
  readonly models: readonly {
    readonly label: string;
    readonly parameters: readonly PlanParameter[];
    readonly correlation?: Correlation;
    readonly constraints?: readonly string[];
    readonly attempts: number;
    readonly rejectedBy: Readonly<Record<string, number>>;
    readonly values: readonly (readonly number[])[];
  }[];
}

/** The accepted draws of one model, before the plan is put together. */
export interface DrawnModel {
  readonly label: string;
  readonly parameters: readonly PlanParameter[];
  readonly correlation?: Correlation;
  readonly constraints?: readonly string[];
  readonly attempts: number;
  readonly rejectedBy: Readonly<Record<string, number>>;
  /** `[accepted, parameters]`, row-major, in each parameter's unit. */
  readonly values: Float64Array;
  readonly accepted: number;
}

/** Puts a plan together and hashes it. */
export function assemblePlan(seed: bigint, design: DesignKind, drawn: readonly DrawnModel[]): Plan {
  const body: Omit<PlanJson, 'planId'> = {
    format: 'spectraloom-plan',
    version: 1,
    seed: seed.toString(),
    design,
    models: drawn.map((model) => ({
      label: model.label,
      parameters: model.parameters.map(plainParameter),
      ...(model.correlation && { correlation: model.correlation }),
      ...(model.constraints?.length && { constraints: [...model.constraints] }),
      attempts: model.attempts,
      rejectedBy: model.rejectedBy,
      values: Array.from({ length: model.accepted }, (_, i) => {
        const width = model.parameters.length;
        return Array.from(model.values.subarray(i * width, (i + 1) * width));
      }),
    })),
  };
  const planId = sha256Hex(canonicalJson(body));
  return planOf(planId, body);
}

/** The plan of a JSON body whose planId is known to be right. */
export function planOf(planId: string, body: Omit<PlanJson, 'planId'>): Plan {
  const seed = BigInt(body.seed);
  const counts = body.models.map((model) => model.values.length);
  const { modelOf, indexOf } = interleave(counts);
  const rowCount = modelOf.length;
  const models = body.models.map((model, m) =>
    Object.freeze({
      label: model.label,
      parameters: deepFreeze(model.parameters),
      ...(model.correlation && { correlation: deepFreeze(model.correlation) }),
      ...(model.constraints && { constraints: deepFreeze(model.constraints) }),
      attempts: model.attempts,
      accepted: counts[m]!,
      rejected: model.attempts - counts[m]!,
      rejectedBy: Object.freeze({ ...model.rejectedBy }),
      acceptanceRate: model.attempts === 0 ? 1 : counts[m]! / model.attempts,
    }),
  );
  const row = (number: number): PlanRow => {
    if (!(Number.isInteger(number) && number >= 0 && number < rowCount)) {
      throw new PlanError({
        code: 'ROW_OUT_OF_RANGE',
        what: 'The plan has no such row',
        got: String(number),
        expected: `0 <= row < ${rowCount}`,
      });
    }
    const model = body.models[modelOf[number]!]!;
    const values = model.values[indexOf[number]!]!;
    const parameters: Record<string, number> = {};
    model.parameters.forEach((parameter, i) => {
      parameters[parameter.name] = values[i]!;
    });
    return Object.freeze({
      row: number,
      label: model.label,
      parameters: Object.freeze(parameters),
      seed: rowSeed(planId, number),
    });
  };
  return Object.freeze({
    planId,
    seed,
    design: body.design,
    models: Object.freeze(models),
    rowCount,
    row,
    *[Symbol.iterator]() {
      for (let i = 0; i < rowCount; i++) yield row(i);
    },
    // A copy, so that nobody holds the plan's own arrays.
    toJSON: () => ({
      ...body,
      planId,
      models: body.models.map((m) => ({ ...m, values: m.values.map((line) => line.slice()) })),
    }),
  });
}

/** Only what a plan keeps of a parameter, members in the plan's own order. */
function plainParameter(parameter: PlanParameter): PlanParameter {
  const { name, unit, value, prior } = parameter;
  return {
    name,
    unit,
    ...(value !== undefined && { value }),
    ...(prior !== undefined && { prior: { ...prior } }),
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
