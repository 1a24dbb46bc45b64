import { ClassicalHamiltonian, directionsOf } from '../groundstate/classicalHamiltonian.js';
import { luttingerTisza } from '../groundstate/luttingerTisza.js';
import { relax } from '../groundstate/relax.js';
import type { ModelProblem } from '../errors.js';
import { firstShells } from '../crystal/neighbours.js';
import type { Mat3, Vec3 } from '../crystal/geometry.js';
import { formatXyz } from '../crystal/symmetryOperation.js';
import { prepare } from '../theory/prepare.js';
import { checkStability, TORQUE_TOLERANCE } from '../theory/stability.js';
import type { Crystal } from './crystal.js';
import { resolveModel } from './parse.js';
import type { ResolvedRule } from './interactions.js';
import { allowedExchange } from './symmetryImages.js';
import type { SpinModel } from './types.js';

/** What `spectraloom model check` says of a model file. */
export interface ModelReport {
  /** No errors (warnings may remain), and the state at the default parameters is stable. */
  readonly ok: boolean;
  readonly problems: readonly ModelProblem[];
  /** Only when ok. */
  readonly model?: SpinModel;
  readonly sites: readonly SiteReport[];
  readonly rules: readonly RuleReport[];
  /** The shortest distances between sites, with the number of pairs in a cell of the file. */
  readonly shells: readonly ShellReport[];
  /** Operations of the symmetry, as xyz strings. */
  readonly operations: readonly string[];
  /** meV per magnetic cell at the default parameters. */
  readonly classicalEnergyMeV?: number;
  /** Largest torque on a spin relative to the local field; above 5e-3 there is no spectrum. */
  readonly relativeTorque?: number;
  /** Of the default parameters, over a grid of the magnetic zone; absent for very large cells. */
  readonly stability?: {
    readonly stable: boolean;
    readonly worstQ: Vec3;
    readonly worstMeV: number;
  };
}

/** One spin of the magnetic cell. */
export interface SiteReport {
  /** 'Mn4#2'. */
  readonly name: string;
  readonly label: string;
  /** Fractional in the magnetic cell. */
  readonly position: Vec3;
  /** S, in units of hbar. */
  readonly spin: number;
  /** Unit vector, Cartesian. */
  readonly direction: Vec3;
  /** As the form-factor table calls it. */
  readonly ion?: string;
}

/** One interaction of the file: the bonds it made. */
export interface RuleReport {
  readonly name: string;
  /** Bonds in the magnetic cell. */
  readonly bonds: number;
  readonly minLengthAngstrom: number;
  readonly maxLengthAngstrom: number;
  /** Labels at the ends, e.g. 'Mn3 - Mn4'. */
  readonly labels: readonly string[];
  /** Basis of the matrices that the symmetry of the first bond allows; only with a symmetry. */
  readonly allowed?: readonly Mat3[];
}

/** Pairs of sites at one distance, nearest first. */
export interface ShellReport {
  /** From 1. */
  readonly shell: number;
  readonly lengthAngstrom: number;
  /** In the magnetic cell. */
  readonly pairs: number;
  readonly labels: readonly string[];
}

/** How much `checkModel` looks for. */
export interface CheckOptions {
  readonly source?: string;
  /** Random starts of the search for a state of lower energy; default 8, 0: no search, of k neither. */
  readonly starts?: number;
  /** Shells listed; default 8. */
  readonly shells?: number;
}

/** Sites above which no state of lower energy is searched for. */
const maxSearchSites = 64;

/** Sites above which stability over the zone is left to the run. */
const maxStabilitySites = 128;

/** Sites, and bonds, above which no Luttinger-Tisza bound is worked out. */
const maxBoundSites = 32;
const maxBoundBonds = 5000;

