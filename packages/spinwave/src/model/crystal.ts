import type { Mat3, Vec3 } from '../crystal/geometry.js';
import {
  add,
  matDistance,
  matMul,
  matVec,
  norm,
  subtract,
  transpose,
  vecMat,
  wrapUnit,
} from '../crystal/geometry.js';
import { latticeProblem, makeLattice } from '../crystal/lattice.js';
import type { SymmetryOperation } from '../crystal/symmetryOperation.js';
import {
  applyToPosition,
  axialRotation,
  cartesianRotation,
  closeGroup,
  formatXyz,
  IDENTITY_OPERATION,
  parseXyz,
  suitsLattice,
} from '../crystal/symmetryOperation.js';
import { ionProblem } from '../crystal/formFactor.js';
import { readDirection } from './directions.js';
import { toNumber, toTensor, toVec3 } from './numbers.js';
import type { Problems } from './problems.js';
import type { ModelFile } from './schema.js';
import type { FilePath } from './source.js';
import type { Lattice } from './types.js';

/** A site of the cell of the file (symmetry worked out, supercell not). */
export interface CrystalSite {
  readonly label: string;
  /** Fractional, each in [0, 1). */
  readonly position: Vec3;
  readonly spin: number;
  readonly ion?: string;
  readonly gTensor: Mat3;
  /** Undefined when the file gives none for it here. */
  readonly direction?: Vec3;
  /** Index into `sites` of the file. */
  readonly entry: number;
  /** Takes the listed site to this one. */
  readonly operation: SymmetryOperation;
}

/** The crystal of a model file: lattice, group, sites. */
export interface Crystal {
  readonly lattice: Lattice;
  /** Identity first. */
  readonly group: readonly SymmetryOperation[];
  /** The file names a symmetry. */
  readonly hasSymmetry: boolean;
  readonly sites: readonly CrystalSite[];
}

/** Two sites nearer than this (Å) are one place. */
const samePlaceAngstrom = 0.02;
const maxSites = 5000;

/** Lattice of the file, or undefined with the problem recorded. */
export function resolveLattice(file: ModelFile, problems: Problems): Lattice | undefined {
  const { a, b, c, alpha = 90, beta = 90, gamma = 90 } = file.lattice;
  const cell = {
    a: toNumber(a),
    b: toNumber(b),
    c: toNumber(c),
    alpha: toNumber(alpha),
    beta: toNumber(beta),
    gamma: toNumber(gamma),
  };
  const problem = latticeProblem(cell);
  if (problem === undefined) return makeLattice(cell);
  const key = /(?:constant|angle) (\w+)/.exec(problem)?.[1];
  problems.error('SINGULAR_CELL', key ? ['lattice', key] : ['lattice'], {
    what: problem,
    expected: 'positive lengths in Å, and angles in degrees that span a volume',
  });
  return undefined;
}

/** Sites with their symmetry images. Records every problem; leaves out what cannot be used. */
export function resolveCrystal(
  file: ModelFile,
  lattice: Lattice,
  group: readonly SymmetryOperation[],
  problems: Problems,
): Crystal {
  const sites: CrystalSite[] = [];
  for (const [entry, spec] of file.sites.entries()) {
    const path: FilePath = ['sites', entry];
    const spin = toNumber(spec.spin);
    if (!(spin > 0))
      problems.error('SPIN', [...path, 'spin'], {
        what: `the spin of site '${spec.label}' is ${spin === 0 ? 'zero' : 'negative'}`,
        got: `${spin}`,
        expected: 'S > 0, e.g. 1/2; for the opposite direction turn `direction` round',
      });
    const ionTrouble = spec.ion === undefined ? undefined : ionProblem(spec.ion);
    if (ionTrouble)
      problems.error('UNKNOWN_ION', [...path, 'ion'], {
        what: `no form factor is known for '${spec.ion}'`,
        next: ionTrouble,
      });
    const gTensor = toTensor(spec.g ?? 2);
    const direction = readDirection(spec, spin, gTensor, file.frame, lattice, path, problems);
    const listed = toVec3(spec.position);
    const orbit: CrystalSite[] = [];
    for (const operation of group) {
      const position = applyToPosition(operation, listed).map(wrapUnit) as unknown as Vec3;
      const turn = cartesianRotation(operation, lattice);
      const image: CrystalSite = {
        label: spec.label,
        position,
        spin,
        gTensor: matMul(matMul(turn, gTensor), transpose(turn)),
        entry,
        operation,
        ...(spec.ion !== undefined && { ion: spec.ion }),
        ...(direction && {
          direction:
            file.symmetry?.spins === 'transform'
              ? matVec(axialRotation(operation, lattice), direction)
              : direction,
        }),
      };
      const twin = orbit.find((s) => distance(lattice, s.position, position) < samePlaceAngstrom);
      if (twin === undefined) orbit.push(image);
      else if (!reportInconsistentImage(twin, image, path, problems)) break;
    }
    for (const image of orbit) {
      const other = sites.find(
        (s) => distance(lattice, s.position, image.position) < samePlaceAngstrom,
      );
      if (other) {
        problems.error('SITE_OVERLAP', [...path, 'position'], {
          what: `two sites in one place: '${spec.label}'${image === orbit[0] ? '' : ` (its image by ${formatXyz(image.operation)})`} and '${other.label}' (sites[${other.entry}])`,
          got: formatPosition(image.position),
          expected: 'one site a position',
          next: 'remove one of them, or correct the position',
        });
        break;
      }
      sites.push(image);
    }
    if (sites.length > maxSites) {
      problems.error('TOO_LARGE', path, {
        what: `the cell has more than ${maxSites} magnetic sites`,
      });
      break;
    }
  }
  return { lattice, group, hasSymmetry: file.symmetry !== undefined, sites };
}

