/**
 * The resolved spin model: what a model file means once symmetry, supercell and bond rules are
 * worked out. `model/` makes it from a file, `theory/` computes with it; neither knows the other.
 *
 * Conventions, everywhere in this package:
 * - Cartesian frame: x along a, y in the a-b plane, z completes a right-handed frame. Lengths in
 *   Å, wavevectors in Å^-1 with the 2 pi included, energies in meV, fields in tesla.
 * - H = sum over bonds, each counted ONCE, S_i^T M S_j + sum_i S_i^T A_i S_i + Zeeman + ...;
 *   a positive Heisenberg J is antiferromagnetic.
 * - Zeeman: mu_B B^T g_i S_i (SpinW's sign: spins align against the field).
 * - `direction` is that of the spin expectation value.
 */
import type { Mat3, Vec3 } from '../crystal/geometry.js';

/** A prior of a named parameter; `sampling` draws from it. Bounds and widths in its unit. */
export type PriorSpec =
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  | { readonly kind: 'log-uniform'; readonly min: number; readonly max: number }
  | {
      readonly kind: 'normal';
      readonly mean: number;
      readonly sd: number;
      readonly min?: number;
      readonly max?: number;
    }
  | { readonly kind: 'fixed' };

/** A number that the model leaves open: an exchange, an anisotropy, a field. */
export interface Parameter {
  readonly name: string;
  /** Default (for the tracked models: the published fit). */
  readonly value: number;
  /** 'meV', 'T', or '' for a pure number. */
  readonly unit: string;
  readonly prior?: PriorSpec;
  /** Standard deviation of the published value, in `unit`. */
  readonly uncertainty?: number;
  readonly description?: string;
}

/** A cell with its vectors in the Cartesian frame of the package: x along a, y in the a-b plane. Lengths in Å. */
export interface Lattice {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Degrees. */
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  /** Rows a, b, c in Å. */
  readonly vectors: Mat3;
  /** Rows a*, b*, c* in Å^-1, 2 pi included: vectors . reciprocal^T = 2 pi. */
  readonly reciprocal: Mat3;
  /** Å^3. */
  readonly volume: number;
}

/** One magnetic site of the magnetic cell (supercell already expanded). */
export interface Site {
  readonly label: string;
  /** Fractional in the magnetic cell's own axes, each in [0, 1). */
  readonly position: Vec3;
  /** Spin quantum number S > 0. */
  readonly spin: number;
  /** Unit Cartesian vector of <S>. */
  readonly direction: Vec3;
  /** Key of the form-factor table, e.g. 'Mn3'; undefined: form factor 1. */
  readonly ion?: string;
  readonly gTensor: Mat3;
}

/** matrix(p) = sum over terms of (parameter < 0 ? 1 : p[parameter]) * matrix. */
export interface LinearMatrixTerm {
  readonly parameter: number;
  readonly matrix: Mat3;
}

/** scalar(p) = sum over terms of (parameter < 0 ? 1 : p[parameter]) * factor. */
export interface LinearScalarTerm {
  readonly parameter: number;
  readonly factor: number;
}

/** S_from(0)^T M S_to(cell), counted once. */
export interface Bond {
  readonly from: number;
  readonly to: number;
  /** Integer offset of the cell of `to`, in magnetic cells. */
  readonly cell: Vec3;
  readonly exchange: readonly LinearMatrixTerm[];
  /** B (S_i . S_j)^2, B in meV. */
  readonly biquadratic?: readonly LinearScalarTerm[];
  readonly lengthAngstrom: number;
  /** Name of the rule in the file that made it. */
  readonly rule: string;
}

/** S^T A S on one site. */
export interface OnSiteAnisotropy {
  readonly site: number;
  readonly matrix: readonly LinearMatrixTerm[];
}

/** B_kq O_kq(S), Stevens operators in Cartesian axes (k = 2, 4, 6). */
export interface StevensTerm {
  readonly site: number;
  readonly k: number;
  readonly q: number;
  readonly strength: readonly LinearScalarTerm[];
}

/** Dipole-dipole interaction of all sites, moment mu_B g S. */
export interface DipoleSpec {
  readonly method: 'ewald' | 'cutoff';
  /** Å; only for 'cutoff'. */
  readonly cutoffAngstrom?: number;
  /** Demagnetisation factor (Cartesian tensor); default 0. */
  readonly demagnetisation?: Mat3;
}

/** Single-k rotating frame: spin at cell n is `direction` turned by 2 pi k.n about `axis`. */
export interface RotatingFrame {
  /** r.l.u. of the magnetic cell. */
  readonly k: Vec3;
  /** Unit Cartesian vector. */
  readonly axis: Vec3;
}

/** A domain: its crystal frame is the lab's turned by `rotation` (proper or improper, orthogonal). */
export interface Twin {
  readonly name: string;
  /** Takes Q in the lab frame to Q in the domain's crystal frame. */
  readonly rotation: Mat3;
  /** Weights of all twins sum to 1. */
  readonly weight: number;
}

/** A spin Hamiltonian on a lattice, linear in its parameters, with the state it is expanded about. */
export interface SpinModel {
  readonly name: string;
  /** A short class label for data sets, e.g. 'dimer'. */
  readonly label: string;
  readonly parameters: readonly Parameter[];
  /** Lattice of the magnetic cell (= chemical cell times `supercell`). */
  readonly lattice: Lattice;
  /** Lattice the file gave; hkl of the outside world refers to it. */
  readonly chemicalLattice: Lattice;
  /** Magnetic cell in chemical cells; hkl(magnetic) = supercell * hkl(chemical), per axis. */
  readonly supercell: Vec3;
  readonly sites: readonly Site[];
  readonly bonds: readonly Bond[];
  readonly anisotropies: readonly OnSiteAnisotropy[];
  readonly stevens: readonly StevensTerm[];
  /** Field in tesla, Cartesian, linear in the parameters: sum of factor * direction. */
  readonly field: readonly { readonly parameter: number; readonly tesla: Vec3 }[];
  readonly dipole?: DipoleSpec;
  readonly rotatingFrame?: RotatingFrame;
  readonly twins: readonly Twin[];
  /** Kelvin; 0 switches the Bose factor to its ground-state limit. */
  readonly temperatureKelvin: number;
  /**
   * How powers of one spin's components are treated: 'classical' is the large-S limit, 'quantum' the
   * coherent-state expectation value. Defaults: theory/hamiltonian/expansion.ts. Options of `prepare` win.
   */
  readonly conventions?: {
    readonly singleIon?: 'classical' | 'quantum';
    readonly biquadratic?: 'classical' | 'quantum';
  };
  /** The moments were not given: they are those that relaxation found. */
  readonly relax: boolean;
}
