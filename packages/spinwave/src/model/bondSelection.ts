import type { Vec3 } from '../crystal/geometry.js';
import { cross, norm, normalize, scale, subtract, vecMat } from '../crystal/geometry.js';
import { firstShells, neighbourList } from '../crystal/neighbours.js';
import type { Neighbour } from '../crystal/neighbours.js';
import type { Crystal } from './crystal.js';
import { toNumber, toVec3 } from './numbers.js';
import type { Problems } from './problems.js';
import type { InteractionSpec, ModelFile, RealVec3 } from './schema.js';
import { resolveSites } from './siteReference.js';
import type { FilePath } from './source.js';
import { compileCondition } from './where.js';
import type { BondCondition } from './where.js';

/** A bond between sites of the crystal, in cells of the file's lattice. */
export interface CrystalBond extends Neighbour {
  /** Both ends fit the rule as `from`: the bond has no direction of its own. */
  readonly bothWays: boolean;
}

/** Bonds longer than this are not searched for, Å. */
const maxLength = 1000;

/** Finds pairs by length for all rules of one file, searching once for each length needed. */
export class BondFinder {
  readonly #crystal: Crystal;
  readonly #tolerance: number;
  #cutoff = 0;
  #pairs: Neighbour[] = [];

  constructor(crystal: Crystal, file: ModelFile) {
    this.#crystal = crystal;
    this.#tolerance = toNumber(file.shellTolerance ?? 0.001);
  }

  /** The n-th shell (from 1). Throws RangeError when the search grows too large. */
  shell(n: number): readonly Neighbour[] {
    const positions = this.#crystal.sites.map((s) => s.position);
    return firstShells(this.#crystal.lattice, positions, n, this.#tolerance)[n - 1]!.pairs;
  }

  /** All pairs with lengths in [min, max]. */
  between(min: number, max: number): readonly Neighbour[] {
    if (max > this.#cutoff) {
      const positions = this.#crystal.sites.map((s) => s.position);
      this.#pairs = neighbourList(this.#crystal.lattice, positions, max);
      this.#cutoff = max;
    }
    return this.#pairs.filter((p) => p.lengthAngstrom >= min && p.lengthAngstrom <= max);
  }
}

/**
 * The bonds a rule with shell, distance or vector picks, before its constraint on spins. Each is
 * oriented from `from` to `to`; where both ends fit, `bothWays` says so. Records what is wrong.
 */
export function selectBonds(
  spec: InteractionSpec,
  crystal: Crystal,
  finder: BondFinder,
  path: FilePath,
  problems: Problems,
): CrystalBond[] {
  const candidates = findCandidates(spec, crystal, finder, path, problems);
  const from = labelSet(spec.from, crystal, [...path, 'from'], problems);
  const to = labelSet(spec.to, crystal, [...path, 'to'], problems);
  const conditions = compileConditions(spec, path, problems);
  const along =
    spec.direction && normalize(vecMat(toVec3(spec.direction), crystal.lattice.vectors));
  const steps = spec.vector && stepList(spec.vector);
  if (!candidates || from === null || to === null || !conditions) return [];
  const fits = (bond: Neighbour): boolean => {
    if (from && !from.has(bond.from)) return false;
    if (to && !to.has(bond.to)) return false;
    if (steps && !steps.some((s) => length(crystal, subtract(bond.step, s)) < 0.01)) return false;
    if (along) {
      const unit = normalize(vecMat(bond.step, crystal.lattice.vectors));
      if (norm(cross(unit, along)) > 1e-3 || norm(subtract(unit, along)) > 1) return false;
    }
    const ends = {
      from: crystal.sites[bond.from]!.position,
      to: crystal.sites[bond.to]!.position,
      step: bond.step,
    };
    return conditions.every((holds) => holds(ends));
  };
  const selected: CrystalBond[] = [];
  for (const pair of candidates) {
    const back = reverse(pair);
    const forward = fits(pair);
    const backward = fits(back);
    if (forward) selected.push({ ...pair, bothWays: backward });
    else if (backward) selected.push({ ...back, bothWays: false });
  }
  return selected;
}

/** The same bond read from its other end. */
export function reverse(bond: Neighbour): Neighbour {
  return {
    from: bond.to,
    to: bond.from,
    cell: scale(bond.cell, -1).map((x) => x + 0) as unknown as Vec3,
    step: scale(bond.step, -1),
    lengthAngstrom: bond.lengthAngstrom,
  };
}

function findCandidates(
  spec: InteractionSpec,
  crystal: Crystal,
  finder: BondFinder,
  path: FilePath,
  problems: Problems,
): readonly Neighbour[] | undefined {
  if (crystal.sites.length === 0) return undefined;
  try {
    if (spec.shell !== undefined) return finder.shell(spec.shell);
    if (spec.vector !== undefined) {
      const lengths = stepList(spec.vector).map((s) => length(crystal, s));
      if (lengths.some((l) => l < 0.01)) {
        problems.error('SELF_BOND', [...path, 'vector'], {
          what: 'a bond of length zero ties a site to itself',
          expected: 'a step to another site',
        });
        return undefined;
      }
      return finder.between(Math.min(...lengths) - 0.01, Math.max(...lengths) + 0.01);
    }
    const [min, max] = distanceRange(spec);
    if (!(max > 0) || min > max || max > maxLength) {
      problems.error('DISTANCE', [...path, 'distance'], {
        what: 'not a bond length',
        got: `[${min}, ${max}] Å`,
        expected: `0 < length <= ${maxLength} Å`,
      });
      return undefined;
    }
    return finder.between(min, max);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.error('TOO_LARGE', path, { what: `the rule selects too much: ${error.message}` });
    return undefined;
  }
}

function distanceRange(spec: InteractionSpec): readonly [number, number] {
  if (Array.isArray(spec.distance)) return [toNumber(spec.distance[0]), toNumber(spec.distance[1])];
  const d = toNumber(spec.distance!);
  const tolerance = toNumber(spec.tolerance ?? 0.001);
  return [d - tolerance, d + tolerance];
}

function stepList(vector: NonNullable<InteractionSpec['vector']>): Vec3[] {
  return Array.isArray(vector[0])
    ? (vector as RealVec3[]).map(toVec3)
    : [toVec3(vector as RealVec3)];
}

function length(crystal: Crystal, step: Vec3): number {
  return norm(vecMat(step, crystal.lattice.vectors));
}

/** Sites of the labels; undefined without labels, null with a problem recorded. */
function labelSet(
  labels: string | string[] | undefined,
  crystal: Crystal,
  path: FilePath,
  problems: Problems,
): Set<number> | undefined | null {
  if (labels === undefined) return undefined;
  const sets = [labels].flat().map((l) => resolveSites(l, crystal, path, problems));
  return sets.some((s) => s === undefined) ? null : new Set(sets.flatMap((s) => s!));
}

function compileConditions(
  spec: InteractionSpec,
  path: FilePath,
  problems: Problems,
): BondCondition[] | undefined {
  const texts = spec.where === undefined ? [] : [spec.where].flat();
  const conditions: BondCondition[] = [];
  for (const [i, text] of texts.entries()) {
    try {
      conditions.push(compileCondition(text));
    } catch (error) {
      problems.error(
        'CONDITION',
        Array.isArray(spec.where) ? [...path, 'where', i] : [...path, 'where'],
        {
          what: (error as Error).message,
          expected: "such as 'step.x > 0', 'from.x = 1/2' or 'to.z < 0.5'",
        },
      );
      return undefined;
    }
  }
  return conditions;
}
