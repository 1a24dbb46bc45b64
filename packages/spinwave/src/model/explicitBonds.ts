import { add, norm, subtract, vecMat } from '../crystal/geometry.js';
import type { Vec3 } from '../crystal/geometry.js';
import type { Neighbour } from '../crystal/neighbours.js';
import type { Crystal } from './crystal.js';
import { isSymmetric } from './exchange.js';
import type { ResolvedExchange } from './exchange.js';
import type { Problems } from './problems.js';
import type { BondReference, InteractionSpec } from './schema.js';
import { resolveSite, siteName } from './siteReference.js';
import type { FilePath } from './source.js';
import { bondKey, symmetryImages } from './symmetryImages.js';
import type { ExchangeBond } from './symmetryImages.js';
import type { LinearMatrixTerm } from './types.js';

/**
 * The bonds a rule lists one by one, with their symmetry images where the rule is propagated. Records
 * bonds to nothing, to themselves, listed twice, and matrices that contradict the symmetry.
 */
export function explicitBonds(
  spec: InteractionSpec,
  exchange: ResolvedExchange,
  crystal: Crystal,
  path: FilePath,
  problems: Problems,
): ExchangeBond[] {
  const propagate = spec.propagate ?? crystal.hasSymmetry;
  const list: { reference: BondReference; at: FilePath }[] = spec.bond
    ? [{ reference: spec.bond, at: [...path, 'bond'] }]
    : spec.bonds!.map((reference, i) => ({ reference, at: [...path, 'bonds', i] }));
  const found = new Map<string, { turned: boolean; own: boolean }>();
  const result: ExchangeBond[] = [];
  for (const { reference, at } of list) {
    const bond = resolveBond(reference, crystal, at, problems);
    if (!bond) continue;
    const { key, turned } = bondKey(bond);
    const known = found.get(key);
    if (known) {
      const clash = turned !== known.turned && !isSymmetric(exchange.exchange);
      problems.error(clash ? 'NON_HERMITIAN_EXCHANGE' : 'DUPLICATE_BOND', at, {
        what: known.own
          ? clash
            ? 'the bond is listed from both ends with a matrix that is not symmetric: S_i M S_j + S_j M S_i is not what M says'
            : `the bond is listed twice${turned === known.turned ? '' : ', once from each end'}`
          : 'the bond is a symmetry image of one before it',
        expected: 'each bond once: H counts it once',
        next: 'remove it (an exchange that a paper counts twice is doubled instead)',
      });
      continue;
    }
    const start: ExchangeBond = { bond, exchange: exchange.exchange };
    let images: readonly ExchangeBond[] = [start];
    if (propagate) {
      const outcome = symmetryImages(crystal, start);
      if ('conflict' in outcome) {
        problems.error('SYMMETRY_INCONSISTENT', [...path, 'exchange'], {
          what: `the exchange contradicts the symmetry of its bond: ${outcome.conflict.operation} keeps the bond and changes the matrix`,
          got: formatTerms(exchange.exchange),
          expected: `nearest allowed: ${formatTerms(outcome.conflict.allowed)}`,
          next: 'correct the matrix, or set propagate: false',
        });
        continue;
      }
      images = outcome.images;
    }
    for (const image of images) {
      const k = bondKey(image.bond);
      found.set(k.key, { turned: k.turned, own: image === images[0] });
      result.push(image);
    }
  }
  return result;
}

function resolveBond(
  reference: BondReference,
  crystal: Crystal,
  path: FilePath,
  problems: Problems,
): Neighbour | undefined {
  const from = resolveSite(reference.from, crystal, [...path, 'from'], problems);
  const to = resolveSite(reference.to, crystal, [...path, 'to'], problems);
  if (!from || !to) return undefined;
  const cell = add(subtract(to.cell, from.cell), reference.cell ?? [0, 0, 0]).map(
    (x) => x + 0,
  ) as unknown as Vec3;
  if (from.site === to.site && cell.every((x) => x === 0)) {
    problems.error('SELF_BOND', path, {
      what: `the bond ties site '${siteName(crystal, from.site)}' to itself`,
      expected: 'two sites, or a cell other than [0, 0, 0]',
      next: 'a term of one site belongs under `anisotropy`',
    });
    return undefined;
  }
  const a = crystal.sites[from.site]!.position;
  const step = add(subtract(crystal.sites[to.site]!.position, a), cell);
  return {
    from: from.site,
    to: to.site,
    cell,
    step,
    lengthAngstrom: norm(vecMat(step, crystal.lattice.vectors)),
  };
}

function formatTerms(terms: readonly LinearMatrixTerm[]): string {
  return terms
    .map((t) => {
      const m = t.matrix.map((x) => Number(x.toFixed(4)) + 0);
      return `[[${m.slice(0, 3).join(', ')}], [${m.slice(3, 6).join(', ')}], [${m.slice(6).join(', ')}]]`;
    })
    .join(' and ');
}
