import { IDENTITY, matDistance, matMul, matScale, transpose } from '../crystal/geometry.js';
import type { Mat3, Vec3 } from '../crystal/geometry.js';
import { cartesianRotation, formatXyz } from '../crystal/symmetryOperation.js';
import { applyToPosition } from '../crystal/symmetryOperation.js';
import { siteAt } from './crystal.js';
import type { Crystal } from './crystal.js';
import { toUnit } from './directions.js';
import { mergeTerms, sameTerms, turnTerms } from './exchange.js';
import type { ParameterTable } from './parameters.js';
import type { Problems } from './problems.js';
import { resolveSites } from './siteReference.js';
import type { AnisotropySpec, ModelFile } from './schema.js';
import type { FilePath } from './source.js';
import { rotateStevens } from './stevens.js';
import type { MagneticCell } from './structure.js';
import type { LinearMatrixTerm, OnSiteAnisotropy, StevensTerm } from './types.js';

/** The single-ion terms of a file, by site of the magnetic cell. */
export interface OnSiteTerms {
  readonly anisotropies: readonly OnSiteAnisotropy[];
  readonly stevens: readonly StevensTerm[];
}

/** Works out `anisotropy`. Records what is wrong with each entry. */
export function resolveOnSite(
  file: ModelFile,
  crystal: Crystal,
  cell: MagneticCell,
  table: ParameterTable,
  problems: Problems,
): OnSiteTerms {
  const anisotropies: OnSiteAnisotropy[] = [];
  const stevens: StevensTerm[] = [];
  for (const [entry, spec] of (file.anisotropy ?? []).entries()) {
    const path: FilePath = ['anisotropy', entry];
    const sites = sitesOf(spec, crystal, [...path, 'site'], problems);
    const turn = spec.propagate ?? true;
    const term = resolveTerm(spec, file, crystal, table, path, problems);
    if (!sites || !term) continue;
    if (turn && !consistent(term, sites, crystal, path, problems)) continue;
    for (const [m, s] of cell.crystalSite.entries()) {
      if (!sites.has(s)) continue;
      const r = turn ? cartesianRotation(crystal.sites[s]!.operation, crystal.lattice) : IDENTITY;
      if (term.kind === 'matrix') anisotropies.push({ site: m, matrix: turnTerms(term.matrix, r) });
      else stevens.push(...turnStevens(term.terms, r).map((t) => ({ site: m, ...t })));
    }
  }
  return { anisotropies, stevens };
}

type OnSiteTerm =
  | { readonly kind: 'matrix'; readonly matrix: readonly LinearMatrixTerm[] }
  | { readonly kind: 'stevens'; readonly terms: readonly StevensPart[] };

type StevensPart = Omit<StevensTerm, 'site'>;

function resolveTerm(
  spec: AnisotropySpec,
  file: ModelFile,
  crystal: Crystal,
  table: ParameterTable,
  path: FilePath,
  problems: Problems,
): OnSiteTerm | undefined {
  const ways = (['axis', 'matrix', 'stevens'] as const).filter((w) => spec[w] !== undefined);
  if (ways.length !== 1 || (spec.axis === undefined) !== (spec.strength === undefined)) {
    problems.error('ANISOTROPY', path, {
      what: 'the anisotropy is given in no way, or in more than one',
      expected: 'axis with strength, matrix, or stevens',
    });
    return undefined;
  }
  if (spec.axis !== undefined) {
    const n = toUnit(spec.axis, file.frame, crystal.lattice, [...path, 'axis'], problems);
    const strength = table.linear(spec.strength!, [...path, 'strength'], 'meV');
    if (!n) return undefined;
    const projector = outer(n);
    return {
      kind: 'matrix',
      matrix: strength.map((t) => ({
        parameter: t.parameter,
        matrix: matScale(projector, t.factor),
      })),
    };
  }
  if (spec.stevens !== undefined) {
    const list = Array.isArray(spec.stevens) ? spec.stevens : [spec.stevens];
    const terms: StevensPart[] = [];
    for (const [i, { k, q, strength }] of list.entries()) {
      const at: FilePath = [...path, 'stevens', ...(Array.isArray(spec.stevens) ? [i] : [])];
      if (Math.abs(q) > k) {
        problems.error('ANISOTROPY', [...at, 'q'], {
          what: 'there is no such Stevens operator',
          got: `k = ${k}, q = ${q}`,
          expected: `q from ${-k} to ${k}`,
        });
        return undefined;
      }
      terms.push({ k, q, strength: table.linear(strength, [...at, 'strength'], 'meV') });
    }
    return { kind: 'stevens', terms };
  }
  const terms = spec.matrix!.flatMap((row, i) =>
    row.flatMap((value, j) =>
      table
        .linear(value, [...path, 'matrix', i, j], 'meV')
        .map((t) => ({ parameter: t.parameter, matrix: matScale(unitMatrix(i, j), t.factor) })),
    ),
  );
  const matrix = mergeTerms(terms);
  const lopsided = matrix.find(
    (t) => matDistance(t.matrix, transpose(t.matrix)) > 1e-9 * Math.max(...t.matrix.map(Math.abs)),
  );
  if (lopsided) {
    problems.error('NON_HERMITIAN_EXCHANGE', [...path, 'matrix'], {
      what: 'the anisotropy matrix is not symmetric, so S^T A S is not Hermitian',
      expected: 'A equal to its transpose',
      next: 'give each off-diagonal entry on both sides, with half of it',
    });
    return undefined;
  }
  return { kind: 'matrix', matrix };
}

