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
import type { LinearMatrixTerm, LinearScalarTerm, OnSiteAnisotropy, StevensTerm } from './types.js';

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
      else
        for (const [q, factor] of rotateStevens(term.k, term.q, r).entries())
          if (Math.abs(factor) > 1e-12)
            stevens.push({
              site: m,
              k: term.k,
              q: q - term.k,
              strength: term.strength.map((t) => ({ ...t, factor: t.factor * factor })),
            });
    }
  }
  return { anisotropies, stevens };
}

type OnSiteTerm =
  | { readonly kind: 'matrix'; readonly matrix: readonly LinearMatrixTerm[] }
  | {
      readonly kind: 'stevens';
      readonly k: number;
      readonly q: number;
      readonly strength: readonly LinearScalarTerm[];
    };

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
    const { k, q, strength } = spec.stevens;
    if (Math.abs(q) > k) {
      problems.error('ANISOTROPY', [...path, 'stevens', 'q'], {
        what: 'there is no such Stevens operator',
        got: `k = ${k}, q = ${q}`,
        expected: `q from ${-k} to ${k}`,
      });
      return undefined;
    }
    return {
      kind: 'stevens',
      k,
      q,
      strength: table.linear(strength, [...path, 'stevens', 'strength'], 'meV'),
    };
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
  const ra = rotateStevens(term.k, term.q, a);
  const rb = rotateStevens(term.k, term.q, b);
  const size = Math.max(...ra.map(Math.abs));
  return ra.every((x, i) => Math.abs(x - rb[i]!) < 1e-4 * size);
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
