import { add } from '../crystal/geometry.js';
import type { Vec3 } from '../crystal/geometry.js';
import type { Neighbour } from '../crystal/neighbours.js';
import { BondFinder, selectBonds } from './bondSelection.js';
import type { CrystalBond } from './bondSelection.js';
import type { Crystal } from './crystal.js';
import { frameAxes } from './directions.js';
import { explicitBonds } from './explicitBonds.js';
import { isIsotropic, isSymmetric, resolveExchange, reverseTerms, sameTerms } from './exchange.js';
import type { ResolvedExchange } from './exchange.js';
import type { ParameterTable } from './parameters.js';
import type { Problems } from './problems.js';
import type { InteractionSpec, ModelFile } from './schema.js';
import { siteName } from './siteReference.js';
import type { FilePath } from './source.js';
import { magneticIndex, spinCosine } from './structure.js';
import type { MagneticCell } from './structure.js';
import { bondKey, imageOf } from './symmetryImages.js';
import type { ExchangeBond } from './symmetryImages.js';
import type { Bond } from './types.js';
import { formatXyz } from '../crystal/symmetryOperation.js';

/** One rule of `interactions` and the bonds it makes. */
export interface ResolvedRule {
  readonly name: string;
  readonly entry: number;
  /** Bonds of the crystal it starts from (before spins and supercell). */
  readonly crystalBonds: readonly Neighbour[];
  readonly bonds: readonly Bond[];
}

const waysToPick = ['bond', 'bonds', 'shell', 'distance', 'vector'] as const;
const filters = ['direction', 'from', 'to', 'where', 'tolerance'] as const;
/** Bonds of a magnetic cell; a range of 50 Å on one site a cell makes half as many. */
const maxBonds = 100_000;

/** Works out every rule of the file. Records what is wrong with each. */
export function resolveInteractions(
  file: ModelFile,
  crystal: Crystal,
  cell: MagneticCell,
  table: ParameterTable,
  problems: Problems,
): ResolvedRule[] {
  const finder = new BondFinder(crystal, file);
  const axes = frameAxes(file.frame, crystal.lattice);
  const rules: ResolvedRule[] = [];
  let total = 0;
  for (const [entry, spec] of (file.interactions ?? []).entries()) {
    const path: FilePath = ['interactions', entry];
    const name = spec.name ?? defaultName(spec, entry);
    const exchange = resolveExchange(spec.exchange, table, axes, [...path, 'exchange']);
    const before = problems.list.length;
    const crystalBonds = crystalBondsOf(spec, exchange, crystal, finder, path, problems);
    if (problems.list.slice(before).some((p) => p.severity === 'error')) continue;
    total += crystalBonds.length * (cell.sites.length / crystal.sites.length);
    if (total > maxBonds) {
      problems.error('TOO_LARGE', path, {
        what: 'the rules make too many bonds',
        got: `${Math.round(total)} in a magnetic cell`,
        expected: `at most ${maxBonds}`,
        next: 'shorten the range of this rule; for dipoles use `dipole`',
      });
      break;
    }
    const bonds = expand(crystalBonds, exchange, name, crystal, cell, spec.spins);
    checkCount(spec, name, crystalBonds.length, bonds, cell, path, problems);
    rules.push({ name, entry, crystalBonds: crystalBonds.map((b) => b.bond), bonds });
  }
  warnOfOverlap(rules, problems);
  return rules;
}

function crystalBondsOf(
  spec: InteractionSpec,
  exchange: ResolvedExchange,
  crystal: Crystal,
  finder: BondFinder,
  path: FilePath,
  problems: Problems,
): ExchangeBond[] {
  const picked = waysToPick.filter((w) => spec[w] !== undefined);
  if (picked.length !== 1) {
    problems.error('RULE', picked.length > 1 ? [...path, picked[1]!] : path, {
      what:
        picked.length === 0
          ? 'the rule does not say which bonds it is for'
          : `the rule picks its bonds in ${picked.length} ways`,
      got: picked.join(' and ') || undefined,
      expected: `one of ${waysToPick.join(', ')}`,
    });
    return [];
  }
  if (spec.bond || spec.bonds) {
    for (const f of filters)
      if (spec[f] !== undefined)
        problems.error('RULE', [...path, f], {
          what: `'${f}' says nothing about an explicit bond`,
          next: 'remove it, or pick the bonds by shell, distance or vector',
        });
    return explicitBonds(spec, exchange, crystal, path, problems);
  }
  const selected = selectBonds(spec, crystal, finder, path, problems);
  if (selected.length === 0) {
    problems.error('NO_BONDS', [...path, picked[0]!], {
      what: `the rule matches no bond`,
      got: describeRule(spec),
      next: nearestLengths(finder, spec),
    });
    return [];
  }
  checkOrientation(selected, exchange, crystal, path, problems);
  const bonds = selected.map((bond) => ({ bond, exchange: exchange.exchange }));
  warnIfSymmetryBroken(bonds, exchange, crystal, path, problems);
  return bonds;
}

/** A bond without a direction of its own cannot carry a matrix that depends on the direction. */
function checkOrientation(
  selected: readonly CrystalBond[],
  exchange: ResolvedExchange,
  crystal: Crystal,
  path: FilePath,
  problems: Problems,
): void {
  if (isSymmetric(exchange.exchange)) return;
  const open = selected.find((b) => b.bothWays);
  if (!open) return;
  problems.error('NON_HERMITIAN_EXCHANGE', [...path, 'exchange'], {
    what: `the exchange depends on the direction of the bond, and the rule leaves it open: read from the other end ${siteName(crystal, open.from)} - ${siteName(crystal, open.to)} would have the transposed matrix`,
    expected: 'a symmetric matrix, or bonds with a direction',
    next: "add from / to with different labels, `direction`, `where: 'step.x > 0'`, or give explicit bonds",
  });
}

