import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  IDENTITY,
  determinant,
  inverse,
  matDistance,
  matMul,
  matScale,
  norm,
  rotationAbout,
  transpose,
} from './geometry.js';
import type { Vec3 } from './geometry.js';
import {
  cartesianToFractional,
  cartesianToRlu,
  fractionalToCartesian,
  latticeProblem,
  makeLattice,
  rluToCartesian,
  supercellLattice,
} from './lattice.js';
import { firstShells, groupShells, neighbourList } from './neighbours.js';
import { closeGroup, formatXyz, operationKey, parseXyz } from './symmetryOperation.js';

const angle = fc.double({ min: 65, max: 115, noNaN: true });
const length = fc.double({ min: 2, max: 20, noNaN: true });
const cell = fc.record({
  a: length,
  b: length,
  c: length,
  alpha: angle,
  beta: angle,
  gamma: angle,
});

describe('lattice', () => {
  it('has the lengths and angles it was given, a along x, b in the x-y plane', () => {
    fc.assert(
      fc.property(cell, (c) => {
        const { vectors: v, volume } = makeLattice(c);
        const rows = [0, 3, 6].map((i) => [v[i]!, v[i + 1]!, v[i + 2]!] as Vec3);
        const degrees = (p: Vec3, q: Vec3) =>
          (Math.acos(p.reduce((s, x, i) => s + x * q[i]!, 0) / (norm(p) * norm(q))) * 180) /
          Math.PI;
        expect(rows.map(norm)).toEqual([c.a, c.b, c.c].map((x) => expect.closeTo(x, 9)));
        expect(degrees(rows[1]!, rows[2]!)).toBeCloseTo(c.alpha, 7);
        expect(degrees(rows[0]!, rows[2]!)).toBeCloseTo(c.beta, 7);
        expect(degrees(rows[0]!, rows[1]!)).toBeCloseTo(c.gamma, 7);
        expect([v[1], v[2], v[5]]).toEqual([0, 0, 0]);
        expect(volume).toBeGreaterThan(0);
      }),
    );
  });

  it('and its reciprocal give 2 pi', () => {
    fc.assert(
      fc.property(cell, (c) => {
        const l = makeLattice(c);
        const product = matMul(l.vectors, transpose(l.reciprocal));
        expect(matDistance(product, matScale(IDENTITY, 2 * Math.PI))).toBeLessThan(1e-9);
      }),
    );
  });

  it('is exact where angles are 90 and 120 degrees', () => {
    expect(makeLattice({ a: 3, b: 4, c: 5 }).vectors).toEqual([3, 0, 0, 0, 4, 0, 0, 0, 5]);
    const hexagonal = makeLattice({ a: 4, b: 4, c: 6, gamma: 120 });
    expect(hexagonal.vectors[3]).toBe(-2);
    expect(hexagonal.volume).toBeCloseTo((Math.sqrt(3) / 2) * 96, 10);
    // |a*| = 4 pi / (sqrt(3) a)
    expect(norm(rluToCartesian(hexagonal, [1, 0, 0]))).toBeCloseTo(Math.PI / Math.sqrt(3), 12);
  });

  it('changes of coordinates undo each other', () => {
    const l = makeLattice({ a: 3, b: 4, c: 5, alpha: 70, beta: 80, gamma: 100 });
    const x: Vec3 = [0.2, -0.7, 1.3];
    const back = cartesianToFractional(l, fractionalToCartesian(l, x));
    const rlu = cartesianToRlu(l, rluToCartesian(l, x));
    for (let i = 0; i < 3; i++) {
      expect(back[i]).toBeCloseTo(x[i]!, 12);
      expect(rlu[i]).toBeCloseTo(x[i]!, 12);
    }
    expect(supercellLattice(l, [2, 3, 1]).volume).toBeCloseTo(6 * l.volume, 9);
  });

  it('says why there is no such cell', () => {
    expect(latticeProblem({ a: 1, b: -1, c: 1 })).toMatch(/constant b is -1/);
    expect(latticeProblem({ a: 1, b: 1, c: 1, alpha: 40, beta: 40, gamma: 100 })).toMatch(
      /singular/,
    );
    expect(latticeProblem({ a: Number.NaN, b: 1, c: 1 })).toMatch(/NaN/);
    expect(() => makeLattice({ a: 0, b: 1, c: 1 })).toThrow(RangeError);
  });
});

