import type { SpinModel } from '../model/types.js';
import { SpinWaveError } from '../errors.js';
import { generalSolver, reducedSolver } from './diagonalisation/chooseSolver.js';
import { dipoleBonds } from './dipole/dipole.js';
import { EwaldMatrix } from './dipole/ewaldMatrix.js';
import {
  DEFAULT_CONVENTIONS,
  expand,
  type Conventions,
  type Expansion,
} from './hamiltonian/expansion.js';
import { findFlatness, shiftSites } from './symmetry/flatness.js';
import { computeModes, WaveCache, type SpinWaveModes } from './modes.js';
import { frameBranches, type FrameBranch } from './rotatingFrame.js';
import type { ModeSolver } from './diagonalisation/solver.js';
import { WaveTable } from './diagonalisation/waves.js';

/** How modes are computed, and what happens where there are none. */
export interface PrepareOptions {
  /** 'general' forces the plain 2N x 2N path; 'auto' (default) uses every exact reduction found. */
  readonly path?: 'auto' | 'general';
  /**
   * What happens at a q where H(q) has a negative eigenvalue: `refuse` (default) throws; `shift`
   * adds -2 of it to the diagonal and goes on, as a program does that makes its matrix positive and
   * asks no further. The modes there are wrong: for looking at what such spectra are like, on the
   * general path.
   */
  readonly unstable?: 'refuse' | 'shift';
  /** Treatment of powers of one spin's components; see `Conventions`. */
  readonly conventions?: Partial<Conventions>;
}

/**
 * A model with everything worked out that does not depend on parameter values: local frames, the
 * quadratic form, reductions. Not to be shared between threads (it owns workspaces).
 */
export interface PreparedModel {
  /**
   * The model, with sites represented by copies such that no bond crosses cells along flat axes.
   * Amplitudes belong to the positions given here.
   */
  readonly model: SpinModel;
  /** Modes per q: the number of sites, times the branches of a rotating frame. */
  readonly nModes: number;
  /** Lattice axes along which energies cannot depend on q. */
  readonly flatAxes: readonly [boolean, boolean, boolean];
  /** Name of the path the solver takes. */
  readonly path: string;
  /** Defaults of the file with `overrides`; [nParameters]. Throws for an unknown name or NaN. */
  parameterVector(overrides?: Readonly<Record<string, number>>): Float64Array;
  /**
   * Modes at q ([nQ, 3], r.l.u. of the chemical lattice) for parameters p. Throws
   * UnstableGroundState when H(q) is not positive semi-definite at one of them.
   */
  modes(q: Float64Array, p: Float64Array): SpinWaveModes;
  /** What the other functions of this package build on; may change. */
  readonly internals: PreparedInternals;
}

export interface PreparedInternals {
  readonly expansion: Expansion;
  readonly solver: ModeSolver;
  /** A table of wavevectors, for the solver or for other displacements ([n, 3]). */
  waveTable(capacity: number, displacements?: Float64Array): WaveTable;
  readonly branches: readonly FrameBranch[];
}

/**
 * Works out a model once, for many parameter sets and wavevectors. Throws SpinWaveError for a
 * rotating frame that the interactions do not allow, or a dipole cut-off without a length.
 */
export function prepare(model: SpinModel, options: PrepareOptions = {}): PreparedModel {
  const extra = dipoleBonds(model);
  const whole = extra.length > 0 ? { ...model, bonds: [...model.bonds, ...extra] } : model;
  const flatness = findFlatness(whole);
  const shifted = shiftSites(whole, flatness.shifts);
  const branches = frameBranches(shifted);
  const expansion = expand(shifted, {
    ...DEFAULT_CONVENTIONS,
    ...model.conventions,
    ...options.conventions,
  });
  let ewald: EwaldMatrix | undefined;
  if (model.dipole?.method === 'ewald') {
    ewald = new EwaldMatrix(shifted, expansion);
    ewald.addStatic();
  }
  // The dense dipole matrix has none of the sparse structure that the reductions work on.
  const shift = options.unstable === 'shift';
  const plain = options.path === 'general' || ewald !== undefined || shift;
  const solver = plain ? generalSolver(expansion, shift) : reducedSolver(expansion);
  const nSites = model.sites.length;
  const internals: PreparedInternals = {
    expansion,
    solver,
    waveTable: (capacity, d = solver.displacements) => new WaveTable(capacity, d, ewald, nSites),
    branches,
  };
  const cache = new WaveCache();
  const prepared: PreparedModel = {
    model: shifted,
    nModes: nSites * branches.length,
    flatAxes: flatness.axes,
    path: solver.path,
    parameterVector: (overrides) => parameterVector(model, overrides),
    modes: (q, p) => computeModes(prepared, cache, q, p),
    internals,
  };
  return prepared;
}

function parameterVector(
  model: SpinModel,
  overrides: Readonly<Record<string, number>> = {},
): Float64Array {
  const p = Float64Array.from(model.parameters, (x) => x.value);
  for (const [name, value] of Object.entries(overrides)) {
    const k = model.parameters.findIndex((x) => x.name === name);
    if (k < 0) {
      throw new SpinWaveError('UNKNOWN_PARAMETER', {
        what: 'unknown parameter',
        where: `model ${model.name}`,
        got: name,
        expected: model.parameters.map((x) => x.name).join(', ') || 'no parameter at all',
        next: 'use a name of the list',
      });
    }
    if (!(Math.abs(value) < 1e100)) {
      throw new SpinWaveError('BAD_PARAMETER', {
        what: 'parameter value is not a finite number',
        where: `parameter ${name} of model ${model.name}`,
        got: String(value),
        expected: 'a finite number below 1e100',
        next: 'correct the value',
      });
    }
    p[k] = value;
  }
  return p;
}
