import { molecularBasis, type BasisSet, type MolecularBasis } from '../basis/basis.js';
import { ScfNotConverged, XrayError } from '../errors.js';
import { makeOneElectron, OneElectronIntegrals } from '../integrals/oneElectron.js';
import { Repulsion } from '../integrals/repulsion.js';
import { ShellPairs } from '../integrals/shellPairs.js';
import { symmetricEigen } from '../linalg/symmetricEigen.js';
import { multiply, multiplyTransposed } from '../linalg/matrix.js';
import { describeGeometry, nuclearRepulsion } from '../molecule/molecule.js';
import { atomicDensities } from './atomicDensity.js';
import { Diis } from './diis.js';
import { optimalDamping } from './optimalDamping.js';
import { orthogonaliser } from './orthogonaliser.js';
import { closedShellSupermatrix, densityVector, packedTimesVector, unpack } from './supermatrix.js';

/** Above this the packed integrals would not fit into a gigabyte. */
const LARGEST_BASIS = 150;

/** Basis, charge, and when the field has settled. */
export interface HartreeFockOptions {
  /** A built-in name (`basisNames`) or shells from `parseBasis`. Default `6-31G`. */
  basis?: string | BasisSet;
  /** Total charge, units of e. Default 0. */
  charge?: number;
  /** Largest element of F D - D F in an orthonormal basis at which the field has settled, hartree. Default 1e-9. */
  tolerance?: number;
  /** Default 128. */
  maxIterations?: number;
}

/** Where the iteration starts. */
export interface RunOptions {
  /**
   * Occupied orbitals in the symmetrically orthogonalised basis to start from
   * (`HartreeFockResult.start` of another geometry). Default: the sum of the atoms' densities.
   */
  start?: Float64Array;
}

/** A converged restricted Hartree-Fock state. Energies in hartree, lengths in bohr. */
export interface HartreeFockResult {
  /** Basis functions. */
  readonly size: number;
  /** Fewer than `size` where the basis was nearly dependent. */
  readonly orbitalCount: number;
  readonly occupiedCount: number;
  /** `[atoms, 3]`. */
  readonly positionsBohr: Float64Array;
  readonly nuclearRepulsionHa: number;
  readonly electronicHa: number;
  readonly totalHa: number;
  readonly kineticHa: number;
  /** `[orbitals]`, ascending. */
  readonly orbitalEnergiesHa: Float64Array;
  /** `[size, orbitals]`, row-major: column k is orbital k. */
  readonly coefficients: Float64Array;
  /** `[3]`, e a0. */
  readonly dipoleAu: Float64Array;
  /** `[3][size, size]`: position integrals. */
  readonly position: readonly Float64Array[];
  /** `[size, size]`. */
  readonly overlap: Float64Array;
  /** Packed repulsion integrals and supermatrix: the solver's own memory, good until its next run. */
  readonly eri: Float64Array;
  readonly supermatrix: Float64Array;
  readonly iterations: number;
  /** For `RunOptions.start` of a nearby geometry; empty where the basis had to be cut down. */
  readonly start: Float64Array;
}

/**
 * Restricted Hartree-Fock of one molecule in a basis: made once, run for any number of geometries
 * without allocating in its inner loops. A result depends on the positions (and `start`) alone, never
 * on what was run before.
 */
export class HartreeFock {
  readonly basis: MolecularBasis;
  readonly occupiedCount: number;
  private readonly pairs: ShellPairs;
  private readonly oneElectron: OneElectronIntegrals;
  private readonly repulsion: Repulsion;
  private readonly integrals;
  private readonly eri: Float64Array;
  private readonly supermatrix: Float64Array;
  private readonly tolerance: number;
  private readonly maxIterations: number;
  private readonly diis: Diis;
  private readonly work: Float64Array[];
  private guess: Float64Array | undefined;

