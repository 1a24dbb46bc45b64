import { describe, expect, it } from 'vitest';
import { BOHR_ANGSTROM } from '../constants.js';
import { parseNumberCsv } from './csv.js';
import { parseXyzFrames } from './xyz.js';

describe('XYZ', () => {
  it('reads plain and extended frames', () => {
    const text = `3
water, plain
O 0 0 0
H 0.9572 0 0
H -0.24 0.927 0

2
Lattice="5 0 0 0 5 0 0 0 5" Properties=id:I:1:pos:R:3:species:S:1 energy=-1.5 charge=1 config="a b"
1 0.5 1 1.5 N
2 0 0 0 8
`;
    const [a, b] = parseXyzFrames(text);
    expect([...a!.molecule.atomicNumbers]).toEqual([8, 1, 1]);
    expect(a!.molecule.positionsBohr[3]! * BOHR_ANGSTROM).toBeCloseTo(0.9572, 12);
    expect(a!.comment).toBe('water, plain');
    expect([...b!.molecule.atomicNumbers]).toEqual([7, 8]);
    expect(b!.molecule.charge).toBe(1);
    expect(b!.molecule.positionsBohr[1]! * BOHR_ANGSTROM).toBeCloseTo(1, 12);
    expect(b!.latticeAngstrom![4]).toBe(5);
    expect(b!.info.energy).toBe('-1.5');
    expect(b!.info.config).toBe('a b');
  });

  it.each([
    ['', /no structure/],
    ['x\n', /number of atoms/],
    ['2\n\nO 0 0 0\n', /line 4.*ends inside/],
    ['1\n\nO 0 zero 0\n', /line 3/],
    ['1\n\nQq 0 0 0\n', /no such element/],
    ['1\nProperties=pos:R:3\nO 0 0 0\n', /Properties/],
    ['1\nLattice="1 2 3"\nO 0 0 0\n', /nine/],
  ])('says where %j is wrong', (text, message) => {
    expect(() => parseXyzFrames(text, 'f.xyz')).toThrow(message);
  });
});

describe('CSV', () => {
  it('reads numbers with names', () => {
    const t = parseNumberCsv('# note\n"r long";angle\n1.5;104\n1e-3;-2\n');
    expect(t.names).toEqual(['r long', 'angle']);
    expect([...t.values]).toEqual([1.5, 104, 1e-3, -2]);
    expect(t.rows).toBe(2);
  });
  it.each([
    ['a,b\n1\n', /line 2.*fields/],
    ['a,b\n1,\n', /Column b/],
    ['a,a\n1,2\n', /each name once/],
    ['a,b\n', /no rows/],
  ])('says where %j is wrong', (text, message) => {
    expect(() => parseNumberCsv(text)).toThrow(message);
  });
});
