import {
  dot,
  matVec,
  rotationAbout,
  transpose,
  type Mat3,
  type Vec3,
} from '../crystal/geometry.js';
import type { SpinModel } from '../model/types.js';
import { localFrame, type LocalFrame } from './localFrames.js';
import { QuadraticForm } from './quadraticForm.js';
import { BOHR_MAGNETON_MEV_PER_T } from './units.js';

/**
 * A spin model expanded about its classical state to second order in bosons. Everything is linear
 * in the parameters; index nParameters stands for the constant part.
 */
export interface Expansion {
  readonly frames: readonly LocalFrame[];
  /** [nParameters + 1], meV per magnetic cell per unit of the parameter. */
  readonly classicalEnergy: Float64Array;
  /** dE/dS_i, [nParameters + 1, nSites, 3]: torque-free means parallel to the spin. */
  readonly gradient: Float64Array;
  readonly form: QuadraticForm;
}

/** Writes what an interaction contributes; shared by the files that expand one kind each. */
export class ExpansionBuilder implements Expansion {
  readonly frames: LocalFrame[];
  readonly spins: readonly number[];
  readonly nParameters: number;
  readonly classicalEnergy: Float64Array;
  readonly gradient: Float64Array;
  readonly form: QuadraticForm;

  constructor(model: SpinModel, frames?: readonly LocalFrame[]) {
    const n = model.sites.length;
    this.nParameters = model.parameters.length;
    this.frames = frames ? [...frames] : model.sites.map((s) => localFrame(s.direction));
    this.spins = model.sites.map((s) => s.spin);
    this.classicalEnergy = new Float64Array(this.nParameters + 1);
    this.gradient = new Float64Array((this.nParameters + 1) * n * 3);
    this.form = new QuadraticForm(n, this.nParameters);
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
    this.classicalEnergy[parameter] = this.classicalEnergy[parameter]! + si * sj * m33;
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
    this.classicalEnergy[parameter] = this.classicalEnergy[parameter]! + value;
    this.addGradient(parameter, i, g);
  }
}

/** Expands the model about the directions it states. */
export function expand(model: SpinModel, frames?: readonly LocalFrame[]): ExpansionBuilder {
  const builder = new ExpansionBuilder(model, frames);
  const frame = model.rotatingFrame;
  for (const bond of model.bonds) {
    // In the rotating frame S(n) = R(2 pi k.n) S'(n); R_0 = 1, so only j is turned.
    let frameJ: LocalFrame | undefined;
    let back: Mat3 | undefined;
    if (frame) {
      const r = rotationAbout(frame.axis, 2 * Math.PI * dot(frame.k, bond.cell));
      const f = builder.frames[bond.to]!;
      frameJ = { e1: matVec(r, f.e1), e2: matVec(r, f.e2), e3: matVec(r, f.e3) };
      back = transpose(r);
    }
    for (const term of bond.exchange) {
      const p = builder.index(term.parameter);
      builder.addBilinear(p, bond.from, bond.to, bond.cell, term.matrix, frameJ, back);
    }
  }
  for (const anisotropy of model.anisotropies) {
    const i = anisotropy.site;
    const s = builder.spins[i]!;
    const e3 = builder.frames[i]!.e3;
    for (const term of anisotropy.matrix) {
      const t = transpose(term.matrix);
      const h = term.matrix.map((v, k) => v + t[k]!) as unknown as Mat3;
      const g = matVec(h, [s * e3[0], s * e3[1], s * e3[2]]);
      const value = 0.5 * s * dot(e3, g);
      builder.addOnSiteFunction(builder.index(term.parameter), i, value, g, h);
    }
  }
  const zero: Mat3 = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (const field of model.field) {
    const p = builder.index(field.parameter);
    model.sites.forEach((site, i) => {
      // mu_B B^T g S: the gradient is mu_B g^T B
      const b = matVec(transpose(site.gTensor), field.tesla);
      const g = b.map((v) => v * BOHR_MAGNETON_MEV_PER_T) as unknown as Vec3;
      builder.addOnSiteFunction(p, i, site.spin * dot(g, builder.frames[i]!.e3), g, zero);
    });
  }
  return builder;
}