  /**
   * @param atomicNumbers `[atoms]`
   * @throws XrayError `BASIS_MISSING`, `ODD_ELECTRONS`, `MOLECULE_INVALID`, `MOLECULE_TOO_LARGE`
   */
  constructor(
    readonly atomicNumbers: Int32Array,
    private readonly options: HartreeFockOptions = {},
  ) {
    const { basis = '6-31G', charge = 0, tolerance = 1e-9, maxIterations = 128 } = options;
    if (!(tolerance > 0) || !(maxIterations >= 1) || !Number.isInteger(maxIterations)) {
      throw new XrayError({
        code: 'OPTION_INVALID',
        what: 'tolerance must be above 0 and maxIterations a whole number above 0',
        got: `${tolerance}, ${maxIterations}`,
      });
    }
    this.basis = molecularBasis(atomicNumbers, basis);
    this.tolerance = tolerance;
    this.maxIterations = maxIterations;
    const electrons = atomicNumbers.reduce((sum, z) => sum + z, 0) - charge;
    if (electrons % 2 !== 0 || electrons < 2) {
      throw new XrayError({
        code: electrons % 2 !== 0 ? 'ODD_ELECTRONS' : 'MOLECULE_INVALID',
        what: 'Restricted Hartree-Fock needs an even number of electrons, two at least',
        got: `${electrons} electrons at charge ${charge}`,
        expected: '2, 4, 6, ...',
        next: 'check the elements, or give the charge of an ion',
      });
    }
    this.occupiedCount = electrons / 2;
    const n = this.basis.size;
    if (this.occupiedCount > n) {
      throw new XrayError({
        code: 'MOLECULE_INVALID',
        what: 'There are more occupied orbitals than functions in the basis',
        got: `${this.occupiedCount} orbitals, ${n} functions`,
      });
    }
    if (n > LARGEST_BASIS) {
      throw new XrayError({
        code: 'MOLECULE_TOO_LARGE',
        what: 'All repulsion integrals are kept in memory; this molecule has too many',
        got: `${n} functions`,
        expected: `up to ${LARGEST_BASIS}`,
        next: 'take a smaller basis or molecule, or a quantum chemistry program',
      });
    }
    this.pairs = new ShellPairs(this.basis);
    this.oneElectron = new OneElectronIntegrals(this.pairs);
    this.repulsion = new Repulsion(this.pairs);
    this.integrals = makeOneElectron(n);
    const count = (n * (n + 1)) / 2;
    this.eri = new Float64Array((count * (count + 1)) / 2);
    this.supermatrix = new Float64Array(this.eri.length);
    this.diis = new Diis(n * n);
    this.work = Array.from({ length: 8 }, () => new Float64Array(n * n));
  }

  /**
   * Solves for these positions.
   * @param positions `[atoms, 3]`, bohr
   * @throws XrayError `ATOMS_TOO_CLOSE`, `GEOMETRY_INVALID`; ScfNotConverged (`SCF_NOT_CONVERGED`), whose
   *   `where` names the geometry
   */
  run(positions: Float64Array, options: RunOptions = {}): HartreeFockResult {
    const { integrals, eri, supermatrix, atomicNumbers } = this;
    const n = this.basis.size;
    if (positions.length !== 3 * atomicNumbers.length || !positions.every(Number.isFinite)) {
      throw new XrayError({
        code: 'GEOMETRY_INVALID',
        what: 'Positions are three finite numbers for each atom, bohr',
        got: `${positions.length} numbers for ${atomicNumbers.length} atoms`,
      });
    }
    const repulsionHa = nuclearRepulsion(atomicNumbers, positions);
    this.pairs.update(positions);
    this.oneElectron.compute(positions, atomicNumbers, integrals);
    this.repulsion.compute(eri);
    closedShellSupermatrix(eri, n, supermatrix);
    const core = new Float64Array(integrals.kinetic.length);
    for (let i = 0; i < core.length; i++)
      core[i] = integrals.kinetic[i]! + integrals.attraction[i]!;
    const overlap = new Float64Array(n * n);
    unpack(integrals.overlap, n, overlap);
    const { x, m } = orthogonaliser(overlap, n);
    try {
      return this.iterate(positions, repulsionHa, core, overlap, x, m, options.start, false);
    } catch (error) {
      // Extrapolation may go round in circles where bonds are stretched: downhill first, then again.
      if (!(error instanceof ScfNotConverged)) throw error;
      return this.iterate(positions, repulsionHa, core, overlap, x, m, undefined, true);
    }
  }

