/**
 * Eigenvalues and eigenvectors of a complex Hermitian matrix.
 *
 * Householder reduction to a real symmetric tridiagonal matrix, implicit QL with Wilkinson's shift,
 * back-transformation (Golub and Van Loan, Matrix Computations, 8.3). Split real and imaginary
 * parts, row-major. A workspace is made once per size; nothing is allocated in `solve`.
 */
export class HermitianEigen {
  readonly n: number;
  /** Eigenvalues, ascending after `solve`. */
  readonly values: Float64Array;
  /** Eigenvectors, [n, n]: vector m is the contiguous row m. Only the rows asked for are filled. */
  readonly vectorRe: Float64Array;
  readonly vectorIm: Float64Array;
  readonly #off: Float64Array;
  readonly #z: Float64Array;
  readonly #reflectorRe: Float64Array;
  readonly #reflectorIm: Float64Array;
  readonly #tauRe: Float64Array;
  readonly #tauIm: Float64Array;
  readonly #pRe: Float64Array;
  readonly #pIm: Float64Array;
  readonly #order: Int32Array;

  constructor(n: number) {
    this.n = n;
    this.values = new Float64Array(n);
    this.vectorRe = new Float64Array(n * n);
    this.vectorIm = new Float64Array(n * n);
    this.#off = new Float64Array(n + 1);
    this.#z = new Float64Array(n * n);
    this.#reflectorRe = new Float64Array(n * n);
    this.#reflectorIm = new Float64Array(n * n);
    this.#tauRe = new Float64Array(n);
    this.#tauIm = new Float64Array(n);
    this.#pRe = new Float64Array(n);
    this.#pIm = new Float64Array(n);
    this.#order = new Int32Array(n);
  }

  /**
   * Solves for the matrix whose lower triangle is in (aRe, aIm); both are overwritten. Vectors with
   * index `firstVector` and above are computed (ascending order; n for none).
   */
  solve(aRe: Float64Array, aIm: Float64Array, firstVector = 0): void {
    const n = this.n;
    const wanted = firstVector < n;
    this.#tridiagonalise(aRe, aIm);
    if (wanted) {
      this.#z.fill(0);
      for (let i = 0; i < n; i++) this.#z[i * n + i] = 1;
    }
    implicitQL(this.values, this.#off, n, this.#z, wanted);
    this.#sort();
    if (wanted) this.#backTransform(firstVector);
  }

  #tridiagonalise(aRe: Float64Array, aIm: Float64Array): void {
    const n = this.n;
    const d = this.values;
    const e = this.#off;
    const vRe = this.#reflectorRe;
    const vIm = this.#reflectorIm;
    const pRe = this.#pRe;
    const pIm = this.#pIm;
    for (let k = 0; k < n - 1; k++) {
      const row = k * n;
      // x = A[k+1.., k]; H = 1 - tau v v^dagger, v[k+1] = 1, makes H^dagger x = beta e_1, beta real.
      let tail = 0;
      for (let i = k + 2; i < n; i++) {
        const xr = aRe[i * n + k]!;
        const xi = aIm[i * n + k]!;
        vRe[row + i] = xr;
        vIm[row + i] = xi;
        tail += xr * xr + xi * xi;
      }
      const alphaRe = aRe[(k + 1) * n + k]!;
      const alphaIm = aIm[(k + 1) * n + k]!;
      vRe[row + k + 1] = 1;
      vIm[row + k + 1] = 0;
      d[k] = aRe[row + k]!;
      const norm = Math.sqrt(alphaRe * alphaRe + alphaIm * alphaIm + tail);
      // Nothing to reflect, or so small that its square vanishes.
      if ((tail === 0 && alphaIm === 0) || norm === 0) {
        this.#tauRe[k] = 0;
        this.#tauIm[k] = 0;
        e[k] = alphaRe;
        continue;
      }
      const beta = alphaRe > 0 ? -norm : norm;
      e[k] = beta;
      const tauRe = (beta - alphaRe) / beta;
      const tauIm = -alphaIm / beta;
      this.#tauRe[k] = tauRe;
      this.#tauIm[k] = tauIm;
      // v = x / (alpha - beta)
      const dr = alphaRe - beta;
      const scale = 1 / (dr * dr + alphaIm * alphaIm);
      const ir = dr * scale;
      const ii = -alphaIm * scale;
      for (let i = k + 2; i < n; i++) {
        const xr = vRe[row + i]!;
        const xi = vIm[row + i]!;
        vRe[row + i] = xr * ir - xi * ii;
        vIm[row + i] = xr * ii + xi * ir;
      }
      // p = A v over the trailing block, from its lower triangle
      for (let i = k + 1; i < n; i++) {
        const ri = i * n;
        const vr = vRe[row + i]!;
        const vi = vIm[row + i]!;
        const diagonal = aRe[ri + i]!;
        let sr = diagonal * vr;
        let si = diagonal * vi;
        for (let j = k + 1; j < i; j++) {
          const ar = aRe[ri + j]!;
          const ai = aIm[ri + j]!;
          const wr = vRe[row + j]!;
          const wi = vIm[row + j]!;
          sr += ar * wr - ai * wi;
          si += ar * wi + ai * wr;
          pRe[j] = pRe[j]! + (ar * vr + ai * vi);
          pIm[j] = pIm[j]! + (ar * vi - ai * vr);
        }
        pRe[i] = sr;
        pIm[i] = si;
      }
      // H^dagger A H = A - v w^dagger - w v^dagger, w = tau p - (|tau|^2 / 2)(v^dagger p) v
      let vp = 0;
      for (let i = k + 1; i < n; i++) vp += vRe[row + i]! * pRe[i]! + vIm[row + i]! * pIm[i]!;
      const half = 0.5 * (tauRe * tauRe + tauIm * tauIm) * vp;
      for (let i = k + 1; i < n; i++) {
        const pr = pRe[i]!;
        const pi = pIm[i]!;
        const vr = vRe[row + i]!;
        const vi = vIm[row + i]!;
        const wr = tauRe * pr - tauIm * pi - half * vr;
        const wi = tauRe * pi + tauIm * pr - half * vi;
        pRe[i] = wr;
        pIm[i] = wi;
        const ri = i * n;
        for (let j = k + 1; j <= i; j++) {
          const br = pRe[j]!;
          const bi = pIm[j]!;
          const cr = vRe[row + j]!;
          const ci = vIm[row + j]!;
          aRe[ri + j] = aRe[ri + j]! - (vr * br + vi * bi + wr * cr + wi * ci);
          aIm[ri + j] = aIm[ri + j]! - (vi * br - vr * bi + wi * cr - wr * ci);
        }
      }
    }
    d[n - 1] = aRe[n * n - 1]!;
    e[n - 1] = 0;
  }

