import { ClassicalHamiltonian, directionsOf } from '../groundstate/classicalHamiltonian.js';
import { relax } from '../groundstate/relax.js';
import type { ModelProblem } from '../errors.js';
import { firstShells } from '../crystal/neighbours.js';
import type { Mat3, Vec3 } from '../crystal/geometry.js';
import { formatXyz } from '../crystal/symmetryOperation.js';
import { TORQUE_TOLERANCE } from '../theory/stability.js';
import type { Crystal } from './crystal.js';
import { resolveModel } from './parse.js';
import type { ResolvedRule } from './interactions.js';
import { allowedExchange } from './symmetryImages.js';
import type { SpinModel } from './types.js';

/** What `spectraloom model check` says of a model file. */
export interface ModelReport {
  /** No errors (warnings may remain). */
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
}

export interface SiteReport {
  /** 'Mn4#2'. */
  readonly name: string;
  readonly label: string;
  /** Fractional in the magnetic cell. */
  readonly position: Vec3;
  readonly spin: number;
  readonly direction: Vec3;
  readonly ion?: string;
}

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

export interface ShellReport {
  readonly shell: number;
  readonly lengthAngstrom: number;
  readonly pairs: number;
  readonly labels: readonly string[];
}

export interface CheckOptions {
  readonly source?: string;
  /** Random starts of the search for a state of lower energy; default 8, 0 for none. */
  readonly starts?: number;
  /** Shells listed; default 8. */
  readonly shells?: number;
}

/** Sites above which no state of lower energy is searched for. */
const maxSearchSites = 64;

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
  return { ok: true, model, ...report, ...checkState(model, problems, options) };
}

/** Energy and torque, and a warning where the state is none or not the lowest. */
function checkState(
  model: SpinModel,
  problems: ModelProblem[],
  options: CheckOptions,
): Pick<ModelReport, 'classicalEnergyMeV' | 'relativeTorque'> {
  const p = Float64Array.from(model.parameters, (x) => x.value);
  const h = new ClassicalHamiltonian(model, p);
  const classicalEnergyMeV = h.energy(directionsOf(model));
  const { relative, site } = worstTorque(model, h);
  const warn = (code: string, what: string, next: string) =>
    problems.push({ code, severity: 'warning', path: '', where: options.source, what, next });
  if (relative > TORQUE_TOLERANCE)
    warn(
      'TORQUE',
      `spin ${site} (${model.sites[site]!.label}) feels a torque of ${relative.toPrecision(3)} of its local field: the state is not stationary`,
      "correct the directions, or let structure: 'relax' find them",
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
  return { classicalEnergyMeV, relativeTorque: relative };
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
    minLengthAngstrom: Math.min(...lengths),
    maxLengthAngstrom: Math.max(...lengths),
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

/** The report as plain text, for a terminal. */
export function formatReport(report: ModelReport): string {
  const lines: string[] = [];
  const { model } = report;
  if (model) {
    const { a, b, c, alpha, beta, gamma } = model.lattice;
    lines.push(
      `${model.name} (label ${model.label})`,
      `magnetic cell ${[a, b, c].map((x) => fixed(x, 4)).join(' x ')} Å, ${[alpha, beta, gamma].map((x) => fixed(x, 2)).join(', ')} degrees; ${model.supercell.join(' x ')} of the lattice, ${model.sites.length} sites`,
    );
    if (model.rotatingFrame)
      lines.push(
        `rotating frame: k = (${model.rotatingFrame.k.map((x) => fixed(x, 5)).join(', ')}) of the magnetic cell about (${model.rotatingFrame.axis.map((x) => fixed(x, 4)).join(', ')})`,
      );
    lines.push('', 'sites (fractional position; spin; direction, Cartesian):');
    for (const s of report.sites)
      lines.push(
        `  ${s.name.padEnd(10)} (${s.position.map((x) => fixed(x, 5)).join(', ')})  S = ${s.spin}${s.ion ? `  ${s.ion}` : ''}  (${s.direction.map((x) => fixed(x, 4)).join(', ')})`,
      );
  }
  if (report.shells.length > 0) {
    lines.push('', 'shells (pairs in a cell of the lattice):');
    for (const s of report.shells)
      lines.push(
        `  ${String(s.shell).padStart(3)}  ${fixed(s.lengthAngstrom, 4)} Å  ${s.pairs}  ${s.labels.join(', ')}`,
      );
  }
  if (report.rules.length > 0) {
    lines.push('', 'interactions (bonds in the magnetic cell, each counted once):');
    for (const r of report.rules) {
      const length =
        r.maxLengthAngstrom - r.minLengthAngstrom < 1e-6
          ? fixed(r.minLengthAngstrom, 4)
          : `${fixed(r.minLengthAngstrom, 4)} to ${fixed(r.maxLengthAngstrom, 4)}`;
      lines.push(
        `  ${r.name.padEnd(12)} ${r.bonds} bonds  ${length} Å  ${r.labels.join(', ')}${r.allowed ? `  (symmetry allows ${r.allowed.length} constants)` : ''}`,
      );
    }
  }
  if (report.classicalEnergyMeV !== undefined)
    lines.push('', `classical energy ${fixed(report.classicalEnergyMeV, 6)} meV a magnetic cell`);
  if (report.relativeTorque !== undefined)
    lines.push(`largest torque ${report.relativeTorque.toExponential(1)} of the local field`);
  lines.push('');
  for (const p of report.problems)
    lines.push(
      [
        `${p.severity}: ${p.what}`,
        p.where && `  where: ${p.where}`,
        p.got && `  got: ${p.got}`,
        p.expected && `  expected: ${p.expected}`,
        p.next && `  next: ${p.next}`,
      ]
        .filter(Boolean)
        .join('\n'),
    );
  const errors = report.problems.filter((p) => p.severity === 'error').length;
  const warnings = report.problems.length - errors;
  lines.push(
    report.ok
      ? `ok${warnings > 0 ? `, ${warnings} warning${warnings > 1 ? 's' : ''}` : ''}`
      : `${errors} error${errors > 1 ? 's' : ''}`,
  );
  return lines.join('\n');
}

function fixed(x: number, digits: number): string {
  return (Number(x.toFixed(digits)) + 0).toString();
}
