import type { Mat3, Vec3 } from './geometry.js';
import { IDENTITY, add, matMul, matScale, matVec, scale, subtract, wrapUnit } from './geometry.js';
import type { SymmetryOperation } from './symmetryOperation.js';

type Axis = 'x' | 'y' | 'z' | "'" | '"' | '*';

/** Rotations about z; those about x and y follow by cyclic exchange of the axes. */
const aboutZ: Readonly<Record<string, Mat3>> = {
  1: IDENTITY,
  2: [-1, 0, 0, 0, -1, 0, 0, 0, 1],
  3: [0, -1, 0, 1, -1, 0, 0, 0, 1],
  4: [0, -1, 0, 1, 0, 0, 0, 0, 1],
  6: [1, -1, 0, 1, 0, 0, 0, 0, 1],
};
/** Two-fold axes a-b and a+b, for a principal axis z. */
const diagonal: Readonly<Record<string, Mat3>> = {
  "'": [0, -1, 0, -1, 0, 0, 0, 0, -1],
  '"': [0, 1, 0, 1, 0, 0, 0, 0, -1],
};
/** x -> y -> z -> x; also the three-fold axis a+b+c. */
const cyclic: Mat3 = [0, 0, 1, 1, 0, 0, 0, 1, 0];
const cyclicBack: Mat3 = [0, 1, 0, 0, 0, 1, 1, 0, 0];

const centring: Readonly<Record<string, readonly Vec3[]>> = {
  P: [],
  A: [[0, 1 / 2, 1 / 2]],
  B: [[1 / 2, 0, 1 / 2]],
  C: [[1 / 2, 1 / 2, 0]],
  I: [[1 / 2, 1 / 2, 1 / 2]],
  R: [
    [2 / 3, 1 / 3, 1 / 3],
    [1 / 3, 2 / 3, 2 / 3],
  ],
  F: [
    [0, 1 / 2, 1 / 2],
    [1 / 2, 0, 1 / 2],
    [1 / 2, 1 / 2, 0],
  ],
};

const glide: Readonly<Record<string, Vec3>> = {
  a: [1 / 2, 0, 0],
  b: [0, 1 / 2, 0],
  c: [0, 0, 1 / 2],
  n: [1 / 2, 1 / 2, 1 / 2],
  u: [1 / 4, 0, 0],
  v: [0, 1 / 4, 0],
  w: [0, 0, 1 / 4],
  d: [1 / 4, 1 / 4, 1 / 4],
};

/**
 * Generators of the space group of a Hall symbol, such as '-P 2ac 2n' or 'P 61 2 (0 0 5)'
 * (S. R. Hall, Acta Cryst. A 37, 517 (1981); International Tables B, 1.4). An origin shift in
 * parentheses counts twelfths. Throws SyntaxError.
 */
export function hallGenerators(symbol: string): SymmetryOperation[] {
  const shiftText = /\(([^)]*)\)\s*$/.exec(symbol);
  const parts = symbol
    .replace(/\([^)]*\)\s*$/, '')
    .trim()
    .split(/\s+/);
  const lattice = /^(-?)([PABCIRF])$/.exec(parts[0] ?? '');
  if (!lattice) throw new SyntaxError(`'${symbol}' is not a Hall symbol`);
  const generators: SymmetryOperation[] = centring[lattice[2]!]!.map((t) => operation(IDENTITY, t));
  if (lattice[1]) generators.push(operation(matScale(IDENTITY, -1), [0, 0, 0]));
  let previousOrder = 0;
  let previousAxis: Axis = 'z';
  for (const [i, part] of parts.slice(1).entries()) {
    const m = /^(-?)([12346])([xyz'"*]?)([1-5]?)([abcnuvwd]*)$/.exec(part);
    if (!m) throw new SyntaxError(`cannot read '${part}' in the Hall symbol '${symbol}'`);
    const order = Number(m[2]);
    const axis = (m[3] as Axis | '') || defaultAxis(i, order, previousOrder);
    let translation: Vec3 = [0, 0, 0];
    if (m[4]) {
      const along: Vec3 = axis === 'x' ? [1, 0, 0] : axis === 'y' ? [0, 1, 0] : [0, 0, 1];
      translation = scale(along, Number(m[4]) / order);
    }
    for (const letter of m[5]!) translation = add(translation, glide[letter]!);
    const proper = rotationFor(order, axis, previousAxis);
    generators.push(operation(m[1] ? matScale(proper, -1) : proper, translation));
    previousOrder = order;
    if (axis === 'x' || axis === 'y' || axis === 'z') previousAxis = axis;
  }
  if (!shiftText) return generators;
  const shift = shiftText[1]!
    .trim()
    .split(/\s+/)
    .map((x) => Number(x) / 12) as unknown as Vec3;
  // S' = V S V^-1 with V the shift
  return generators.map((g) =>
    operation(g.rotation, add(g.translation, subtract(shift, matVec(g.rotation, shift)))),
  );
}

/** The axis that a symbol leaves out, by its place and what comes before it. */
function defaultAxis(place: number, order: number, previousOrder: number): Axis {
  if (place === 0 || order === 1) return 'z';
  if (order === 3) return '*';
  return previousOrder === 2 || previousOrder === 4 ? 'x' : "'";
}

function rotationFor(order: number, axis: Axis, previousAxis: Axis): Mat3 {
  if (axis === '*') return cyclic;
  const principal = axis === "'" || axis === '"' ? previousAxis : axis;
  const m = axis === "'" || axis === '"' ? diagonal[axis]! : aboutZ[order]!;
  if (principal === 'x') return matMul(matMul(cyclic, m), cyclicBack);
  if (principal === 'y') return matMul(matMul(cyclicBack, m), cyclic);
  return m;
}

function operation(rotation: Mat3, translation: Vec3): SymmetryOperation {
  return {
    rotation: rotation.map((x) => x + 0) as unknown as Mat3,
    translation: translation.map(wrapUnit) as unknown as Vec3,
    timeReversal: 1,
  };
}
