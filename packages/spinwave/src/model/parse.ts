import { spaceGroupOperations } from '../crystal/spaceGroup.js';
import { supercellLattice } from '../crystal/lattice.js';
import { relax } from '../groundstate/relax.js';
import { ModelError } from '../errors.js';
import type { ModelProblem } from '../errors.js';
import { resolveCrystal, resolveLattice, resolveOperations } from './crystal.js';
import type { Crystal } from './crystal.js';
import { resolveInteractions } from './interactions.js';
import type { ResolvedRule } from './interactions.js';
import { resolveOnSite } from './onSite.js';
import { ParameterTable } from './parameters.js';
import { Problems } from './problems.js';
import { checkRotatingFrame } from './rotatingFrame.js';
import type { ModelFile } from './schema.js';
import { readModelSource } from './source.js';
import { resolveStructure } from './structure.js';
import { resolveDipole, resolveField, resolveTemperature, resolveTwins } from './surroundings.js';
import type { SpinModel } from './types.js';
import { validateShape } from './validate.js';

/** Everything that reading a model file brings to light. */
export interface ResolvedModel {
  /** Undefined when there are errors. */
  readonly model?: SpinModel;
  readonly problems: readonly ModelProblem[];
  /** As far as the file allowed. */
  readonly crystal?: Crystal;
  readonly rules: readonly ResolvedRule[];
}

/**
 * Reads a model file (YAML or JSON; docs/guides/model-files.md) into a spin model. `source` is the
 * file's name for messages. With `structure: relax` the directions are those of the classical ground
 * state at the default parameters (groundstate/relax.ts, seeded).
 * @throws ModelError listing every problem with its line and column
 */
export function parseSpinModel(text: string, options: { source?: string } = {}): SpinModel {
  const { model, problems } = resolveModel(text, options);
  if (model === undefined) throw new ModelError(problems);
  return model;
}

/** As `parseSpinModel`, but hands back problems (warnings too) instead of throwing them. */
export function resolveModel(text: string, options: { source?: string } = {}): ResolvedModel {
  let source: ReturnType<typeof readModelSource>;
  try {
    source = readModelSource(text, options.source);
  } catch (error) {
    if (error instanceof ModelError) return { problems: error.problems, rules: [] };
    throw error;
  }
  const problems = new Problems(source);
  const file = validateShape(source.value, problems);
  const resolved = file ? resolveFile(file, problems) : { rules: [] };
  const { model, ...rest } = resolved;
  return {
    ...rest,
    problems: problems.list,
    ...(model && !problems.hasErrors && { model }),
  };
}

function resolveFile(
  file: ModelFile,
  problems: Problems,
): Pick<ResolvedModel, 'model' | 'crystal' | 'rules'> {
  const table = new ParameterTable(file.parameters, problems);
  const chemicalLattice = resolveLattice(file, problems);
  if (!chemicalLattice) return { rules: [] };
  const group = resolveOperations(file, chemicalLattice, spaceGroupOperations, problems);
  const field = resolveField(file, chemicalLattice, table, problems);
  const twins = resolveTwins(file, chemicalLattice, problems);
  const dipole = resolveDipole(file, problems);
  const temperatureKelvin = resolveTemperature(file, problems);
  const crystal = resolveCrystal(file, chemicalLattice, group, problems);
  // bonds between sites that are wrong would only repeat what was said of the sites
  if (problems.list.some((p) => p.code === 'SITE_OVERLAP' || p.code === 'TOO_LARGE'))
    return { crystal, rules: [] };
  const cell = resolveStructure(file, crystal, problems);
  if (!cell) return { crystal, rules: [] };
  const rules = resolveInteractions(file, crystal, cell, table, problems);
  const onSite = resolveOnSite(file, crystal, cell, table, problems);
  table.warnUnused();
  const model: SpinModel = {
    name: file.name,
    label: file.label ?? labelFrom(file.name),
    parameters: table.parameters,
    lattice: supercellLattice(chemicalLattice, cell.supercell),
    chemicalLattice,
    supercell: cell.supercell,
    sites: cell.sites,
    bonds: rules.flatMap((r) => r.bonds),
    ...onSite,
    field,
    twins,
    temperatureKelvin,
    relax: cell.relax !== undefined,
    ...(dipole && { dipole }),
    ...(file.conventions && { conventions: file.conventions }),
    ...(cell.rotatingFrame && { rotatingFrame: cell.rotatingFrame }),
  };
  checkRotatingFrame(model, problems);
  return { model: cell.relax ? relaxed(model, cell.relax, problems) : model, crystal, rules };
}

/** The model in the state that relaxation at the default parameters finds. */
function relaxed(
  model: SpinModel,
  options: { starts: number; seed: number },
  problems: Problems,
): SpinModel {
  if (problems.hasErrors) return model;
  const state = relax(model, undefined, { ...options, fromModel: false });
  if (!state.converged)
    problems.warn('NOT_RELAXED', ['structure'], {
      what: 'the relaxation of the spins did not converge',
      got: `a torque of ${state.torqueMeV.toPrecision(3)} meV`,
      next: 'give more starts, or the directions',
    });
  return state.model;
}

function labelFrom(name: string): string {
  const label = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return label || 'model';
}
