import type { Vec3 } from '../crystal/geometry.js';
import { formatPosition, siteAt } from './crystal.js';
import type { Crystal } from './crystal.js';
import { toVec3 } from './numbers.js';
import type { Problems } from './problems.js';
import type { SiteReference } from './schema.js';
import type { FilePath } from './source.js';
import { suggestion } from './suggest.js';

/** Labels in use, each once. */
function labelsOf(crystal: Crystal): string[] {
  return [...new Set(crystal.sites.map((s) => s.label))];
}

/** 'Mn4#2': the name by which one site of several with a label is referred to. */
export function siteName(crystal: Crystal, site: number): string {
  const label = crystal.sites[site]!.label;
  const same = crystal.sites.flatMap((s, i) => (s.label === label ? [i] : []));
  return same.length === 1 ? label : `${label}#${same.indexOf(site) + 1}`;
}

/**
 * The one site that 'Label', 'Label#2' or a position means, with the cell of that position;
 * undefined, with the problem recorded, when it means none or several.
 */
export function resolveSite(
  reference: SiteReference,
  crystal: Crystal,
  path: FilePath,
  problems: Problems,
): { site: number; cell: Vec3 } | undefined {
  if (typeof reference !== 'string') {
    const found = siteAt(crystal, toVec3(reference));
    if (!found)
      problems.error('NO_SUCH_SITE', path, {
        what: `no site lies at ${formatPosition(toVec3(reference))}`,
        next: 'see the positions that `spectraloom model check` lists',
      });
    return found;
  }
  const sites = resolveSites(reference, crystal, path, problems);
  if (sites === undefined) return undefined;
  if (sites.length === 1) return { site: sites[0]!, cell: [0, 0, 0] };
  problems.error('AMBIGUOUS_SITE', path, {
    what: `there are ${sites.length} sites '${reference}'`,
    expected: 'one site',
    next: `say which: '${reference}#1' to '${reference}#${sites.length}', or its position`,
  });
  return undefined;
}

/** All sites that 'Label' or 'Label#n' means. */
export function resolveSites(
  reference: string,
  crystal: Crystal,
  path: FilePath,
  problems: Problems,
): number[] | undefined {
  const [label, number] = splitReference(reference, crystal);
  const same = crystal.sites.flatMap((s, i) => (s.label === label ? [i] : []));
  if (same.length === 0) {
    problems.error('NO_SUCH_SITE', path, {
      what: `no site is called '${label}'`,
      next: suggestion(label, labelsOf(crystal)),
    });
    return undefined;
  }
  if (number === undefined) return same;
  if (number >= 1 && number <= same.length) return [same[number - 1]!];
  problems.error('NO_SUCH_SITE', path, {
    what: `there is no site '${reference}'`,
    expected: `'${label}#1' to '${label}#${same.length}'`,
  });
  return undefined;
}

function splitReference(reference: string, crystal: Crystal): [string, number | undefined] {
  if (crystal.sites.some((s) => s.label === reference)) return [reference, undefined];
  const m = /^(.*)#(\d+)$/.exec(reference);
  return m ? [m[1]!, Number(m[2])] : [reference, undefined];
}