/** Reads a model file and reports all there is to say of it; never throws for what the file holds. */
export function checkModel(text: string, options: CheckOptions = {}): ModelReport {
  const resolved = resolveModel(text, options);
  const { model, crystal } = resolved;
  const problems = [...resolved.problems];
  const report = {
    problems,
    sites: model ? siteReports(model) : [],
    rules: crystal ? resolved.rules.map((rule) => ruleReport(rule, crystal)) : [],
    shells: crystal ? shellReports(crystal, options.shells ?? 8) : [],
    operations: crystal?.hasSymmetry ? crystal.group.map(formatXyz) : [],
  };
  if (!model) return { ok: false, ...report };
  const state = checkState(model, problems, options);
  return { ok: problems.every((p) => p.severity !== 'error'), model, ...report, ...state };
}

/** Energy and torque, and a warning where the state is none or not the lowest. */
function checkState(
  model: SpinModel,
  problems: ModelProblem[],
  options: CheckOptions,
): Pick<ModelReport, 'classicalEnergyMeV' | 'relativeTorque' | 'stability'> {
  const p = Float64Array.from(model.parameters, (x) => x.value);
  const h = new ClassicalHamiltonian(model, p);
  const classicalEnergyMeV = h.energy(directionsOf(model));
  const { relative, site } = worstTorque(model, h);
  const say = (severity: 'error' | 'warning', code: string, what: string, next: string) =>
    problems.push({ code, severity, path: '', where: options.source, what, next });
  const warn = (code: string, what: string, next: string) => say('warning', code, what, next);
  if (relative > TORQUE_TOLERANCE)
    say(
      'error',
      'TORQUE',
      `spin ${site} (${model.sites[site]!.label}) feels a torque of ${relative.toPrecision(3)} of its local field: the state is not stationary`,
      "correct the directions, or let structure: 'relax' find them",
    );
  const lower = lowerK(model, p, classicalEnergyMeV, options);
  if (lower)
    warn(
      'LOWER_K',
      `a state with another propagation vector may lie lower: k = (${lower.k.map((x) => Number(x.toFixed(5))).join(', ')}) r.l.u. has the Luttinger-Tisza bound ${lower.boundMeV.toPrecision(8)} meV a magnetic cell, against ${classicalEnergyMeV.toPrecision(8)} meV`,
      'check signs and the propagation vector',
    );
  const starts = options.starts ?? 8;
  if (starts > 0 && model.sites.length <= maxSearchSites && !model.relax) {
    const lowest = relax(model, p, { starts, seed: 1 });
    if (lowest.energyMeV < classicalEnergyMeV - 1e-6 * Math.max(1e-3, Math.abs(classicalEnergyMeV)))
      warn(
        'NOT_GROUND_STATE',
        `a state of lower energy exists in the same cell: ${lowest.energyMeV.toPrecision(8)} meV, against ${classicalEnergyMeV.toPrecision(8)} meV`,
        "check signs and directions, or use structure: 'relax'",
      );
  }
  const stability = relative > TORQUE_TOLERANCE ? undefined : stabilityOf(model, p);
  if (stability && !stability.stable)
    say(
      'error',
      'UNSTABLE',
      `the spin state is not a minimum at these parameters: at q = (${stability.worstQ.map((x) => Number(x.toFixed(4)) + 0).join(', ')}) r.l.u. the lowest eigenvalue of H(q) is ${stability.worstMeV.toPrecision(4)} meV, so it has no spectrum`,
      'correct signs and directions; draws from the priors are tested one by one',
    );
  return { classicalEnergyMeV, relativeTorque: relative, ...(stability && { stability }) };
}

/** Over a grid of the magnetic zone, coarser for large cells; undefined above `maxStabilitySites`. */
function stabilityOf(model: SpinModel, p: Float64Array): ModelReport['stability'] {
  const n = model.sites.length;
  if (n > maxStabilitySites) return undefined;
  const { stable, worstQ, worstEigenvalueMeV } = checkStability(prepare(model), p, {
    ...(n > maxBoundSites && { grid: n > maxSearchSites ? 4 : 8 }),
  });
  return { stable, worstQ, worstMeV: worstEigenvalueMeV };
}

