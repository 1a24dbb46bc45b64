import type { Vec3 } from '../crystal/geometry.js';
import { dot, matVec, rotationAbout, wrapUnit } from '../crystal/geometry.js';
import type { Crystal } from './crystal.js';
import { toUnit } from './directions.js';
import { toVec3 } from './numbers.js';
import type { Problems } from './problems.js';
import type { ModelFile } from './schema.js';
import { resolveSite, siteName } from './siteReference.js';
import type { FilePath } from './source.js';
import type { RotatingFrame, Site } from './types.js';

/** The magnetic cell: `supercell` copies of the crystal's, each site with its spin. */
export interface MagneticCell {
  readonly supercell: Vec3;
  /** Cell by cell (last axis fastest), in each the sites of the crystal in their order. */
  readonly sites: readonly Site[];
  /** Site of the crystal each magnetic site is a copy of. */
  readonly crystalSite: readonly number[];
  readonly rotatingFrame?: RotatingFrame;
  /** Directions are to be found; those in `sites` are placeholders. */
  readonly relax?: { readonly starts: number; readonly seed: number };
}

const maxMagneticSites = 20_000;

/** Index of crystal site `site` in the cell `cell` of the supercell. */
export function magneticIndex(supercell: Vec3, nCrystal: number, site: number, cell: Vec3): number {
  return ((cell[0] * supercell[1] + cell[1]) * supercell[2] + cell[2]) * nCrystal + site;
}

/** Expands the crystal into the magnetic cell; undefined when the structure cannot be built. */
export function resolveStructure(
  file: ModelFile,
  crystal: Crystal,
  problems: Problems,
): MagneticCell | undefined {
  const spec = typeof file.structure === 'object' ? file.structure : {};
  const relax = resolveRelax(file);
  const supercell: Vec3 = spec.supercell ?? [1, 1, 1];
  const n = crystal.sites.length;
  const count = supercell[0] * supercell[1] * supercell[2] * n;
  if (count > maxMagneticSites) {
    problems.error('TOO_LARGE', ['structure', 'supercell'], {
      what: 'the magnetic cell is too large',
      got: `${count} sites`,
      expected: `at most ${maxMagneticSites}`,
    });
    return undefined;
  }
  if ((spec.axis === undefined) !== (spec.k === undefined))
    problems.error('PROPAGATION', ['structure'], {
      what: `the propagation has no ${spec.k ? 'axis' : 'k'}`,
      expected: 'both k (r.l.u.) and axis',
    });
  const axis =
    spec.axis && toUnit(spec.axis, file.frame, crystal.lattice, ['structure', 'axis'], problems);
  const k = spec.k && toVec3(spec.k);
  const given = explicitSpins(file, crystal, supercell, problems);

  const sites: Site[] = [];
  const crystalSite: number[] = [];
  const reported = new Set<number>();
  for (let i = 0; i < supercell[0]; i++)
    for (let j = 0; j < supercell[1]; j++)
      for (let l = 0; l < supercell[2]; l++)
        for (const [s, site] of crystal.sites.entries()) {
          const cell: Vec3 = [i, j, l];
          const own = given.get(magneticIndex(supercell, n, s, cell));
          const base = own ?? given.get(-1 - s) ?? site.direction;
          if (base === undefined && relax === undefined && !reported.has(site.entry)) {
            reported.add(site.entry);
            problems.error('NO_DIRECTION', ['sites', site.entry], {
              what: `site '${siteName(crystal, s)}' has no spin direction${count > n ? ` in cell [${cell.join(', ')}]` : ''}`,
              expected:
                "`direction` or `moment` here, an entry in structure.spins, or structure: 'relax'",
            });
          }
          const offset: Vec3 = spec.phase === 'position' ? site.position : [0, 0, 0];
          const angle =
            k && own === undefined
              ? 2 *
                Math.PI *
                (k[0] * (i + offset[0]) + k[1] * (j + offset[1]) + k[2] * (l + offset[2]))
              : 0;
          const start: Vec3 = base ?? [0, 0, 1];
          sites.push({
            label: site.label,
            position: site.position.map((x, d) =>
              wrapUnit((x + cell[d]!) / supercell[d]!),
            ) as unknown as Vec3,
            spin: site.spin,
            direction: axis && angle !== 0 ? matVec(rotationAbout(axis, angle), start) : start,
            gTensor: site.gTensor,
            ...(site.ion !== undefined && { ion: site.ion }),
          });
          crystalSite.push(s);
        }
  const rotatingFrame = k && axis ? frameOf(k, axis, supercell) : undefined;
  return {
    supercell,
    sites,
    crystalSite,
    ...(rotatingFrame && { rotatingFrame }),
    ...(relax && { relax }),
  };
}