/** An operation that keeps a site must keep its tensor. */
function consistent(
  term: OnSiteTerm,
  sites: ReadonlySet<number>,
  crystal: Crystal,
  path: FilePath,
  problems: Problems,
): boolean {
  for (const s of sites) {
    const site = crystal.sites[s]!;
    const own = cartesianRotation(site.operation, crystal.lattice);
    for (const operation of crystal.group) {
      const at = siteAt(crystal, applyToPosition(operation, site.position));
      if (at?.site !== s) continue;
      const r = matMul(cartesianRotation(operation, crystal.lattice), own);
      if (sameOnSite(term, own, r)) continue;
      problems.error('SYMMETRY_INCONSISTENT', path, {
        what: `the anisotropy contradicts the site symmetry of '${site.label}': ${formatXyz(operation)} keeps the site and changes the tensor`,
        next: 'correct it, or set propagate: false',
      });
      return false;
    }
  }
  return true;
}

function sameOnSite(term: OnSiteTerm, a: Mat3, b: Mat3): boolean {
  if (term.kind === 'matrix')
    return sameTerms(turnTerms(term.matrix, a), turnTerms(term.matrix, b));
  const ta = flatten(turnStevens(term.terms, a));
  const tb = flatten(turnStevens(term.terms, b));
  const size = Math.max(0, ...[...ta.values()].map(Math.abs));
  return [...ta.keys(), ...tb.keys()].every(
    (k) => Math.abs((ta.get(k) ?? 0) - (tb.get(k) ?? 0)) <= 1e-4 * size,
  );
}

/** Stevens terms turned by a Cartesian rotation, one for each k and q that results. */
function turnStevens(terms: readonly StevensPart[], r: Mat3): StevensPart[] {
  const sums = new Map<string, { k: number; q: number; strength: Map<number, number> }>();
  for (const { k, q, strength } of terms)
    for (const [i, c] of rotateStevens(k, q, r).entries()) {
      if (c === 0) continue;
      const key = `${k},${i - k}`;
      const sum = sums.get(key) ?? { k, q: i - k, strength: new Map<number, number>() };
      for (const t of strength)
        sum.strength.set(t.parameter, (sum.strength.get(t.parameter) ?? 0) + c * t.factor);
      sums.set(key, sum);
    }
  return [...sums.values()].map(({ k, q, strength }) => ({
    k,
    q,
    strength: [...strength].map(([parameter, factor]) => ({ parameter, factor })),
  }));
}

/** Coefficients by 'k,q,parameter'. */
function flatten(terms: readonly StevensPart[]): Map<string, number> {
  return new Map(
    terms.flatMap((t) =>
      t.strength.map((s): [string, number] => [`${t.k},${t.q},${s.parameter}`, s.factor]),
    ),
  );
}

function sitesOf(
  spec: AnisotropySpec,
  crystal: Crystal,
  path: FilePath,
  problems: Problems,
): Set<number> | undefined {
  if (spec.site === undefined) return new Set(crystal.sites.keys());
  const lists = [spec.site].flat().map((l) => resolveSites(l, crystal, path, problems));
  return lists.some((l) => l === undefined) ? undefined : new Set(lists.flatMap((l) => l!));
}

function outer(n: Vec3): Mat3 {
  const [x, y, z] = n;
  return [x * x, x * y, x * z, y * x, y * y, y * z, z * x, z * y, z * z];
}

function unitMatrix(i: number, j: number): Mat3 {
  return IDENTITY.map((_, n) => (n === 3 * i + j ? 1 : 0)) as unknown as Mat3;
}