/** The group the file names; the identity alone when it names none or it cannot be read. */
export function resolveOperations(
  file: ModelFile,
  lattice: Lattice,
  spaceGroupOperations: (name: string | number) => SymmetryOperation[],
  problems: Problems,
): SymmetryOperation[] {
  const generators: SymmetryOperation[] = [];
  const symmetry = file.symmetry;
  if (symmetry?.spaceGroup !== undefined) {
    try {
      generators.push(...spaceGroupOperations(symmetry.spaceGroup));
    } catch (error) {
      problems.error('SPACE_GROUP', ['symmetry', 'spaceGroup'], {
        what: (error as Error).message,
      });
    }
  }
  for (const [i, text] of (symmetry?.operations ?? []).entries()) {
    try {
      generators.push(parseXyz(text));
    } catch (error) {
      problems.error('OPERATION', ['symmetry', 'operations', i], {
        what: (error as Error).message,
        expected: "three parts such as 'x, y+1/2, -z'",
      });
    }
  }
  const fitting = generators.filter((op) => suitsLattice(op, lattice));
  if (fitting.length < generators.length) {
    const bad = generators.find((op) => !suitsLattice(op, lattice))!;
    problems.error(
      'SYMMETRY_LATTICE',
      symmetry?.spaceGroup === undefined ? ['symmetry', 'operations'] : ['symmetry', 'spaceGroup'],
      {
        what: `the operation ${formatXyz(bad)} changes lengths or angles of this lattice`,
        expected: 'lattice constants of the crystal system of the symmetry',
      },
    );
    return [IDENTITY_OPERATION];
  }
  try {
    return closeGroup(generators);
  } catch (error) {
    problems.error('OPERATION', ['symmetry'], { what: (error as Error).message });
    return [IDENTITY_OPERATION];
  }
}

/** Distance in Å between two positions modulo lattice translations (nearest in each fraction). */
export function distance(lattice: Lattice, a: Vec3, b: Vec3): number {
  const d = subtract(a, b).map((x) => x - Math.round(x)) as unknown as Vec3;
  return norm(vecMat(d, lattice.vectors));
}

/** '(0.25, 0.5, 0)'. */
export function formatPosition(r: Vec3): string {
  return `(${r.map((x) => Number(x.toFixed(5))).join(', ')})`;
}

/** The site at a position given modulo cells, with the cell it lies in; undefined when none does. */
export function siteAt(crystal: Crystal, position: Vec3): { site: number; cell: Vec3 } | undefined {
  for (const [site, s] of crystal.sites.entries()) {
    const d = subtract(position, s.position);
    const cell = d.map((x) => Math.round(x) + 0) as unknown as Vec3;
    const miss = norm(vecMat(subtract(position, add(s.position, cell)), crystal.lattice.vectors));
    if (miss < samePlaceAngstrom) return { site, cell };
  }
  return undefined;
}

/** False (and recorded) when two operations that make one site disagree about its spin or g. */
function reportInconsistentImage(
  kept: CrystalSite,
  image: CrystalSite,
  path: FilePath,
  problems: Problems,
): boolean {
  if (kept.direction && image.direction && norm(subtract(kept.direction, image.direction)) > 1e-3) {
    problems.error('SYMMETRY_INCONSISTENT', path, {
      what: `the spin of site '${kept.label}' contradicts the symmetry: ${formatXyz(image.operation)} keeps the site and turns its spin`,
      got: formatPosition(image.direction),
      expected: formatPosition(kept.direction),
      next: "use symmetry.spins: 'copy', or operations with time reversal (a fourth part -1)",
    });
    return false;
  }
  if (matDistance(kept.gTensor, image.gTensor) > 1e-3) {
    problems.error('SYMMETRY_INCONSISTENT', [...path, 'g'], {
      what: `the g tensor of site '${kept.label}' contradicts its site symmetry (operation ${formatXyz(image.operation)})`,
    });
    return false;
  }
  return true;
}