describe('geometry', () => {
  it('rotations are right-handed, proper, and exact at quarter turns', () => {
    expect(rotationAbout([0, 0, 1], Math.PI / 2)).toEqual([0, -1, 0, 1, 0, 0, 0, 0, 1]);
    const r = rotationAbout([1, -2, 0.5], 1.234);
    expect(determinant(r)).toBeCloseTo(1, 12);
    expect(matDistance(matMul(r, inverse(r)), IDENTITY)).toBeLessThan(1e-12);
  });
});

describe('symmetry operations', () => {
  it('are read in any spelling, and written back', () => {
    for (const [text, wanted] of [
      ['x,y+1/2,-z', 'x, y+1/2, -z'],
      ['1/2+Y , -X, z + 0.25', 'y+1/2, -x, z+1/4'],
      ['x-y, x, z-1/3', 'x-y, x, z+2/3'],
      ['-x, -y, -z, -1', '-x, -y, -z, -1'],
      ['x, y, z, +1', 'x, y, z'],
    ] as const) {
      const op = parseXyz(text);
      expect(formatXyz(op)).toBe(wanted);
      expect(operationKey(parseXyz(wanted))).toBe(operationKey(op));
    }
  });

  it('that cannot be read are named', () => {
    for (const text of ['x, y', 'x, y, q', 'x, y, 2z', 'x, y, z, 2', 'x, , z', 'x y, y, z', ''])
      expect(() => parseXyz(text), text).toThrow(SyntaxError);
  });

  it('generate a group', () => {
    expect(closeGroup([])).toHaveLength(1);
    expect(closeGroup([parseXyz('-y, x, z+1/4')])).toHaveLength(4);
    expect(closeGroup([parseXyz('-y, x-y, z'), parseXyz('-x, -y, -z')])).toHaveLength(6);
  });
});

describe('neighbours', () => {
  it('are counted once: 6, 4 and 3 a site on fcc, bcc and simple cubic lattices', () => {
    const cubic = makeLattice({ a: 4, b: 4, c: 4 });
    const nearest = (sites: Vec3[]) => firstShells(cubic, sites, 1, 1e-3)[0]!;
    const fcc = nearest([
      [0, 0, 0],
      [0, 0.5, 0.5],
      [0.5, 0, 0.5],
      [0.5, 0.5, 0],
    ]);
    expect(fcc.pairs).toHaveLength(4 * 6);
    expect(fcc.lengthAngstrom).toBeCloseTo(4 / Math.SQRT2, 12);
    const bcc = nearest([
      [0, 0, 0],
      [0.5, 0.5, 0.5],
    ]);
    expect(bcc.pairs).toHaveLength(2 * 4);
    expect(nearest([[0, 0, 0]]).pairs).toHaveLength(3);
  });

  it('agree with a search over a block of cells, on skew lattices', () => {
    fc.assert(
      fc.property(cell, fc.double({ min: 0.5, max: 1.6, noNaN: true }), (c, factor) => {
        const l = makeLattice(c);
        const sites: Vec3[] = [
          [0.1, 0.2, 0.9],
          [0.7, 0.4, 0.3],
        ];
        const cutoff = factor * Math.min(c.a, c.b, c.c);
        let both = 0;
        for (const a of sites)
          for (const b of sites)
            for (let i = -5; i <= 5; i++)
              for (let j = -5; j <= 5; j++)
                for (let k = -5; k <= 5; k++) {
                  const d: Vec3 = [b[0] - a[0] + i, b[1] - a[1] + j, b[2] - a[2] + k];
                  const r = norm(fractionalToCartesian(l, d));
                  if (r > 1e-9 && r <= cutoff) both++;
                }
        expect(neighbourList(l, sites, cutoff)).toHaveLength(both / 2);
      }),
      { numRuns: 40 },
    );
  });

  it('group into shells at gaps wider than the tolerance', () => {
    const pair = (lengthAngstrom: number) => ({
      from: 0,
      to: 1,
      cell: [0, 0, 0] as Vec3,
      step: [0, 0, 0] as Vec3,
      lengthAngstrom,
    });
    const shells = groupShells([3, 3.0005, 3.2, 3.2009].map(pair), 0.001);
    expect(shells.map((s) => s.pairs.length)).toEqual([2, 2]);
  });
});
