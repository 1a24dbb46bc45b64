export { PlanError } from './errors.js';
export type { PlanErrorCode, PlanErrorParts } from './errors.js';
export { createDesign, designKinds } from './design/design.js';
export type { Design, DesignKind } from './design/design.js';
export { canonicalJson, keyOf, rowSeed, sha256Hex } from './hash/canonical.js';
export { parseConstraint } from './plan/constraint.js';
export type { Constraint } from './plan/constraint.js';
export { drawPlan, drawPlanAsync, planSteps } from './plan/draw.js';
export type { AcceptRequest, CancelSignal, DrawOptions, PlanProgress } from './plan/draw.js';
export { epochOrder } from './plan/epoch.js';
export { planFromJson, planToText } from './plan/json.js';
export type { Plan, PlanJson, PlanModel, PlanRow } from './plan/plan.js';
export type {
  ParameterValues,
  PlanModelSpec,
  PlanParameter,
  PlanSpec,
  Verdict,
} from './plan/spec.js';
export { splitter } from './plan/split.js';
export type { SplitFractions, SplitName } from './plan/split.js';
export type { Correlation } from './priors/correlation.js';
export { normalCdf, normalQuantile } from './priors/normal.js';
export { priorSchema, quantileOf } from './priors/prior.js';
export type { PriorSpec } from './priors/prior.js';
export { permutation } from './random/permutation.js';
export { openUnit, philox4x32 } from './random/philox.js';
export type { PhiloxKey } from './random/philox.js';