  /** Ascending order of the values; `#order[m]` is the row of z of the m-th. */
  #sort(): void {
    const n = this.n;
    const d = this.values;
    const order = this.#order;
    for (let i = 0; i < n; i++) {
      const v = d[i]!;
      let j = i - 1;
      while (j >= 0 && d[j]! > v) {
        d[j + 1] = d[j]!;
        order[j + 1] = order[j]!;
        j--;
      }
      d[j + 1] = v;
      order[j + 1] = i;
    }
  }

  #backTransform(first: number): void {
    const n = this.n;
    const z = this.#z;
    const hRe = this.#reflectorRe;
    const hIm = this.#reflectorIm;
    const outRe = this.vectorRe;
    const outIm = this.vectorIm;
    for (let m = first; m < n; m++) {
      const source = this.#order[m]! * n;
      const at = m * n;
      for (let i = 0; i < n; i++) {
        outRe[at + i] = z[source + i]!;
        outIm[at + i] = 0;
      }
      for (let k = n - 2; k >= 0; k--) {
        const tauRe = this.#tauRe[k]!;
        const tauIm = this.#tauIm[k]!;
        if (tauRe === 0 && tauIm === 0) continue;
        const row = k * n;
        let sr = 0;
        let si = 0;
        for (let i = k + 1; i < n; i++) {
          const vr = hRe[row + i]!;
          const vi = hIm[row + i]!;
          const xr = outRe[at + i]!;
          const xi = outIm[at + i]!;
          sr += vr * xr + vi * xi;
          si += vr * xi - vi * xr;
        }
        const fr = tauRe * sr - tauIm * si;
        const fi = tauRe * si + tauIm * sr;
        for (let i = k + 1; i < n; i++) {
          const vr = hRe[row + i]!;
          const vi = hIm[row + i]!;
          outRe[at + i] = outRe[at + i]! - (fr * vr - fi * vi);
          outIm[at + i] = outIm[at + i]! - (fr * vi + fi * vr);
        }
      }
    }
  }
}

/**
 * Implicit QL of the real symmetric tridiagonal matrix with diagonal d and off-diagonal e (e[i]
 * couples i and i+1). Rows of z are rotated along, so that row m ends as the eigenvector of d[m].
 */
function implicitQL(
  d: Float64Array,
  e: Float64Array,
  n: number,
  z: Float64Array,
  vectors: boolean,
): void {
  for (let l = 0; l < n; l++) {
    for (let iteration = 0; ; iteration++) {
      let m = l;
      for (; m < n - 1; m++) {
        const dd = Math.abs(d[m]!) + Math.abs(d[m + 1]!);
        if (Math.abs(e[m]!) <= Number.EPSILON * dd) break;
      }
      if (m === l) break;
      if (iteration === 60) throw new Error('QL iteration of a Hermitian matrix did not converge');
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.sqrt(g * g + 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        let f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] = d[i + 1]! - p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        if (vectors) {
          const lower = i * n;
          const upper = lower + n;
          for (let k = 0; k < n; k++) {
            f = z[upper + k]!;
            const w = z[lower + k]!;
            z[upper + k] = s * w + c * f;
            z[lower + k] = c * w - s * f;
          }
        }
      }
      if (r === 0 && i >= l) continue;
      d[l] = d[l]! - p;
      e[l] = g;
      e[m] = 0;
    }
  }
}