/** Copies bonds of the crystal into every cell of the magnetic cell, and applies `spins`. */
function expand(
  crystalBonds: readonly ExchangeBond[],
  exchange: ResolvedExchange,
  rule: string,
  crystal: Crystal,
  cell: MagneticCell,
  spins: InteractionSpec['spins'],
): Bond[] {
  const bonds: Bond[] = [];
  const n = crystal.sites.length;
  const [n0, n1, n2] = cell.supercell;
  for (const { bond, exchange: terms } of crystalBonds)
    for (let i = 0; i < n0; i++)
      for (let j = 0; j < n1; j++)
        for (let k = 0; k < n2; k++) {
          const target = add([i, j, k], bond.cell);
          const outside = target.map((x, d) =>
            Math.floor(x / cell.supercell[d]!),
          ) as unknown as Vec3;
          const inside = target.map(
            (x, d) => x - outside[d]! * cell.supercell[d]!,
          ) as unknown as Vec3;
          const from = magneticIndex(cell.supercell, n, bond.from, [i, j, k]);
          const to = magneticIndex(cell.supercell, n, bond.to, inside);
          if (spins) {
            const cosine = spinCosine(cell, from, to, outside);
            if (spins === 'equal' ? cosine < 0.999 : cosine > -0.999) continue;
          }
          bonds.push({
            from,
            to,
            cell: outside,
            exchange: terms,
            lengthAngstrom: bond.lengthAngstrom,
            rule,
            ...(exchange.biquadratic.length > 0 && { biquadratic: exchange.biquadratic }),
          });
        }
  return bonds;
}

function checkCount(
  spec: InteractionSpec,
  name: string,
  before: number,
  bonds: readonly Bond[],
  cell: MagneticCell,
  path: FilePath,
  problems: Problems,
): void {
  if (spec.spins && cell.relax) {
    problems.error('RULE', [...path, 'spins'], {
      what: 'a rule cannot depend on spins that are still to be found by relaxation',
      next: 'give the spin directions, or pick the bonds otherwise',
    });
    return;
  }
  if (bonds.length === 0 && spec.spins)
    problems.error('NO_BONDS', [...path, 'spins'], {
      what: `none of the ${before} bonds joins ${spec.spins} spins`,
      got: describeRule(spec),
    });
  else if (spec.count !== undefined && spec.count !== bonds.length)
    problems.error('BOND_COUNT', [...path, 'count'], {
      what: `rule '${name}' makes another number of bonds than it says`,
      got: `${bonds.length} bonds a magnetic cell`,
      expected: `${spec.count}`,
    });
}

/** Anisotropic matrices set by a rule are the same for all its bonds: rarely what symmetry says. */
function warnIfSymmetryBroken(
  bonds: readonly ExchangeBond[],
  exchange: ResolvedExchange,
  crystal: Crystal,
  path: FilePath,
  problems: Problems,
): void {
  if (!crystal.hasSymmetry || isIsotropic(exchange.exchange)) return;
  const known = new Map(bonds.map((b) => [bondKey(b.bond).key, bondKey(b.bond).turned]));
  for (const operation of crystal.group)
    for (const b of bonds) {
      const image = imageOf(crystal, b, operation);
      const { key, turned } = bondKey(image.bond);
      const at = known.get(key);
      if (at === undefined) continue;
      const terms = at === turned ? image.exchange : reverseTerms(image.exchange);
      if (sameTerms(terms, exchange.exchange)) continue;
      problems.warn('SYMMETRY_BROKEN', [...path, 'exchange'], {
        what: `one matrix for all bonds of the rule breaks the symmetry ${formatXyz(operation)}`,
        next: 'give one explicit bond, which is propagated with its matrix turned',
      });
      return;
    }
}

/** The same bond under two rules is legal (they add), and worth a word. */
function warnOfOverlap(rules: readonly ResolvedRule[], problems: Problems): void {
  const owner = new Map<string, ResolvedRule>();
  const told = new Set<string>();
  for (const rule of rules)
    for (const bond of rule.bonds) {
      const { key } = bondKey(bond);
      const other = owner.get(key);
      const pair = other && `${other.entry},${rule.entry}`;
      if (other && other !== rule && !told.has(pair!)) {
        told.add(pair!);
        problems.warn('BOND_IN_TWO_RULES', ['interactions', rule.entry], {
          what: `rules '${other.name}' and '${rule.name}' share bonds: there they add`,
        });
      }
      owner.set(key, rule);
    }
}

function defaultName(spec: InteractionSpec, entry: number): string {
  return typeof spec.exchange === 'object' ? `interactions[${entry}]` : String(spec.exchange);
}

function describeRule(spec: InteractionSpec): string {
  const parts: string[] = [];
  for (const key of [...waysToPick, ...filters, 'spins'] as const)
    if (spec[key] !== undefined && key !== 'bond' && key !== 'bonds')
      parts.push(`${key} ${JSON.stringify(spec[key])}`);
  return parts.join(', ');
}

/** Lengths there are near the one asked for. */
function nearestLengths(finder: BondFinder, spec: InteractionSpec): string {
  if (spec.distance !== undefined && !Array.isArray(spec.distance)) {
    const asked = Number(spec.distance);
    const near = finder.between(0, 1.3 * asked + 1).map((p) => p.lengthAngstrom);
    const distinct = [...new Set(near.map((l) => l.toFixed(4)))]
      .sort((x, y) => Math.abs(Number(x) - asked) - Math.abs(Number(y) - asked))
      .slice(0, 4);
    if (distinct.length > 0) return `the nearest lengths are ${distinct.map(Number).join(', ')} Å`;
  }
  return 'see the shells that `spectraloom model check` lists';
}
