/**
 * The part of the Holstein-Primakoff Hamiltonian that is quadratic in bosons,
 *
 *   H = 1/2 sum_q X^dagger [[A(q), B(q)], [B(q)^dagger, A(-q)^T]] X,  X = (a_q, a^dagger_-q),
 *
 * as a list of terms: a normal term adds re + i im times exp(2 pi i q.d) to A_ij, an anomalous one
 * to B_ij. The list is closed: with (i, j, d, c) it holds (j, i, -d, conj c) for A and
 * (j, i, -d, c) for B. q in r.l.u. of the magnetic cell, d in magnetic cells ("cell gauge").
 */
export interface QuadraticTerm {
  readonly anomalous: boolean;
  readonly i: number;
  readonly j: number;
  readonly dx: number;
  readonly dy: number;
  readonly dz: number;
  /** Index of the parameter it is multiplied with; the number of parameters means the constant 1. */
  readonly parameter: number;
  re: number;
  im: number;
}

/** Collects terms, adding up those in one place. */
export class QuadraticForm {
  readonly nSites: number;
  readonly nParameters: number;
  readonly #terms = new Map<string, QuadraticTerm>();

  constructor(nSites: number, nParameters: number) {
    this.nSites = nSites;
    this.nParameters = nParameters;
  }

  get terms(): QuadraticTerm[] {
    return [...this.#terms.values()];
  }

  /** c a_i^dagger(0) a_j(d) + h.c. */
  addNormal(i: number, j: number, d: readonly number[], parameter: number, re: number, im: number) {
    this.#add(false, i, j, d[0]!, d[1]!, d[2]!, parameter, re, im);
    this.#add(false, j, i, -d[0]!, -d[1]!, -d[2]!, parameter, re, -im);
  }

  /** c a_i^dagger(0) a_j^dagger(d) + h.c. */
  addAnomalous(
    i: number,
    j: number,
    d: readonly number[],
    parameter: number,
    re: number,
    im: number,
  ) {
    this.#add(true, i, j, d[0]!, d[1]!, d[2]!, parameter, re, im);
    this.#add(true, j, i, -d[0]!, -d[1]!, -d[2]!, parameter, re, im);
  }

  /** c a_i^dagger a_i, c real. */
  addOnSite(i: number, parameter: number, c: number) {
    this.#add(false, i, i, 0, 0, 0, parameter, c, 0);
  }

  /** (c a_i^dagger a_i^dagger + h.c.) / 2. */
  addOnSitePair(i: number, parameter: number, re: number, im: number) {
    this.#add(true, i, i, 0, 0, 0, parameter, re, im);
  }

  #add(
    anomalous: boolean,
    i: number,
    j: number,
    dx: number,
    dy: number,
    dz: number,
    parameter: number,
    re: number,
    im: number,
  ) {
    if (re === 0 && im === 0) return;
    // + 0 turns -0 into 0, so that keys agree
    const key = `${anomalous ? 1 : 0},${i},${j},${dx + 0},${dy + 0},${dz + 0},${parameter}`;
    const term = this.#terms.get(key);
    if (term === undefined) {
      this.#terms.set(key, {
        anomalous,
        i,
        j,
        dx: dx + 0,
        dy: dy + 0,
        dz: dz + 0,
        parameter,
        re,
        im,
      });
    } else {
      term.re += re;
      term.im += im;
    }
  }
}
