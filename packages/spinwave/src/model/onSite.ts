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
import { monomialInStevens, rotateStevens } from './stevens.js';
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
      const { spin } = crystal.sites[s]!;
      if (term.matrix.length > 0) anisotropies.push({ site: m, matrix: turnTerms(term.matrix, r) });
      for (const { k, q, spinPower, strength } of turnStevens(term.stevens, r))
        stevens.push({ site: m, k, q, strength: timesAll(strength, spin ** spinPower) });
      // a constant, as an isotropic matrix: it shifts the energy and nothing else
      for (const { spinPower, strength } of term.constants)
        anisotropies.push({
          site: m,
          matrix: strength.map((t) => ({
            parameter: t.parameter,
            matrix: matScale(IDENTITY, t.factor * spin ** (spinPower - 2)),
          })),
        });
    }
  }
  return { anisotropies, stevens };
}

/** S^T A S + sum of B_kq S^spinPower O_kq(S) + constants times S^spinPower. */
interface OnSiteTerm {
  readonly matrix: readonly LinearMatrixTerm[];
  readonly stevens: readonly StevensPart[];
  readonly constants: readonly Pick<StevensPart, 'spinPower' | 'strength'>[];
}

interface StevensPart {
  readonly k: number;
  readonly q: number;
  readonly spinPower: number;
  readonly strength: readonly LinearScalarTerm[];
}

const nothing: OnSiteTerm = { matrix: [], stevens: [], constants: [] };

function resolveTerm(
  spec: AnisotropySpec,
  file: ModelFile,
  crystal: Crystal,
  table: ParameterTable,
  path: FilePath,
  problems: Problems,
): OnSiteTerm | undefined {
  const ways = (['axis', 'matrix', 'stevens', 'polynomial'] as const).filter(
    (w) => spec[w] !== undefined,
  );
  if (ways.length !== 1 || (spec.axis === undefined) !== (spec.strength === undefined)) {
    problems.error('ANISOTROPY', path, {
      what: 'the anisotropy is given in no way, or in more than one',
      expected: 'axis with strength, matrix, stevens, or polynomial',
    });
    return undefined;
  }
  if (spec.axis !== undefined) {
    const n = toUnit(spec.axis, file.frame, crystal.lattice, [...path, 'axis'], problems);
    const strength = table.linear(spec.strength!, [...path, 'strength'], 'meV');
    if (!n) return undefined;
    const projector = outer(n);
    const matrix = strength.map(({ parameter, factor }) => ({
      parameter,
      matrix: matScale(projector, factor),
    }));
    return { ...nothing, matrix };
  }
  if (spec.polynomial !== undefined)
    return resolvePolynomial(spec.polynomial, table, [...path, 'polynomial'], problems);
  if (spec.stevens !== undefined) {
    const list = Array.isArray(spec.stevens) ? spec.stevens : [spec.stevens];
    const stevens: StevensPart[] = [];
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
      const terms = table.linear(strength, [...at, 'strength'], 'meV');
      stevens.push({ k, q, spinPower: 0, strength: terms });
    }
    return { ...nothing, stevens };
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
  return { ...nothing, matrix };
}

/** Monomials of the spin in Stevens functions: S^n x^a y^b z^c, n = a + b + c. */
function resolvePolynomial(
  list: NonNullable<AnisotropySpec['polynomial']>,
  table: ParameterTable,
  path: FilePath,
  problems: Problems,
): OnSiteTerm | undefined {
  const stevens: StevensPart[] = [];
  const constants: OnSiteTerm['constants'][number][] = [];
  for (const [i, { powers, strength }] of list.entries()) {
    const degree = powers[0] + powers[1] + powers[2];
    if (![2, 4, 6].includes(degree)) {
      problems.error('ANISOTROPY', [...path, i, 'powers'], {
        what:
          degree % 2 === 1
            ? 'an odd power of the spin changes sign under time reversal'
            : 'the polynomial has a degree that is not covered',
        got: `degree ${degree}`,
        expected: 'powers that add up to 2, 4 or 6',
      });
      return undefined;
    }
    const value = table.linear(strength, [...path, i, 'strength'], 'meV');
    const { constant, terms } = monomialInStevens(powers);
    for (const { k, q, coefficient } of terms)
      stevens.push({ k, q, spinPower: degree - k, strength: timesAll(value, coefficient) });
    if (constant !== 0) constants.push({ spinPower: degree, strength: timesAll(value, constant) });
  }
  return { matrix: [], stevens, constants };
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
  if (!sameTerms(turnTerms(term.matrix, a), turnTerms(term.matrix, b))) return false;
  const ta = flatten(turnStevens(term.stevens, a));
  const tb = flatten(turnStevens(term.stevens, b));
  const size = Math.max(0, ...[...ta.values()].map(Math.abs));
  return [...ta.keys(), ...tb.keys()].every(
    (k) => Math.abs((ta.get(k) ?? 0) - (tb.get(k) ?? 0)) <= 1e-4 * size,
  );
}

/** Stevens terms turned by a Cartesian rotation, one for each k, q and power of S that results. */
function turnStevens(terms: readonly StevensPart[], r: Mat3): StevensPart[] {
  const sums = new Map<string, Omit<StevensPart, 'strength'> & { strength: Map<number, number> }>();
  for (const { k, q, spinPower, strength } of terms)
    for (const [i, c] of rotateStevens(k, q, r).entries()) {
      if (c === 0) continue;
      const key = `${k},${i - k},${spinPower}`;
      const sum = sums.get(key) ?? { k, q: i - k, spinPower, strength: new Map() };
      for (const t of strength)
        sum.strength.set(t.parameter, (sum.strength.get(t.parameter) ?? 0) + c * t.factor);
      sums.set(key, sum);
    }
  return [...sums.values()].map(({ strength, ...part }) => ({
    ...part,
    strength: [...strength]
      .filter(([, factor]) => Math.abs(factor) > 1e-14)
      .map(([parameter, factor]) => ({ parameter, factor })),
  }));
}

/** Coefficients by 'k,q,spinPower,parameter'. */
function flatten(terms: readonly StevensPart[]): Map<string, number> {
  return new Map(
    terms.flatMap((t) =>
      t.strength.map((s): [string, number] => [
        `${t.k},${t.q},${t.spinPower},${s.parameter}`,
        s.factor,
      ]),
    ),
  );
}

function timesAll(terms: readonly LinearScalarTerm[], factor: number): LinearScalarTerm[] {
  return terms.map((t) => ({ parameter: t.parameter, factor: t.factor * factor }));
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
