import type { QuadraticTerm } from '../hamiltonian/quadraticForm.js';
import type { WaveTable } from './waves.js';

/**
 * A matrix H(q) = sum over slots of coefficient(p) exp(2 pi i q.d) at (row, column), compiled to flat
 * arrays: the coefficients depend on the parameters alone, the phases on q alone.
 */
export interface SlotTable {
  readonly size: number;
  readonly nSlots: number;
  /** row * size + column. */
  readonly place: Int32Array;
  /** Index into the displacements; a slot with displacement 0 has index 0. */
  readonly phase: Int32Array;
  /** coefficient = sum over k in [start[s], start[s+1]) of p[parameter[k]] * (re, im)[k]. */
  readonly start: Int32Array;
  readonly parameter: Int32Array;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Distinct displacements, [n, 3] in magnetic cells; the first is zero. */
export class Displacements {
  readonly #index = new Map<string, number>();
  readonly #list: number[] = [];

  constructor() {
    this.indexOf(0, 0, 0);
  }

  indexOf(x: number, y: number, z: number): number {
    const key = [x, y, z].map((v) => (Math.round(v * 1e9) / 1e9 + 0).toString()).join(',');
    let k = this.#index.get(key);
    if (k === undefined) {
      k = this.#list.length / 3;
      this.#index.set(key, k);
      this.#list.push(x, y, z);
    }
    return k;
  }

  get count(): number {
    return this.#list.length / 3;
  }

  toArray(): Float64Array {
    return Float64Array.from(this.#list);
  }
}

interface Entry {
  readonly row: number;
  readonly column: number;
  readonly phase: number;
  readonly parameter: number;
  readonly re: number;
  readonly im: number;
}

/** Merges entries into slots, sorted by place so that memory is written in order. */
export function compileSlots(size: number, entries: readonly Entry[]): SlotTable {
  const slots = new Map<string, Entry[]>();
  for (const e of entries) {
    const key = `${e.row},${e.column},${e.phase}`;
    const list = slots.get(key);
    if (list) list.push(e);
    else slots.set(key, [e]);
  }
  const sorted = [...slots.values()].sort(
    (a, b) =>
      a[0]!.row * size + a[0]!.column - (b[0]!.row * size + b[0]!.column) ||
      a[0]!.phase - b[0]!.phase,
  );
  const flat = sorted.flat();
  const start = new Int32Array(sorted.length + 1);
  sorted.forEach((list, s) => (start[s + 1] = start[s]! + list.length));
  return {
    size,
    nSlots: sorted.length,
    place: Int32Array.from(sorted, (l) => l[0]!.row * size + l[0]!.column),
    phase: Int32Array.from(sorted, (l) => l[0]!.phase),
    start,
    parameter: Int32Array.from(flat, (e) => e.parameter),
    re: Float64Array.from(flat, (e) => e.re),
    im: Float64Array.from(flat, (e) => e.im),
  };
}

/**
 * Lower triangle of the 2N x 2N matrix [[A(q), B(q)], [B(q)^dagger, A(-q)^T]]:
 * A(-q)^T has conj(c) exp(2 pi i q.d) where A(q) has c exp(2 pi i q.d), and so has B(q)^dagger
 * against B(q) (both from the closure of the term list).
 */
export function generalSlots(
  terms: readonly QuadraticTerm[],
  n: number,
  displacements: Displacements,
): SlotTable {
  const entries: Entry[] = [];
  for (const t of terms) {
    const phase = displacements.indexOf(t.dx, t.dy, t.dz);
    const { i, j, parameter, re, im } = t;
    if (t.anomalous) {
      entries.push({ row: n + i, column: j, phase, parameter, re, im: -im });
    } else if (i >= j) {
      entries.push({ row: i, column: j, phase, parameter, re, im });
      entries.push({ row: n + i, column: n + j, phase, parameter, re, im: -im });
    }
  }
  return compileSlots(2 * n, entries);
}

/** coefficient of each slot for the parameters p (p[nParameters] must be 1). */
export function slotCoefficients(
  table: SlotTable,
  p: Float64Array,
  outRe: Float64Array,
  outIm: Float64Array,
): void {
  const { nSlots, start, parameter, re, im } = table;
  for (let s = 0; s < nSlots; s++) {
    let sr = 0;
    let si = 0;
    for (let k = start[s]!; k < start[s + 1]!; k++) {
      const v = p[parameter[k]!]!;
      sr += v * re[k]!;
      si += v * im[k]!;
    }
    outRe[s] = sr;
    outIm[s] = si;
  }
}

/** Adds every slot to the matrix, with the phases of one wavevector. */
export function addSlots(
  table: SlotTable,
  cRe: Float64Array,
  cIm: Float64Array,
  waves: WaveTable,
  index: number,
  outRe: Float64Array,
  outIm: Float64Array,
): void {
  const { nSlots, place, phase } = table;
  const { cos, sin } = waves;
  const at = index * waves.stride;
  for (let s = 0; s < nSlots; s++) {
    const c = cos[at + phase[s]!]!;
    const d = sin[at + phase[s]!]!;
    const r = cRe[s]!;
    const m = cIm[s]!;
    const k = place[s]!;
    outRe[k] = outRe[k]! + (r * c - m * d);
    outIm[k] = outIm[k]! + (r * d + m * c);
  }
}