/** The angle between cells that the supercell does not hold; undefined when it holds all. */
function frameOf(k: Vec3, axis: Vec3, supercell: Vec3): RotatingFrame | undefined {
  const reduced = k.map((x, d) => {
    const m = x * supercell[d]!;
    const r = m - Math.round(m);
    // k is kept as given where the cell does not fold it, so that k = 2/3 is not turned into -1/3
    return Math.abs(r) < 1e-9 ? 0 : supercell[d] === 1 ? x : r;
  }) as unknown as Vec3;
  return reduced.every((x) => x === 0) ? undefined : { k: reduced, axis };
}

/** Spins by magnetic index; under -1 - site those given for a site without a cell. */
function explicitSpins(
  file: ModelFile,
  crystal: Crystal,
  supercell: Vec3,
  problems: Problems,
): Map<number, Vec3> {
  const spins = new Map<number, Vec3>();
  const list = (typeof file.structure === 'object' ? file.structure.spins : undefined) ?? [];
  for (const [i, entry] of list.entries()) {
    const path: FilePath = ['structure', 'spins', i];
    const site = resolveSite(entry.site, crystal, [...path, 'site'], problems);
    const unit = toUnit(
      entry.direction,
      file.frame,
      crystal.lattice,
      [...path, 'direction'],
      problems,
    );
    const cell =
      entry.cell ??
      (site && typeof entry.site !== 'string' && anyNonZero(site.cell) ? site.cell : undefined);
    if (cell?.some((x, d) => x < 0 || x >= supercell[d]!)) {
      problems.error('CELL_OUTSIDE', [...path, 'cell'], {
        what: 'a spin is given for a cell outside the supercell',
        got: `[${cell.join(', ')}]`,
        expected: `each below [${supercell.join(', ')}]`,
      });
      continue;
    }
    if (!site || !unit) continue;
    const key = cell
      ? magneticIndex(supercell, crystal.sites.length, site.site, cell)
      : -1 - site.site;
    if (spins.has(key))
      problems.error('DUPLICATE_SPIN', path, { what: 'the spin of this site is given twice' });
    spins.set(key, unit);
  }
  return spins;
}

function resolveRelax(file: ModelFile): { starts: number; seed: number } | undefined {
  if (file.structure === 'relax') return { starts: 16, seed: 1 };
  const relax = file.structure?.relax;
  if (relax === undefined || relax === false) return undefined;
  if (relax === true) return { starts: 16, seed: 1 };
  return { starts: relax.starts ?? 16, seed: relax.seed ?? 1 };
}

/** Cosine of the angle between two spins of which the second lies `cell` magnetic cells away. */
export function spinCosine(cellOf: MagneticCell, from: number, to: number, cell: Vec3): number {
  const a = cellOf.sites[from]!.direction;
  const b = cellOf.sites[to]!.direction;
  const frame = cellOf.rotatingFrame;
  if (!frame || cell.every((x) => x === 0)) return dot(a, b);
  return dot(a, matVec(rotationAbout(frame.axis, 2 * Math.PI * dot(frame.k, cell)), b));
}

function anyNonZero(v: Vec3): boolean {
  return v.some((x) => x !== 0);
}