/**
 * The propagation vector of the Luttinger-Tisza minimum where its bound is below the energy of the
 * model and a state of full-length spins may reach it; undefined where the method does not apply.
 */
function lowerK(
  model: SpinModel,
  p: Float64Array,
  energyMeV: number,
  options: CheckOptions,
): { k: Vec3; boundMeV: number } | undefined {
  const quantum = model.conventions?.singleIon === 'quantum' && model.anisotropies.length > 0;
  if (options.starts === 0 || quantum || model.dipole) return undefined;
  if (model.sites.length > maxBoundSites || model.bonds.length > maxBoundBonds) return undefined;
  const bound = luttingerTisza(model, p, { grid: 12 });
  const slack = 1e-5 * Math.max(1e-3, Math.abs(energyMeV));
  if (bound.ignored.length > 0 || !bound.equalLengths) return undefined;
  if (bound.energyBoundMeV > energyMeV - slack) return undefined;
  return { k: bound.kChemical, boundMeV: bound.energyBoundMeV };
}

/** The largest part of dE/dS_i across its spin, relative to the largest dE/dS_i. */
function worstTorque(
  model: SpinModel,
  h: ClassicalHamiltonian,
): { relative: number; site: number } {
  const d = directionsOf(model);
  const g = new Float64Array(d.length);
  h.gradient(d, g);
  let [site, across, largest] = [0, 0, 0];
  for (const [i, { spin }] of model.sites.entries()) {
    const [x, y, z] = [g[3 * i]! / spin, g[3 * i + 1]! / spin, g[3 * i + 2]! / spin];
    const along = x * d[3 * i]! + y * d[3 * i + 1]! + z * d[3 * i + 2]!;
    const field = Math.hypot(x, y, z);
    const torque = Math.hypot(
      x - along * d[3 * i]!,
      y - along * d[3 * i + 1]!,
      z - along * d[3 * i + 2]!,
    );
    if (torque > across) [site, across] = [i, torque];
    largest = Math.max(largest, field);
  }
  return { relative: largest > 0 ? across / largest : 0, site };
}

function siteReports(model: SpinModel): SiteReport[] {
  const seen = new Map<string, number>();
  const total = new Map<string, number>();
  for (const s of model.sites) total.set(s.label, (total.get(s.label) ?? 0) + 1);
  return model.sites.map((s) => {
    const n = (seen.get(s.label) ?? 0) + 1;
    seen.set(s.label, n);
    return {
      name: total.get(s.label) === 1 ? s.label : `${s.label}#${n}`,
      label: s.label,
      position: s.position,
      spin: s.spin,
      direction: s.direction,
      ...(s.ion !== undefined && { ion: s.ion }),
    };
  });
}

function ruleReport(rule: ResolvedRule, crystal: Crystal): RuleReport {
  const lengths = rule.bonds.map((b) => b.lengthAngstrom);
  const first = rule.crystalBonds[0];
  const labels = rule.crystalBonds.map((b) => pairLabel(crystal, b.from, b.to));
  return {
    name: rule.name,
    bonds: rule.bonds.length,
    minLengthAngstrom: lengths.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    maxLengthAngstrom: lengths.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
    labels: [...new Set(labels)],
    ...(crystal.hasSymmetry && first && { allowed: allowedExchange(crystal, first) }),
  };
}

function shellReports(crystal: Crystal, count: number): ShellReport[] {
  if (crystal.sites.length === 0) return [];
  const positions = crystal.sites.map((s) => s.position);
  return firstShells(crystal.lattice, positions, count, 0.001).map((shell, i) => ({
    shell: i + 1,
    lengthAngstrom: shell.lengthAngstrom,
    pairs: shell.pairs.length,
    labels: [...new Set(shell.pairs.map((p) => pairLabel(crystal, p.from, p.to)))],
  }));
}

function pairLabel(crystal: Crystal, from: number, to: number): string {
  return [crystal.sites[from]!.label, crystal.sites[to]!.label].sort().join(' - ');
}
