import {
  dot,
  IDENTITY,
  matAdd,
  matScale,
  matVec,
  rotationAbout,
  scale,
  transpose,
  type Mat3,
  type Vec3,
} from '../../crystal/geometry.js';
import type { SpinModel } from '../../model/types.js';
import { addBiquadratic } from './biquadratic.js';
import { localFrame, type LocalFrame } from './localFrames.js';
import { QuadraticForm } from './quadraticForm.js';
import { expandPolynomial, stevensPolynomial, stevensRenormalisation } from './stevens.js';
import { BOHR_MAGNETON_MEV_PER_T } from '../units.js';

/**
 * A spin model expanded about its classical state to second order in bosons. Everything is linear
 * in the parameters; index nParameters stands for the constant part.
 */
export interface Expansion {
  readonly frames: readonly LocalFrame[];
  readonly spins: readonly number[];
  /** [nParameters + 1], meV per magnetic cell per unit of the parameter. */
  readonly classicalEnergy: Float64Array;
  /** dE/dS_i, [nParameters + 1, nSites, 3]: torque-free means parallel to the spin. */
  readonly gradient: Float64Array;
  readonly form: QuadraticForm;
}

/**
 * How powers of one spin's components are treated. 'classical' is the large-S limit (SpinW,
 * pySpinW; the golden cases of single-ion terms). 'quantum' takes the coherent-state expectation
 * value, right for any S: (1 - 1/2S) for quadratic terms, see stevens.ts and biquadratic.ts.
 */
export interface Conventions {
  /** Single-ion and Stevens terms; default 'classical'. */
  readonly singleIon: 'classical' | 'quantum';
  /** Default 'quantum'. */
  readonly biquadratic: 'classical' | 'quantum';
}

export const DEFAULT_CONVENTIONS: Conventions = { singleIon: 'classical', biquadratic: 'quantum' };

/** Writes what an interaction contributes; shared by the files that expand one kind each. */
export class ExpansionBuilder implements Expansion {
  readonly frames: LocalFrame[];
  readonly spins: readonly number[];
  readonly nParameters: number;
  readonly classicalEnergy: Float64Array;
  readonly gradient: Float64Array;
  readonly form: QuadraticForm;

  constructor(model: SpinModel) {
    const n = model.sites.length;
    this.nParameters = model.parameters.length;
    this.frames = model.sites.map((s) => localFrame(s.direction));
    this.spins = model.sites.map((s) => s.spin);
    this.classicalEnergy = new Float64Array(this.nParameters + 1);
    this.gradient = new Float64Array((this.nParameters + 1) * n * 3);
    this.form = new QuadraticForm(n, this.nParameters);
  }

  /** meV per unit of the parameter. */
  addEnergy(parameter: number, value: number): void {
    this.classicalEnergy[parameter] = this.classicalEnergy[parameter]! + value;
  }

  index(parameter: number): number {
    return parameter < 0 ? this.nParameters : parameter;
  }

  addGradient(parameter: number, site: number, g: Vec3): void {
    const at = (parameter * this.spins.length + site) * 3;
    for (let a = 0; a < 3; a++) this.gradient[at + a] = this.gradient[at + a]! + g[a]!;
  }

  /**
   * S_i^T M S_j between site i of cell 0 and site j of cell d. `frameJ` is the frame of j there,
   * in the frame where i stands as in cell 0 (it differs from frames[j] in a rotating frame, where
   * `back` brings a vector at j to the frame of cell 0).
   */
  addBilinear(
    parameter: number,
    i: number,
    j: number,
    d: Vec3,
    m: Mat3,
    frameJ: LocalFrame = this.frames[j]!,
    back?: Mat3,
  ): void {
    const si = this.spins[i]!;
    const sj = this.spins[j]!;
    const f = this.frames[i]!;
    const m1 = matVec(m, frameJ.e1);
    const m2 = matVec(m, frameJ.e2);
    const m3 = matVec(m, frameJ.e3);
    const m11 = dot(f.e1, m1);
    const m12 = dot(f.e1, m2);
    const m21 = dot(f.e2, m1);
    const m22 = dot(f.e2, m2);
    const m33 = dot(f.e3, m3);
    const half = 0.5 * Math.sqrt(si * sj);
    // u_i^T M conj(u_j) and u_i^T M u_j
    this.form.addNormal(i, j, d, parameter, half * (m11 + m22), half * (m21 - m12));
    this.form.addAnomalous(i, j, d, parameter, half * (m11 - m22), half * (m21 + m12));
    this.form.addOnSite(i, parameter, -sj * m33);
    this.form.addOnSite(j, parameter, -si * m33);
    this.addEnergy(parameter, si * sj * m33);
    this.addGradient(parameter, i, [sj * m3[0], sj * m3[1], sj * m3[2]]);
    let g = matVec(transpose(m), [si * f.e3[0], si * f.e3[1], si * f.e3[2]]);
    if (back) g = matVec(back, g);
    this.addGradient(parameter, j, g);
  }

