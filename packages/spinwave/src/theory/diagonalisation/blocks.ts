import { Displacements, compileSlots, type SlotTable } from './slots.js';
import type { GroupElement, PermutationGroup } from '../symmetry/permutationGroup.js';
import type { QuadraticTerm } from '../hamiltonian/quadraticForm.js';

/**
 * H(q) in the basis of the group's characters. In block k the Bloch amplitude of site g.o is
 * z_g(o) exp(2 pi i (q.(tau_g - shift_g(o)) + w_kg)) / sqrt(nElements) times that of the orbit o, so
 * A_oo' = sum over g of A_o,go' times the same, and likewise B (with conj z).
 */
export interface BlockForm {
  readonly nOrbits: number;
  readonly nBlocks: number;
  /** Slot tables of each block; all use the same displacements. */
  readonly tables: readonly BlockTables[];
  /** Orbit of each site, and the element that makes it from the representative. */
  readonly orbit: Int32Array;
  readonly element: Int32Array;
  /** Index into the displacements of tau_g - shift_g(o) for each site. */
  readonly sitePhase: Int32Array;
}

/** Of a real form: plus = A + B and minus = A - B (lower triangles); else the 2N' x 2N' matrix. */
export type BlockTables =
  | { readonly kind: 'real'; readonly plus: SlotTable; readonly minus: SlotTable }
  | { readonly kind: 'general'; readonly whole: SlotTable };

export function buildBlocks(
  terms: readonly QuadraticTerm[],
  n: number,
  group: PermutationGroup,
  real: boolean,
  displacements: Displacements,
): BlockForm {
  const { elements, representatives, turns } = group;
  const nElements = elements.length;
  const orbit = new Int32Array(n);
  const element = new Int32Array(n);
  const sitePhase = new Int32Array(n);
  representatives.forEach((o, index) => {
    elements.forEach((g, e) => {
      const i = g.map[o]!;
      orbit[i] = index;
      element[i] = e;
      sitePhase[i] = displacements.indexOf(...siteStep(g, o));
    });
  });
  const orbitOf = new Map(Array.from(representatives, (o, index) => [o, index]));
  const own = terms.filter((t) => orbitOf.has(t.i));
  const tables = Array.from({ length: nElements }, (_, k) => {
    const local = own.map((t) => {
      const e = element[t.j]!;
      const g = elements[e]!;
      const o = representatives[orbit[t.j]!]!;
      const step = siteStep(g, o);
      const angle = 2 * Math.PI * turns[k * nElements + e]!;
      return {
        anomalous: t.anomalous,
        i: orbitOf.get(t.i)!,
        j: orbit[t.j]!,
        phase: displacements.indexOf(t.dx + step[0], t.dy + step[1], t.dz + step[2]),
        parameter: t.parameter,
        re: t.re,
        im: t.im,
        zRe: g.zRe[o]!,
        zIm: g.zIm[o]!,
        wRe: exact(Math.cos(angle)),
        wIm: exact(Math.sin(angle)),
      };
    });
    return real
      ? realTables(local, representatives.length)
      : generalTable(local, representatives.length);
  });
  return {
    nOrbits: representatives.length,
    nBlocks: nElements,
    tables,
    orbit,
    element,
    sitePhase,
  };
}

function siteStep(g: GroupElement, o: number): [number, number, number] {
  return [0, 1, 2].map((a) => g.tau[a]! - g.shift[3 * o + a]!) as [number, number, number];
}

interface BlockTerm {
  readonly anomalous: boolean;
  readonly i: number;
  readonly j: number;
  readonly phase: number;
  readonly parameter: number;
  readonly re: number;
  readonly im: number;
  readonly zRe: number;
  readonly zIm: number;
  readonly wRe: number;
  readonly wIm: number;
}

/** z is +-1 here, and coefficients are real. */
function realTables(terms: readonly BlockTerm[], n: number): BlockTables {
  const make = (sign: 1 | -1): SlotTable =>
    compileSlots(
      n,
      terms
        .filter((t) => t.i >= t.j)
        .map((t) => {
          const c = t.re * t.zRe * (t.anomalous ? sign : 1);
          const { parameter, phase } = t;
          return { row: t.i, column: t.j, phase, parameter, re: c * t.wRe, im: c * t.wIm };
        }),
    );
  return { kind: 'real', plus: make(1), minus: make(-1) };
}

function generalTable(terms: readonly BlockTerm[], n: number): BlockTables {
  const entries = [];
  const entry = (row: number, column: number, t: BlockTerm, conj: 1 | -1) => {
    // c z w above, conj(c) conj(z) w below; B^dagger has conj(c) z w
    const re = t.re;
    const im = conj * t.im;
    const zi = (t.anomalous ? 1 : conj) * t.zIm;
    const cr = re * t.zRe - im * zi;
    const ci = re * zi + im * t.zRe;
    return {
      row,
      column,
      phase: t.phase,
      parameter: t.parameter,
      re: cr * t.wRe - ci * t.wIm,
      im: cr * t.wIm + ci * t.wRe,
    };
  };
  for (const t of terms) {
    if (t.anomalous) entries.push(entry(n + t.i, t.j, t, -1));
    else if (t.i >= t.j) entries.push(entry(t.i, t.j, t, 1), entry(n + t.i, n + t.j, t, -1));
  }
  return { kind: 'general', whole: compileSlots(2 * n, entries) };
}

function exact(v: number): number {
  for (const x of [0, 0.5, -0.5, 1, -1]) if (Math.abs(v - x) < 1e-14) return x;
  return v;
}
