import { UsageError } from '../../console/errors.js';

/** A labelled corner of a path through reciprocal space, r.l.u. */
export interface PathNode {
  readonly label: string;
  readonly hkl: readonly [number, number, number];
}

/** Points to compute at, and where the corners are among them. */
export interface QPoints {
  /** `[n, 3]`, r.l.u. */
  readonly q: Float64Array;
  readonly nodes: readonly { readonly label: string; readonly index: number }[];
}

/** "0.5,0,0" to three numbers; fractions such as 1/3 are read too. */
export function parseHkl(text: string, where: string): [number, number, number] {
  const parts = text.split(',').map((part) => parseNumber(part.trim()));
  // Beyond 1e6 a phase 2 pi Q.r has lost its digits.
  if (parts.length !== 3 || parts.some((v) => !(Math.abs(v) <= 1e6))) {
    throw new UsageError({
      what: 'a wavevector could not be read',
      where,
      got: `'${text}'`,
      expected: 'three numbers H,K,L in r.l.u. (at most 1e6), such as 0.5,0,0 or 1/3,1/3,0',
      next: 'write it without spaces',
    });
  }
  return parts as [number, number, number];
}

function parseNumber(text: string): number {
  const fraction = /^([+-]?\d+(?:\.\d*)?)\/(\d+(?:\.\d*)?)$/.exec(text);
  if (fraction) return Number(fraction[1]) / Number(fraction[2]);
  return text === '' ? Number.NaN : Number(text);
}

/** "G (0,0,0) X (0.5,0,0)" to its corners; labels may be left out. */
export function parsePath(text: string): PathNode[] {
  const nodes: PathNode[] = [];
  const pattern = /\s*([^\s()]*)\s*\(([^()]*)\)/gy;
  let at = 0;
  for (let m = pattern.exec(text); m; m = pattern.exec(text)) {
    const hkl = parseHkl(m[2]!.replace(/\s+/g, ''), '--path');
    nodes.push({ label: m[1] || `(${m[2]!.trim()})`, hkl });
    at = pattern.lastIndex;
  }
  if (nodes.length < 2 || text.slice(at).trim() !== '') {
    throw new UsageError({
      what: 'a path could not be read',
      where: '--path',
      got: `'${text}'`,
      expected: 'two or more labelled points: "G (0,0,0) X (0.5,0,0) M (0.5,0.5,0)"',
      next: 'put the whole path in quotes',
    });
  }
  return nodes;
}

/** Points along a path, `perSegment` to each straight piece, its corners included once. */
export function pointsAlong(nodes: readonly PathNode[], perSegment: number): QPoints {
  const rows: number[] = [];
  const corners: { label: string; index: number }[] = [];
  nodes.forEach((node, i) => {
    corners.push({ label: node.label, index: rows.length / 3 });
    rows.push(...node.hkl);
    const next = nodes[i + 1];
    if (!next) return;
    for (let s = 1; s < perSegment; s++) {
      for (let axis = 0; axis < 3; axis++) {
        rows.push(node.hkl[axis]! + ((next.hkl[axis]! - node.hkl[axis]!) * s) / perSegment);
      }
    }
  });
  return { q: Float64Array.from(rows), nodes: corners };
}
