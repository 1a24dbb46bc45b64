import { AutomorphismFinder, type Automorphism } from './automorphism.js';
import type { QuadraticTerm } from '../hamiltonian/quadraticForm.js';

/** An element of the group, with its character in each block: exp(-2 pi i (q.tau + w_k)). */
export interface GroupElement extends Automorphism {
  /** Fractions of cells. */
  readonly tau: readonly [number, number, number];
}

/**
 * An abelian group of automorphisms that moves every site (acts freely): sites fall into orbits as
 * large as the group, and H(q) into as many blocks, one for each character.
 */
export interface PermutationGroup {
  readonly elements: readonly GroupElement[];
  /** w of each element in each block, [nBlocks, nElements], in turns. */
  readonly turns: Float64Array;
  /** One site of each orbit. */
  readonly representatives: Int32Array;
}

/** Automorphisms tried for each image of the first site. */
const CANDIDATES = 16;

/** The largest such group that a greedy search finds; just the identity if there is none. */
export function findPermutationGroup(terms: readonly QuadraticTerm[], n: number): PermutationGroup {
  const finder = new AutomorphismFinder(terms, n);
  let elements: GroupElement[] = [identity(n)];
  let turns: number[][] = [[0]];
  const generators: Automorphism[] = [];
  for (let image = 1; image < n; image++) {
    if (elements.some((g) => g.map[0] === image)) continue;
    for (const g of finder.find(image, CANDIDATES)) {
      if (!generators.every((h) => commute(g, h))) continue;
      const extended = extend(elements, turns, g);
      if (extended === undefined) continue;
      ({ elements, turns } = extended);
      generators.push(g);
      break;
    }
  }
  const representatives: number[] = [];
  const seen = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    if (seen[i]) continue;
    representatives.push(i);
    for (const g of elements) seen[g.map[i]!] = 1;
  }
  return {
    elements,
    turns: Float64Array.from(turns.flat()),
    representatives: Int32Array.from(representatives),
  };
}

function identity(n: number): GroupElement {
  return {
    map: Int32Array.from({ length: n }, (_, i) => i),
    shift: new Int32Array(3 * n),
    zRe: new Float64Array(n).fill(1),
    zIm: new Float64Array(n),
    tau: [0, 0, 0],
  };
}

/** First h, then g. */
function compose(g: Automorphism, h: Automorphism): Automorphism {
  const n = g.map.length;
  const out = {
    map: new Int32Array(n),
    shift: new Int32Array(3 * n),
    zRe: new Float64Array(n),
    zIm: new Float64Array(n),
  };
  for (let i = 0; i < n; i++) {
    const j = h.map[i]!;
    out.map[i] = g.map[j]!;
    for (let a = 0; a < 3; a++) out.shift[3 * i + a] = h.shift[3 * i + a]! + g.shift[3 * j + a]!;
    out.zRe[i] = h.zRe[i]! * g.zRe[j]! - h.zIm[i]! * g.zIm[j]!;
    out.zIm[i] = h.zRe[i]! * g.zIm[j]! + h.zIm[i]! * g.zRe[j]!;
  }
  return out;
}

function commute(g: Automorphism, h: Automorphism): boolean {
  const a = compose(g, h);
  const b = compose(h, g);
  return (
    a.map.every((v, i) => v === b.map[i]) &&
    a.shift.every((v, i) => v === b.shift[i]) &&
    a.zRe.every((v, i) => Math.hypot(v - b.zRe[i]!, a.zIm[i]! - b.zIm[i]!) < 1e-9)
  );
}

/**
 * <G, g>: finds the power m with g^m = h0 times a translation c and a phase zeta, h0 in G. Then the
 * character of g is one of the m m-th roots of zeta exp(-2 pi i q.c) chi(h0), which gives tau and
 * m values of w for each block of G. Undefined if the larger group does not act freely.
 */
function extend(
  elements: readonly GroupElement[],
  turns: readonly number[][],
  g: Automorphism,
): { elements: GroupElement[]; turns: number[][] } | undefined {
  const n = g.map.length;
  const powers: Automorphism[] = [g];
  let m = 1;
  let base = -1;
  for (; m <= n; m++) {
    const power = powers[m - 1]!;
    base = elements.findIndex((h) => h.map.every((v, i) => v === power.map[i]));
    if (base >= 0) break;
    powers.push(compose(g, power));
  }
  if (base < 0) return undefined;
  const last = powers[m - 1]!;
  const h0 = elements[base]!;
  const c = [0, 1, 2].map((a) => last.shift[a]! - h0.shift[a]!);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < 3; a++) {
      if (last.shift[3 * i + a]! - h0.shift[3 * i + a]! !== c[a]) return undefined;
    }
  }
  // zeta = z(last) / z(h0), the same at every site; it has to be 1 unless H conserves bosons.
  const zetaRe = last.zRe.map((v, i) => v * h0.zRe[i]! + last.zIm[i]! * h0.zIm[i]!);
  const zetaIm = last.zIm.map((v, i) => v * h0.zRe[i]! - last.zRe[i]! * h0.zIm[i]!);
  if (zetaRe.some((v, i) => Math.hypot(v - zetaRe[0]!, zetaIm[i]! - zetaIm[0]!) > 1e-9)) {
    return undefined;
  }
  // The a^dagger half picks up conj(zeta): only +-1 is a common eigenvalue.
  if (Math.abs(zetaIm[0]!) > 1e-9) return undefined;
  const zetaTurn = zetaRe[0]! > 0 ? 0 : 0.5;
  const tau = [0, 1, 2].map((a) => (h0.tau[a]! + c[a]!) / m);
  const outElements: GroupElement[] = [];
  for (let k = 0; k < m; k++) {
    for (const h of elements) {
      const e: Automorphism = k === 0 ? h : compose(h, powers[k - 1]!);
      const sum = h.tau.map((v, a) => v + k * tau[a]!);
      outElements.push({ ...e, tau: sum as unknown as GroupElement['tau'] });
    }
  }
  // Acts freely: nobody but the identity keeps a site in place.
  for (const e of outElements.slice(1)) if (e.map.some((v, i) => v === i)) return undefined;
  const outTurns: number[][] = [];
  for (const block of turns) {
    for (let r = 0; r < m; r++) {
      const w = (block[base]! + zetaTurn + r) / m;
      const row: number[] = [];
      for (let k = 0; k < m; k++) for (const t of block) row.push(t + k * w);
      outTurns.push(row);
    }
  }
  return { elements: outElements, turns: outTurns };
}
