import type { QuadraticTerm } from '../hamiltonian/quadraticForm.js';

/** Imaginary parts below this, relative to the largest coefficient of a parameter, are rounding. */
const TOLERANCE = 1e-11;

interface Edge {
  readonly to: number;
  readonly s: 1 | -1;
  readonly angle: number;
  /** |c| relative to the largest coefficient of its parameter. */
  readonly size: number;
}

/**
 * Looks for angles phi_i of the local frames (u_i -> exp(i phi_i) u_i) that make every coefficient of
 * the quadratic form real. Then A(-q)^T = A(q) and B(q)^dagger = B(q), and the 2N x 2N problem
 * falls into (A + B)(A - B). Such angles exist for collinear and for coplanar states with
 * Heisenberg exchange, for anisotropies along the axes of the frames, and for whatever else has the
 * antiunitary symmetry behind it; nothing is assumed about the model. Returns the angles, or undefined.
 */
export function findRealGauge(
  terms: readonly QuadraticTerm[],
  n: number,
): Float64Array | undefined {
  const largest = largestByParameter(terms);
  // phi_i + s phi_j = -arg(c) mod pi, s = -1 for normal and +1 for anomalous terms.
  const edges: Edge[][] = Array.from({ length: n }, () => []);
  for (const t of terms) {
    const size = Math.hypot(t.re, t.im) / largest[t.parameter]!;
    if (!(size > TOLERANCE)) continue;
    if (t.i === t.j && !t.anomalous) {
      if (Math.abs(t.im) > TOLERANCE * largest[t.parameter]!) return undefined;
      continue;
    }
    const angle = -Math.atan2(t.im, t.re);
    edges[t.i]!.push({ to: t.j, s: t.anomalous ? 1 : -1, angle, size });
  }
  const sign = new Int8Array(n);
  const offset = new Float64Array(n);
  const angles = new Float64Array(n);
  const best: (Edge & { from: number })[] = [];
  for (let root = 0; root < n; root++) {
    if (sign[root] !== 0) continue;
    // phi_i = sign_i theta + offset_i within this connected part, along a spanning tree of the largest
    // coefficients, whose arguments are the most accurate (Prim); theta from the largest of the rest.
    const part: number[] = [];
    let theta = 0;
    let thetaSize = 0;
    const join = (i: number) => {
      part.push(i);
      delete best[i];
      for (const e of edges[i]!) {
        if (sign[e.to] === 0) {
          const known = best[e.to];
          if (!known || known.size < e.size) best[e.to] = { ...e, from: i };
          continue;
        }
        const factor = sign[i]! + e.s * sign[e.to]!;
        if (factor !== 0 && e.size > thetaSize) {
          theta = (e.angle - offset[i]! - e.s * offset[e.to]!) / factor;
          thetaSize = e.size;
        }
      }
    };
    sign[root] = 1;
    join(root);
    for (;;) {
      let next: (Edge & { from: number }) | undefined;
      best.forEach((e) => {
        if (next === undefined || e.size > next.size) next = e;
      });
      if (next === undefined) break;
      // s phi_to = angle - phi_from
      sign[next.to] = (-next.s * sign[next.from]!) as 1 | -1;
      offset[next.to] = next.s * (next.angle - offset[next.from]!);
      join(next.to);
    }
    for (const i of part) angles[i] = sign[i]! * theta + offset[i]!;
  }
  for (const t of terms) {
    const c = rotated(t, angles);
    if (Math.abs(c[1]) > TOLERANCE * largest[t.parameter]!) return undefined;
  }
  return angles;
}

/** The terms in the turned frames, imaginary parts (rounding) dropped. */
export function toRealGauge(
  terms: readonly QuadraticTerm[],
  angles: Float64Array,
): QuadraticTerm[] {
  return terms.map((t) => ({ ...t, re: rotated(t, angles)[0], im: 0 }));
}

function rotated(t: QuadraticTerm, angles: Float64Array): [number, number] {
  const a = angles[t.i]! + (t.anomalous ? 1 : -1) * angles[t.j]!;
  const c = Math.cos(a);
  const s = Math.sin(a);
  return [c * t.re - s * t.im, c * t.im + s * t.re];
}

function largestByParameter(terms: readonly QuadraticTerm[]): Float64Array {
  const n = terms.reduce((m, t) => Math.max(m, t.parameter + 1), 0);
  const largest = new Float64Array(n);
  for (const t of terms) {
    largest[t.parameter] = Math.max(largest[t.parameter]!, Math.hypot(t.re, t.im));
  }
  return largest;
}