  /** A function E(S_i) of one spin, from its value, gradient and Hessian at S_i e3. */
  addOnSiteFunction(parameter: number, i: number, value: number, g: Vec3, hessian: Mat3): void {
    const s = this.spins[i]!;
    const f = this.frames[i]!;
    const h1 = matVec(hessian, f.e1);
    const h2 = matVec(hessian, f.e2);
    const h11 = dot(f.e1, h1);
    const h22 = dot(f.e2, h2);
    const h12 = dot(f.e1, h2);
    this.form.addOnSite(i, parameter, 0.5 * s * (h11 + h22) - dot(g, f.e3));
    this.form.addOnSitePair(i, parameter, 0.5 * s * (h11 - h22), s * h12);
    this.addEnergy(parameter, value);
    this.addGradient(parameter, i, g);
  }
}

/** Expands the model about the directions it states. */
export function expand(
  model: SpinModel,
  conventions: Conventions = DEFAULT_CONVENTIONS,
): ExpansionBuilder {
  const builder = new ExpansionBuilder(model);
  const frame = model.rotatingFrame;
  for (const bond of model.bonds) {
    // In the rotating frame S(n) = R(2 pi k.n) S'(n); R_0 = 1, so only j is turned.
    let frameJ = builder.frames[bond.to]!;
    let back: Mat3 | undefined;
    if (frame) {
      const r = rotationAbout(frame.axis, 2 * Math.PI * dot(frame.k, bond.cell));
      const { e1, e2, e3 } = frameJ;
      frameJ = { e1: matVec(r, e1), e2: matVec(r, e2), e3: matVec(r, e3) };
      back = transpose(r);
    }
    for (const term of bond.exchange) {
      const p = builder.index(term.parameter);
      builder.addBilinear(p, bond.from, bond.to, bond.cell, term.matrix, frameJ, back);
    }
    if (bond.biquadratic) addBiquadratic(builder, bond, conventions.biquadratic, frameJ, back);
  }
  addSingleIon(builder, model, conventions.singleIon === 'quantum');
  return builder;
}

function addSingleIon(builder: ExpansionBuilder, model: SpinModel, quantum: boolean): void {
  const spinVector = (i: number): Vec3 => scale(builder.frames[i]!.e3, builder.spins[i]!);
  for (const { site, matrix } of model.anisotropies) {
    const s = builder.spins[site]!;
    for (const term of matrix) {
      let a = matScale(matAdd(term.matrix, transpose(term.matrix)), 0.5);
      const p = builder.index(term.parameter);
      if (quantum) {
        // The traceless part is a quadrupole; the trace is the number S(S+1) tr A / 3.
        const trace = (a[0] + a[4] + a[8]) / 3;
        builder.addEnergy(p, trace * s * (s + 1));
        a = matScale(matAdd(a, matScale(IDENTITY, -trace)), stevensRenormalisation(2, s));
      }
      const g = matVec(matScale(a, 2), spinVector(site));
      const value = 0.5 * dot(spinVector(site), g);
      builder.addOnSiteFunction(p, site, value, g, matScale(a, 2));
    }
  }
  for (const { site, k, q, strength } of model.stevens) {
    const o = expandPolynomial(stevensPolynomial(k, q), spinVector(site));
    const c = quantum ? stevensRenormalisation(k, builder.spins[site]!) : 1;
    for (const term of strength) {
      const f = c * term.factor;
      builder.addOnSiteFunction(
        builder.index(term.parameter),
        site,
        f * o.value,
        scale(o.gradient, f),
        matScale(o.hessian, f),
      );
    }
  }
  for (const { parameter, tesla } of model.field) {
    model.sites.forEach((site, i) => {
      // mu_B B^T g S: the gradient is mu_B g^T B
      const g = scale(matVec(transpose(site.gTensor), tesla), BOHR_MAGNETON_MEV_PER_T);
      const p = builder.index(parameter);
      builder.addOnSiteFunction(p, i, dot(g, spinVector(i)), g, matScale(IDENTITY, 0));
    });
  }
}