  private iterate(
    positions: Float64Array,
    repulsionHa: number,
    core: Float64Array,
    overlap: Float64Array,
    x: Float64Array,
    m: number,
    start: Float64Array | undefined,
    downhillFirst: boolean,
  ): HartreeFockResult {
    const n = this.basis.size;
    const occ = this.occupiedCount;
    const [fock, half, vectors, product, error, density, cOcc, full] = this.work as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const pairCount = core.length;
    const d = new Float64Array(pairCount);
    const two = new Float64Array(pairCount);
    const values = new Float64Array(n);
    const scratch = new Float64Array(n);
    const fockPacked = new Float64Array(pairCount);
    const orthogonal = new Float64Array(n * n);
    /** F' = X^T F X of the Fock matrix in `fockPacked`. */
    const orthogonalise = () => {
      unpack(fockPacked, n, fock);
      multiply(fock, x, half, n, n, m);
      multiplyTransposed(x, half, orthogonal, m, n, m);
    };
    /** The Fock matrix of the density vector d, and F'. */
    const build = () => {
      packedTimesVector(this.supermatrix, d, two, pairCount);
      for (let i = 0; i < pairCount; i++) fockPacked[i] = core[i]! + two[i]!;
      orthogonalise();
    };
    const occupied = new Float64Array(m * occ);
    const takeOccupied = () => {
      for (let i = 0; i < m; i++) {
        for (let k = 0; k < occ; k++) occupied[i * occ + k] = vectors[i * m + k]!;
      }
    };
    /** The lowest orbitals of F'. */
    const occupyLowest = () => {
      vectors.set(orthogonal.subarray(0, m * m));
      symmetricEigen(vectors, values, m, scratch);
      takeOccupied();
    };
    /** d of the occupied orbitals. */
    const densityOfOccupied = () => {
      multiply(x, occupied, cOcc, n, m, occ);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          let sum = 0;
          for (let k = 0; k < occ; k++) sum += cOcc[i * occ + k]! * cOcc[j * occ + k]!;
          density[i * n + j] = 2 * sum;
        }
      }
      densityVector(density, n, d);
    };
    if (start !== undefined && start.length === m * occ) occupied.set(start);
    else {
      this.guess ??= atomicDensities(this.atomicNumbers, this.options.basis ?? '6-31G');
      densityVector(this.guess, n, d);
      build();
      occupyLowest();
      if (downhillFirst) {
        const mixed = optimalDamping({ density: d, fock: fockPacked }, () => {
          orthogonalise();
          occupyLowest();
          densityOfOccupied();
          build();
        });
        fockPacked.set(mixed);
        orthogonalise();
        occupyLowest();
      }
    }
    this.diis.reset();
    let largest = Infinity;
    let iteration = 0;
    let electronic = 0;
    for (; iteration < this.maxIterations; iteration++) {
      densityOfOccupied();
      build();
      electronic = 0;
      for (let i = 0; i < pairCount; i++) electronic += 0.5 * d[i]! * (core[i]! + fockPacked[i]!);
      // F' D' - D' F' with D' = C' C'^T
      multiply(orthogonal, occupied, product, m, m, occ);
      largest = 0;
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < m; j++) {
          let sum = 0;
          for (let k = 0; k < occ; k++) {
            sum +=
              product[i * occ + k]! * occupied[j * occ + k]! -
              occupied[i * occ + k]! * product[j * occ + k]!;
          }
          error[i * m + j] = sum;
          if (Math.abs(sum) > largest) largest = Math.abs(sum);
        }
      }
      if (largest < this.tolerance || !Number.isFinite(electronic)) break;
      full.set(orthogonal.subarray(0, m * m));
      full.fill(0, m * m);
      error.fill(0, m * m);
      this.diis.extrapolate(full, error);
      vectors.set(full);
      symmetricEigen(vectors, values, m, scratch);
      takeOccupied();
    }
    if (!(largest < this.tolerance) || !Number.isFinite(electronic)) {
      throw new ScfNotConverged({
        what: `The self-consistent field did not settle in ${iteration} iterations`,
        where: describeGeometry(this.atomicNumbers, positions),
        got: `a residual of ${largest.toExponential(1)} Ha in ${this.basis.name}`,
        expected: `below ${this.tolerance}`,
        next: 'leave this geometry out, or raise maxIterations',
      });
    }
    vectors.set(orthogonal.subarray(0, m * m));
    symmetricEigen(vectors, values, m, scratch);
    const coefficients = new Float64Array(n * m);
    multiply(x, vectors, coefficients, n, m, m);
    fixSigns(coefficients, n, m);
    const position = this.integrals.position.map((p) => {
      const matrix = new Float64Array(n * n);
      unpack(p, n, matrix);
      return matrix;
    });
    let kinetic = 0;
    const dipole = new Float64Array(3);
    for (let i = 0; i < pairCount; i++) {
      kinetic += d[i]! * this.integrals.kinetic[i]!;
      for (let axis = 0; axis < 3; axis++) {
        dipole[axis] = dipole[axis]! - d[i]! * this.integrals.position[axis]![i]!;
      }
    }
    for (let a = 0; a < this.atomicNumbers.length; a++) {
      for (let axis = 0; axis < 3; axis++) {
        dipole[axis] = dipole[axis]! + this.atomicNumbers[a]! * positions[3 * a + axis]!;
      }
    }
    return {
      size: n,
      orbitalCount: m,
      occupiedCount: occ,
      positionsBohr: positions.slice(),
      nuclearRepulsionHa: repulsionHa,
      electronicHa: electronic,
      totalHa: electronic + repulsionHa,
      kineticHa: kinetic,
      orbitalEnergiesHa: values.slice(0, m),
      coefficients,
      dipoleAu: dipole,
      position,
      overlap,
      eri: this.eri,
      supermatrix: this.supermatrix,
      iterations: iteration + 1,
      start: m === n ? occupied : new Float64Array(0),
    };
  }
}

/** The element of largest size in each column is made positive. */
function fixSigns(c: Float64Array, n: number, m: number): void {
  for (let k = 0; k < m; k++) {
    let best = 0;
    for (let i = 0; i < n; i++)
      if (Math.abs(c[i * m + k]!) > Math.abs(best) + 1e-9) best = c[i * m + k]!;
    if (best < 0) for (let i = 0; i < n; i++) c[i * m + k] = -c[i * m + k]!;
  }
}
